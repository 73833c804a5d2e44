// SPDX-License-Identifier: GPL-2.0 OR MIT
/* rate.c - the contract is in rate.h. */
#include "sched/rate.h"

#include "base/clock.h"

/* A packet costs 10^9, so that a nanosecond earns exactly per_second. */
#define PACKET   ((uint64_t)NS_PER_SEC)
#define RATE_MAX 1000000000ull

static uint64_t room(const struct rate *rate)
{
	uint64_t burst = rate->per_second * (uint64_t)RATE_BURST_NS;

	return burst > PACKET ? burst : PACKET;
}

static void refill(struct rate *rate, int64_t now_ns)
{
	uint64_t passed_ns = now_ns > rate->then_ns ? (uint64_t)(now_ns - rate->then_ns) : 0;
	uint64_t missing = room(rate) - rate->credit;

	/* compared by division: after a long stall the product would not fit */
	if (passed_ns > missing / rate->per_second)
		rate->credit += missing;
	else
		rate->credit += passed_ns * rate->per_second;
	rate->then_ns = now_ns;
}

void rate_set(struct rate *rate, uint64_t per_second, int64_t now_ns)
{
	/* the first packet need not wait, but no burst is given away, nor anything by setting often */
	if (!rate->per_second || rate->credit > PACKET)
		rate->credit = PACKET;
	rate->per_second = per_second < RATE_MAX ? per_second : RATE_MAX;
	rate->then_ns = now_ns;
}

int rate_take(struct rate *rate, int64_t now_ns)
{
	if (!rate->per_second)
		return 1;
	refill(rate, now_ns);
	if (rate->credit < PACKET)
		return 0;
	rate->credit -= PACKET;
	return 1;
}

int64_t rate_ready_ns(const struct rate *rate, int64_t now_ns)
{
	struct rate later = *rate;

	if (!rate->per_second)
		return now_ns;
	refill(&later, now_ns);
	if (later.credit >= PACKET)
		return now_ns;
	return now_ns +
	       (int64_t)((PACKET - later.credit + rate->per_second - 1) / rate->per_second);
}
