/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * resolve.h - names to addresses, kept fresh for as long as somebody wants them.
 *
 * A name is asked once however many users share it, again when its TTL ends
 * (at least 5 s, at most 300 s), and its last good answer stays through any
 * failure: a dead resolver stops nothing that was ever resolved. A failed name
 * is asked again after 1 s, then 2, 4... 60 s. At most RESOLVE_QUERIES_MAX are
 * under way at a time, for small forwarders drop what exceeds about 150; the
 * rest waits its turn.
 *
 * /etc/hosts comes first and is read once, at resolve_new(); "localhost" and
 * what ends in ".localhost" never leave the host (RFC 6761). Search domains of
 * /etc/resolv.conf apply as they do elsewhere on the host. Literal addresses
 * are the caller's business. All in the loop's thread; nothing blocks.
 */
#ifndef PROBE_RESOLVE_H
#define PROBE_RESOLVE_H

#include <stdint.h>

#include "base/addr.h"
#include "base/list.h"
#include "domain/check.h"
#include "loop/loop.h"

#define RESOLVE_QUERIES_MAX   64
#define RESOLVE_ADDRESSES_MAX 16 /* kept of one name; further ones are ignored */

struct resolve_options {
	const char *servers;     /* "192.0.2.1:53,[2001:db8::1]:53"; NULL: those of resolv.conf */
	const char *resolv_conf; /* NULL: /etc/resolv.conf */
	const char *hosts;       /* NULL: /etc/hosts; a missing file is an empty one */
	int64_t ttl_min_ns;      /* 0: 5 s */
	int64_t ttl_max_ns;      /* 0: 300 s */
	int64_t retry_min_ns;    /* 0: 1 s; doubles up to 60 s */
	int timeout_ms;          /* of the first try; the second waits twice as long; 0: 2000 */
};

struct resolve;
struct resolve_name;

/*
 * Somebody who wants a name: lives in its owner's object, zeroed before first use. @fn is called
 * once when there is an answer or a reason why not, and again whenever the addresses have changed;
 * never from inside resolve_watch(), but in a later turn, also when others had the name before.
 * It may watch and unwatch, its own user too.
 */
struct resolve_user {
	void (*fn)(struct resolve_user *user);
	struct resolve_name *name; /* NULL: watches nothing */
	struct list link;
	int is_told;
};

/**
 * resolve_new() - read hosts and resolver configuration; no packet leaves yet.
 * @ret: the caller owns it and calls resolve_free() before loop_free().
 * @why: a sentence on failure.
 * Return: 0, -EINVAL (servers), -ENOMEM, -EIO (the library refused).
 */
int resolve_new(struct resolve **ret, struct loop *loop, const struct resolve_options *options,
		char *why, unsigned why_bytes);

/** resolve_free() - users still watching are released, without a call. NULL is a no-op. */
void resolve_free(struct resolve *resolve);

/**
 * resolve_watch() - want @name from now on. @user->fn is set by the caller before.
 * @name: at most CHECK_TARGET_MAX bytes; case does not matter; copied.
 * @family: of enum check_family; other addresses are not asked for.
 * Return: 0, -EINVAL (empty or too long), -EBUSY (@user watches already), -ENOMEM.
 */
int resolve_watch(struct resolve *resolve, struct resolve_user *user, const char *name,
		  unsigned family);

/** resolve_unwatch() - the last user's going ends the name's queries. No-op when not watching. */
void resolve_unwatch(struct resolve *resolve, struct resolve_user *user);

/**
 * resolve_state() - where @user's name stands.
 * Return: 0 (there are addresses, perhaps old ones), -EINPROGRESS (first query under way), or why
 * there never was an answer: -ENOENT (no such name), -ENODATA (no address of this family),
 * -ETIMEDOUT (silence), -ECONNREFUSED (resolver refused or failed), -EIO (anything else).
 */
int resolve_state(const struct resolve_user *user);

/**
 * resolve_addresses() - the last good answer, best first: hosts in the file's order, answers
 * sorted by RFC 6724. An address that was first stays first as long as the answers contain it, so
 * that rotating answers do not move a measurement.
 * @ret_count: number of addresses, 0 before the first good answer.
 * Return: an array valid until the loop's next dispatch or resolve_unwatch().
 */
const struct addr *resolve_addresses(const struct resolve_user *user, unsigned *ret_count);

/** resolve_error_text() - a value of resolve_state() in words, for people. */
const char *resolve_error_text(int state);

#endif /* PROBE_RESOLVE_H */
