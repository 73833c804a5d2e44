/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ping_hold.h - lost attempts that may still turn out late, until their late window ends.
 *
 * Oldest first, each for the same time; finding one again is a walk over the few of its target.
 */
#ifndef CMD_PING_HOLD_H
#define CMD_PING_HOLD_H

#include <stdint.h>

#include "domain/result.h"

struct ping_hold;

/**
 * ping_hold_new() - empty.
 * @targets: flow indices are below it. @for_ns: how long each stays.
 * Return: 0 or -ENOMEM.
 */
int ping_hold_new(struct ping_hold **ret, uint32_t targets, int64_t for_ns);
void ping_hold_free(struct ping_hold *hold);

/** ping_hold_add() - keep a copy from @now_ns on, which never decreases. Return: 0 or -ENOMEM. */
int ping_hold_add(struct ping_hold *hold, const struct result *result, int64_t now_ns);

/** ping_hold_take() - take one attempt out. Return: 1, or 0 when it is not held. */
int ping_hold_take(struct ping_hold *hold, uint32_t flow, uint32_t attempt);

/** ping_hold_next() - take out the oldest one whose time is up. Return: 1, or 0 when none is. */
int ping_hold_next(struct ping_hold *hold, int64_t now_ns, struct result *ret);

#endif /* CMD_PING_HOLD_H */
