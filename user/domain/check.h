/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * check.h - what is to be measured: one target, how, how often, and its name.
 *
 * A check's id comes from its `id:` or from kind, target and parameters: a new
 * name keeps the history, other parameters start a new one.
 */
#ifndef DOMAIN_CHECK_H
#define DOMAIN_CHECK_H

#include <stddef.h>
#include <stdint.h>

#define CHECK_NAME_MAX    128 /* bytes, without the final NUL, as all of these */
#define CHECK_TARGET_MAX  253 /* a DNS name, or an address with %zone */
#define CHECK_LABELS_MAX  16
#define CHECK_LABEL_MAX   64 /* key; a value may have twice as many */
#define CHECK_DEVICE_MAX  15 /* IFNAMSIZ - 1 */
#define CHECK_ENCODED_MAX 8192

#define CHECK_INTERVAL_MIN_NS 10000000ll       /* 10 ms */
#define CHECK_INTERVAL_MAX_NS 86400000000000ll /* a day */
#define CHECK_TIMEOUT_MIN_NS  1000000ll        /* 1 ms */
#define CHECK_TIMEOUT_MAX_NS  60000000000ll    /* a minute */
#define CHECK_SIZE_MAX        65507            /* echo payload, bytes */

enum check_source {
	CHECK_FROM_CONFIG,
	CHECK_FROM_API,
	CHECK_FROM_DISCOVERY,
	CHECK_BUILT_IN, /* 127.0.0.1, ::1 and the responder */
};

enum check_family {
	CHECK_FAMILY_ANY, /* the resolver's first answer */
	CHECK_FAMILY_4,
	CHECK_FAMILY_6,
};

struct check_label {
	char *key, *value;
};

/* Parameters of kind icmp; also the IP header fields every later kind shares. */
struct check_icmp {
	uint32_t size;                     /* echo payload, bytes, 0..CHECK_SIZE_MAX; default 56 */
	uint8_t ttl;                       /* 1..255; default 64 */
	uint8_t dscp;                      /* 0..63; default 0 */
	uint8_t dont_fragment;             /* IPv4 DF, IPV6_DONTFRAG; default 0 */
	uint8_t family;                    /* enum check_family */
	uint32_t fwmark;                   /* SO_MARK; 0 none */
	char source[48];                   /* source address, "" the route's */
	char device[CHECK_DEVICE_MAX + 1]; /* SO_BINDTODEVICE: interface or VRF, "" none */
};

struct check {
	uint64_t id;
	char *name;              /* for people; defaults to the target */
	char *target;            /* name or address */
	const struct kind *kind; /* domain/kind.h */
	struct check_icmp icmp;
	int64_t interval_ns; /* default 1 s */
	int64_t timeout_ns;  /* default 1 s */
	int64_t late_ns;     /* late window after the timeout; default 4 s, at most a minute */
	struct check_label *labels;
	unsigned nlabels;
	uint8_t source;   /* enum check_source */
	uint8_t id_given; /* `id:` stood in the configuration or request */
};

/** check_init() - defaults of @kind; nothing is owned yet. */
void check_init(struct check *check, const struct kind *kind);

/** check_clear() - free what @check owns; it may be half-built. The struct itself is the caller's. */
void check_clear(struct check *check);

/** check_copy() - deep copy. Return: 0 or -ENOMEM (@to is then cleared). */
int check_copy(struct check *to, const struct check *from);

/** check_set_label() - add or replace. Return: 0, -ENOMEM, -E2BIG, -EINVAL (empty or too long). */
int check_set_label(struct check *check, const char *key, const char *value);

/** check_default_name() - the target, cut at CHECK_NAME_MAX, when there is no name yet. 0 or -ENOMEM. */
int check_default_name(struct check *check);

/**
 * check_set_id() - derive the id.
 * @given: the user's `id:` - 16 hex digits are the id itself, other text is hashed - or NULL to hash kind, target and parameters (SipHash-2-4 with a
 *         fixed key, so that every start and every host gives the same id); never 0.
 */
void check_set_id(struct check *check, const char *given);

/**
 * check_validate() - every range and the target's grammar; errors are sentences for people.
 * @why: room for the first error, always terminated.
 * Return: 0 or -EINVAL.
 */
int check_validate(const struct check *check, char *why, size_t why_bytes);

/** check_format_id() - 16 hex digits. @text: room for 17 bytes. */
void check_format_id(uint64_t id, char *text);

/** check_parse_id() - the reverse. Return: 0 or -EINVAL; exactly 16 hex digits. */
int check_parse_id(const char *text, size_t bytes, uint64_t *ret_id);

/**
 * check_encode() - one check as bytes: versioned, for the store and the command socket.
 * Return: bytes written, or -ENOSPC.
 */
int check_encode(const struct check *check, void *bytes, size_t room);

/**
 * check_decode() - the reverse; never trusts a length. @check is initialised here and has a name.
 * Return: 0, -EBADMSG (damaged), -EPROTONOSUPPORT (newer version or unknown kind), -ENOMEM.
 */
int check_decode(struct check *check, const void *bytes, size_t len);

#endif /* DOMAIN_CHECK_H */
