/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * hosts.h - the names a host knows without asking: /etc/hosts, and localhost.
 *
 * Read once. One thread, or several that only look up.
 */
#ifndef PROBE_HOSTS_H
#define PROBE_HOSTS_H

#include "base/addr.h"

struct hosts;

/**
 * hosts_new() - read a file of hosts(5); lines that are none are passed over, a file that cannot be
 * read is an empty one.
 * @ret: the caller owns it and calls hosts_free().
 * Return: 0 or -ENOMEM.
 */
int hosts_new(struct hosts **ret, const char *path);
void hosts_free(struct hosts *hosts);

/**
 * hosts_find() - addresses of @name in the file's order. Case and a final dot do not matter.
 * "localhost" and what ends in ".localhost" is loopback unless the file says otherwise.
 * @family: enum check_family.
 * Return: number written to @ret, at most @max.
 */
unsigned hosts_find(const struct hosts *hosts, const char *name, unsigned family, struct addr *ret,
		    unsigned max);

#endif /* PROBE_HOSTS_H */
