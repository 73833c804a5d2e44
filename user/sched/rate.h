/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * rate.h - a hard cap on how many packets leave per second.
 *
 * A token bucket on the monotonic clock, exact in integers. It holds what one
 * tick of the longest kind may send (20 ms worth, at least one), so a stall is
 * never caught up: in any window of w seconds at most cap * w + that many
 * packets pass.
 */
#ifndef SCHED_RATE_H
#define SCHED_RATE_H

#include <stdint.h>

#define RATE_BURST_NS 20000000ll

struct rate {
	uint64_t per_second; /* 0: no cap */
	uint64_t credit;     /* in 1e-9 packets */
	int64_t then_ns;     /* when credit was last brought up to date */
};

/** rate_set() - also to begin with, on a zeroed struct. @per_second: 0 none, at most 10^9. */
void rate_set(struct rate *rate, uint64_t per_second, int64_t now_ns);

/** rate_take() - Return: 1 when a packet may leave now, and it is accounted. */
int rate_take(struct rate *rate, int64_t now_ns);

/** rate_ready_ns() - when the next packet may leave, at the earliest @now_ns. */
int64_t rate_ready_ns(const struct rate *rate, int64_t now_ns);

#endif /* SCHED_RATE_H */
