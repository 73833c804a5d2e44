/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ping_names.h - names on the command line become addresses, once, all at the same time.
 *
 * A name keeps the address it got for the whole run: one measurement, one path. Nothing waits for
 * another name, least of all targets that are addresses.
 */
#ifndef CMD_PING_NAMES_H
#define CMD_PING_NAMES_H

#include "cmd/ping_targets.h"
#include "loop/loop.h"

struct ping_names;

/* Target @i has its address now (@error is NULL), or never will, for the reason given. Called from
 * the loop, once a name. */
typedef void (*ping_names_fn)(void *arg, uint32_t i, const char *error);

/**
 * ping_names_new() - start to resolve every target that has no address yet.
 * @servers: as in resolve.h, NULL for the host's own.
 * @ret: the caller owns it and calls ping_names_free() before loop_free().
 * @why: a sentence on failure.
 * Return: 0, -EINVAL (@servers), -ENOMEM, -EIO.
 */
int ping_names_new(struct ping_names **ret, struct loop *loop, struct ping_targets *targets,
		   const char *servers, ping_names_fn fn, void *arg, char *why, unsigned why_bytes);

/** ping_names_free() - NULL is a no-op. */
void ping_names_free(struct ping_names *names);

/** ping_names_pending() - names still under way. */
uint32_t ping_names_pending(const struct ping_names *names);

#endif /* CMD_PING_NAMES_H */
