/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Oldest first, each once, found again in between; the ring grows and wraps meanwhile. */
#include "cmd/ping_hold.c"

#include "../tap.h"

static struct ping_hold *hold;

static void put(uint32_t flow, uint32_t attempt, int64_t now_ns)
{
	struct result result = { .flow = flow, .attempt = attempt };

	ping_hold_add(hold, &result, now_ns);
}

static void test_order(void)
{
	struct result result = { .flow = 0 };

	ok(!ping_hold_new(&hold, 4, 10), "held for 10 ns");
	put(1, 0, 0);
	put(2, 0, 1);
	put(1, 1, 2);
	ok(!ping_hold_next(hold, 9, &result), "nobody's time is up");
	ok(ping_hold_next(hold, 10, &result) && result.flow == 1 && result.attempt == 0,
	   "then the oldest's");
	ok(!ping_hold_next(hold, 10, &result), "and only its");
	ok(!ping_hold_take(hold, 1, 0), "who was told cannot be taken");
	ok(ping_hold_take(hold, 1, 1) && !ping_hold_take(hold, 1, 1), "another can, once");
	ok(!ping_hold_take(hold, 3, 0), "of an unknown target nothing");
	ok(ping_hold_next(hold, 100, &result) && result.flow == 2, "the rest follows");
	ok(!ping_hold_next(hold, 100, &result), "without what was taken");
	ping_hold_free(hold);
}

/* Keeps about 3,000 of 100,000 entries at a time and takes out every third. */
static void test_growth(void)
{
	uint64_t told = 0, taken = 0;
	struct result result;
	uint32_t last = 0;
	int is_ordered = 1;

	ping_hold_new(&hold, 7, 3000);
	for (uint32_t i = 0; i < 100000; i++) {
		put(i % 7, i, i);
		if (i >= 100 && i % 3 == 0)
			taken += (uint64_t)ping_hold_take(hold, (i - 100) % 7, i - 100);
		while (ping_hold_next(hold, i, &result)) {
			is_ordered &= told == 0 || result.attempt > last;
			last = result.attempt;
			told++;
		}
	}
	while (ping_hold_next(hold, INT64_MAX, &result))
		told++;
	ok(taken == 33300, "every third was found again");
	ok(told == 100000 - taken && is_ordered, "and all others told, in order");
	ping_hold_free(hold);
}

int main(void)
{
	test_order();
	test_growth();
	return tap_done();
}
