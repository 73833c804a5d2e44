/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * guard.h - entries of the guard file (kern_guard_new() in kern.h): clsact filters,
 * written before they are attached and forgotten after they are detached.
 *
 * An entry may describe what does not exist yet, or not any more: whoever cleans looks first.
 */
#ifndef KERN_GUARD_H
#define KERN_GUARD_H

#include <stdint.h>

/* Filters of one interface. Both hooks share handle and priority. */
struct guard_entry {
	uint64_t netns;   /* inode of the namespace */
	uint32_t ifindex; /* 0: the entry is free */
	uint32_t handle;
	uint32_t priority;
	uint32_t egress_prog; /* BPF program ids, 0 none; never used twice while a system runs */
	uint32_t ingress_prog;
	uint32_t is_qdisc_ours;
};

/** guard_netns() - inode of the calling thread's network namespace, 0 when it cannot be told. */
uint64_t guard_netns(void);

/** guard_add() - Return: position of the new entry, or -errno. */
int guard_add(int fd, const struct guard_entry *entry);

/** guard_update() - rewrite it. Return: 0 or -errno. */
int guard_update(int fd, int position, const struct guard_entry *entry);

/** guard_drop() - free it. */
void guard_drop(int fd, int position);

#endif /* KERN_GUARD_H */
