/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ping_targets.h - what is to be pinged: names, addresses, networks, lists.
 *
 * A network stands for each of its addresses, first and last included: behind a router they are
 * hosts like others. An address costs 32 bytes and no allocation of its own. Order is kept and
 * so are duplicates.
 */
#ifndef CMD_PING_TARGETS_H
#define CMD_PING_TARGETS_H

#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "domain/check.h"

#define PING_TARGETS_MAX 1048576u /* a /12, or an IPv6 /108 */

struct ping_target {
	struct addr addr; /* valid when has_addr */
	uint8_t has_addr; /* a name has none before it is resolved */
	char *name;       /* NULL: the address is the name */
};

struct ping_targets {
	struct ping_target *at;
	uint32_t count, room;
	uint32_t names;                /* those that have to be resolved */
	const struct check_icmp *icmp; /* family and source, which a target must fit */
};

/** ping_targets_init() - none yet. @icmp stays the caller's. */
void ping_targets_init(struct ping_targets *targets, const struct check_icmp *icmp);

/** ping_targets_clear() - free them. */
void ping_targets_clear(struct ping_targets *targets);

/**
 * ping_targets_add() - one name, address or network.
 * @why: on failure a sentence.
 * Return: 0, -EINVAL, -E2BIG (more than PING_TARGETS_MAX), -ENOMEM.
 */
int ping_targets_add(struct ping_targets *targets, const char *text, char *why, size_t why_bytes);

/* A word of a list that is no target. @line: from 1. */
typedef void (*ping_targets_bad_fn)(void *arg, unsigned line, const char *why);

/**
 * ping_targets_read() - a list: words separated by blanks or newlines; # starts a comment.
 * @bad: called for every mistake; reading goes on, unless there is no sense in it.
 * Return: 0, -EINVAL (@bad was called), -E2BIG, -ENOMEM or what reading failed with; of the last
 * three @bad was told as well.
 */
int ping_targets_read(struct ping_targets *targets, FILE *in, ping_targets_bad_fn bad, void *arg);

/** ping_targets_name() - how the user calls it. @buffer: ADDR_TEXT_MAX bytes, perhaps used. */
const char *ping_targets_name(const struct ping_targets *targets, uint32_t i, char *buffer);

/** ping_targets_widest() - length of the longest name. */
int ping_targets_widest(const struct ping_targets *targets);

#endif /* CMD_PING_TARGETS_H */
