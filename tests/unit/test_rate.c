// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_rate.c - the cap holds in every window, whatever the ticks do. */
#include "sched/rate.c"

#include "../tap.h"

#define SENDS_MAX 2000000

static int64_t sent_at[SENDS_MAX];
static uint64_t seed = 7;

static uint64_t draw(uint64_t below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 20) % below;
}

/* Ask for more than is allowed for @span_ns, by ticks of any length. Return: number let through. */
static unsigned press(uint64_t cap, int64_t span_ns, int64_t tick_max_ns)
{
	struct rate rate = { 0 };
	int64_t now = 123456789, end = now + span_ns;
	unsigned n = 0;

	rate_set(&rate, cap, now);
	for (; now < end; now += 1 + (int64_t)draw((uint64_t)tick_max_ns)) {
		if (!draw(200))
			now += (int64_t)draw(NS_PER_SEC); /* a stall */
		while (n < SENDS_MAX && rate_take(&rate, now))
			sent_at[n++] = now;
	}
	return n;
}

/* The largest excess over cap * window + burst of all windows that begin and end with a send. */
static int is_held(uint64_t cap, unsigned n)
{
	uint64_t burst = cap * RATE_BURST_NS > PACKET ? cap * RATE_BURST_NS : PACKET;
	__int128 lowest = 0, level;

	/* level_i = i * PACKET - cap * t_i; a window i..j exceeds if level_j - level_i + PACKET > burst */
	for (unsigned i = 0; i < n; i++) {
		level = (__int128)i * PACKET - (__int128)cap * sent_at[i];
		if (!i || level < lowest)
			lowest = level;
		if (level - lowest + PACKET > burst)
			return 0;
	}
	return 1;
}

static void test_windows(void)
{
	static const uint64_t caps[] = { 1, 3, 7, 50, 99, 1000, 12345, 100000 };
	unsigned n;

	for (unsigned i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		n = press(caps[i], 10 * NS_PER_SEC, 20 * NS_PER_MS);
		ok(n && is_held(caps[i], n), "%llu a second: %u in ten seconds, no window has more",
		   (unsigned long long)caps[i], n);
	}
}

/* Steady ticks may use all of it: a configuration exactly at the cap is sent whole. */
static void test_whole(void)
{
	struct rate rate = { 0 };
	unsigned n = 0;

	rate_set(&rate, 1000, 0);
	for (int64_t now = 0; now < 100 * NS_PER_SEC; now += 7 * NS_PER_MS)
		while (rate_take(&rate, now))
			n++;
	ok(n >= 99990 && n <= 100020, "1,000 a second for 100 s at ticks of 7 ms: %u", n);
}

static void test_ready(void)
{
	struct rate rate = { 0 };
	int64_t now = 50, ready;
	unsigned wrong = 0;

	rate_set(&rate, 7, now);
	ok(rate_ready_ns(&rate, now) == now && rate_take(&rate, now), "the first need not wait");
	for (unsigned i = 0; i < 1000; i++) {
		ready = rate_ready_ns(&rate, now);
		wrong += rate_take(&rate, ready - 1);
		wrong += !rate_take(&rate, ready);
		now = ready;
	}
	ok(!wrong, "rate_ready_ns() is exact: not a nanosecond before, but then");
	ok(now - 50 >= 1000 * NS_PER_SEC / 7 && now - 50 < 1000 * NS_PER_SEC / 7 + 1000,
	   "a thousand at 7 a second take 142.857 s");
}

static void test_none(void)
{
	struct rate rate = { 0 };
	unsigned n = 0;

	rate_set(&rate, 0, 0);
	for (unsigned i = 0; i < 1000; i++)
		n += rate_take(&rate, 0);
	ok(n == 1000 && rate_ready_ns(&rate, 5) == 5, "0 is no cap");
	rate_set(&rate, 10, 0);
	ok(rate_take(&rate, 0) && !rate_take(&rate, 0), "a cap set at run time grants no burst");
	n = 0;
	for (unsigned i = 0; i < 1000; i++) {
		rate_set(&rate, 10 + i % 2, 0);
		n += rate_take(&rate, 0);
	}
	ok(!n, "nor does setting it again and again");
	rate_set(&rate, UINT64_MAX, NS_PER_SEC);
	ok(rate_take(&rate, INT64_MAX), "neither a huge cap nor a huge time overflows");
}

int main(void)
{
	test_windows();
	test_whole();
	test_ready();
	test_none();
	return tap_done();
}
