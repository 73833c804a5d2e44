/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * clsact.h - our programs as direct-action filters of a clsact queueing discipline, for
 * kernels without TCX (before 6.6). They stay when their process dies: see guard.h.
 *
 * Of two that share an interface only the first made the discipline; when that one goes first, the
 * discipline stays, empty: the other cannot know that it was not a stranger's.
 */
#ifndef KERN_CLSACT_H
#define KERN_CLSACT_H

#include "kern/guard.h"

/**
 * clsact_attach() - both programs, first in line where priority 1 is free, never in place of another
 * filter.
 * @egress_fd, @ingress_fd: programs; @ingress_fd may be -1.
 * @ret: what is attached now.
 * Return: position of the guard entry, or -errno; -EBUSY (an ingress discipline of the old kind, or
 * no free handle).
 */
int clsact_attach(struct guard_entry *ret, int guard_fd, unsigned ifindex, int egress_fd,
		  int ingress_fd);

/** clsact_remove() - what of @entry is still ours: filters by their program's id; the
 * discipline if we made it and nothing is left in it. Any process of the namespace. */
void clsact_remove(const struct guard_entry *entry);

/** clsact_is_alive() - are all filters of @entry still there? */
int clsact_is_alive(const struct guard_entry *entry);

#endif /* KERN_CLSACT_H */
