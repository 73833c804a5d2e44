// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * ring.c - single-producer single-consumer ring; the contract is in ring.h.
 *
 * head and tail count records ever pushed and popped; they are masked only to
 * index, so head - tail is the fill level even after 32-bit wrap. Each side
 * keeps a stale copy of the other's index and reloads it only when the copy
 * says "full" or "empty": in the steady state no cache line changes hands.
 */
#include "base/ring.h"

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ring {
	alignas(64) _Atomic uint32_t head; /* producer's cache line */
	uint32_t tail_seen;                /* last tail the producer loaded */
	_Atomic uint64_t dropped;
	alignas(64) _Atomic uint32_t tail; /* consumer's cache line */
	uint32_t head_seen;                /* last head the consumer loaded */
	alignas(64) uint32_t mask;         /* constant after ring_new() */
	uint32_t recsz;
	unsigned char recs[];
};

int ring_new(struct ring **ret, uint32_t nrec, uint32_t recsz)
{
	uint64_t bytes = (uint64_t)nrec * recsz;
	struct ring *r;

	if (nrec < 2 || (nrec & (nrec - 1)) || !recsz || bytes > RING_MAX_BYTES)
		return -EINVAL;
	r = aligned_alloc(64, (sizeof(*r) + bytes + 63) & ~63ul);
	if (!r)
		return -ENOMEM;
	memset(r, 0, sizeof(*r));
	r->mask = nrec - 1;
	r->recsz = recsz;
	*ret = r;
	return 0;
}

void ring_free(struct ring *r)
{
	free(r);
}

static void *slot(struct ring *r, uint32_t i)
{
	return r->recs + (size_t)(i & r->mask) * r->recsz;
}

int ring_push(struct ring *r, const void *rec)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	if (head - r->tail_seen > r->mask) {
		/* acquire: the consumer has finished reading the slots it gave back */
		r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
		if (head - r->tail_seen > r->mask) {
			atomic_fetch_add_explicit(&r->dropped, 1, memory_order_relaxed);
			return -ENOBUFS;
		}
	}
	memcpy(slot(r, head), rec, r->recsz);
	/* release: the record is whole before the consumer can see it */
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return 0;
}

uint32_t ring_pop(struct ring *r, void *recs, uint32_t max)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	uint32_t n;

	if (r->head_seen == tail)
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
	n = r->head_seen - tail;
	if (n > max)
		n = max;
	for (uint32_t i = 0; i < n; i++)
		memcpy((char *)recs + (size_t)i * r->recsz, slot(r, tail + i), r->recsz);
	/* release: our reads are done before the producer may overwrite */
	atomic_store_explicit(&r->tail, tail + n, memory_order_release);
	return n;
}

uint32_t ring_count(const struct ring *r)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	return atomic_load_explicit(&r->head, memory_order_relaxed) - tail;
}

uint64_t ring_dropped(const struct ring *r)
{
	return atomic_load_explicit(&r->dropped, memory_order_relaxed);
}
