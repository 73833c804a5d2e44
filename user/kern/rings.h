/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * rings.h - the reading end of the per-CPU BPF ring buffers.
 *
 * Read here and not by libbpf's ring_buffer, which publishes the consumer position
 * after every record: a cache line that the producer reads on each of its own. Here it is
 * published once a batch.
 *
 * One thread reads. Records come in order within a CPU, not between CPUs.
 */
#ifndef KERN_RINGS_H
#define KERN_RINGS_H

#include "kern/kern.h"

struct rings;

/**
 * rings_new() - a ring for every CPU that is online; those that may come later share them.
 * @outer_fd: the array of maps, one element for each of @cpus possible CPUs.
 * @ring_bytes: of each, a power of two of pages.
 * @ret: the caller owns it and calls rings_free().
 * Return: 0 or -errno.
 */
int rings_new(struct rings **ret, int outer_fd, unsigned cpus, unsigned ring_bytes);
void rings_free(struct rings *rings);

/** rings_drain() - what is there now; what comes meanwhile waits. Return: records handed over. */
unsigned rings_drain(struct rings *rings, kern_record_fn fn, void *arg);

#endif /* KERN_RINGS_H */
