/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * hist.h - log-linear histogram of non-negative integers, e.g. ns.
 *
 * Each power of two is cut into 64 equal buckets, as in HdrHistogram: a value
 * is known to 1/64 of itself (1.6 %) or better, below 64 exactly. Merging is
 * adding, so it is exact.
 */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS 6
#define HIST_BUCKETS  ((64 - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
	uint64_t count;
	uint64_t min, max; /* exact; of no values: 0, 0 */
	uint64_t sum;      /* wraps after 584 years of ns */
	uint32_t bucket[HIST_BUCKETS];
};

/** hist_reset() - empty. */
void hist_reset(struct hist *h);

/** hist_add() - one value. */
void hist_add(struct hist *h, uint64_t value);

/** hist_merge() - add all of @from. */
void hist_merge(struct hist *to, const struct hist *from);

/** hist_quantile() - value at @q in 0..1, the middle of its bucket, clamped to min..max; 0 of none. */
uint64_t hist_quantile(const struct hist *h, double q);

#endif /* BASE_HIST_H */
