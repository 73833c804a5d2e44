/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ring.h - bounded queue of fixed-size records between exactly two threads.
 *
 * One thread pushes, one other thread pops; neither ever blocks or allocates.
 * A full ring refuses the record and counts it: losing a sample is better than
 * delaying the next probe, and a counted loss can be shown on the dashboard.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdint.h>

#define RING_MAX_BYTES (1ul << 30)

struct ring;

/**
 * ring_new() - allocate a ring of @nrec records of @recsz bytes each.
 * @ret:   set only on success; the caller owns it and calls ring_free().
 * @nrec:  capacity in records, a power of two, at least 2.
 * @recsz: record size in bytes, not 0; @nrec * @recsz <= RING_MAX_BYTES.
 * Return: 0, -EINVAL or -ENOMEM.
 */
int ring_new(struct ring **ret, uint32_t nrec, uint32_t recsz);

/** ring_free() - release @r and any records in it; NULL is a no-op. Both threads have stopped. */
void ring_free(struct ring *r);

/**
 * ring_push() - copy one record in. Producer thread only.
 * Return: 0, or -ENOBUFS when full (the record is dropped and counted).
 */
int ring_push(struct ring *r, const void *rec);

/**
 * ring_pop() - copy up to @max records out, oldest first. Consumer thread only.
 * @recs: room for @max records.
 * Return: number of records copied, 0 when empty.
 */
uint32_t ring_pop(struct ring *r, void *recs, uint32_t max);

/** ring_count() - records waiting; exact for the two threads at rest, a recent value otherwise. */
uint32_t ring_count(const struct ring *r);

/** ring_dropped() - records refused since ring_new(). Any thread; never decreases. */
uint64_t ring_dropped(const struct ring *r);

#endif /* BASE_RING_H */
