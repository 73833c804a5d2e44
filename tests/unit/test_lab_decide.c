/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The lab's dice: seeded, exclusive, in proportion; delays inside the window that is meant. */
#include "../../tools/lab/rules.c"
#include "../../tools/lab/decide.c"

#include <stdio.h>
#include <string.h>

#include "../tap.h"

#define THROWS 200000

static const struct decide_window window = { .timeout_ns = NS_PER_SEC, .late_ns = 4 * NS_PER_SEC };

static struct rules rules;

static const struct rule *rule_of(const char *text)
{
	FILE *in = fmemopen((void *)text, strlen(text), "r");

	rules_clear(&rules);
	if (rules_read(in, "rule", stderr, &rules) || rules.count != 1)
		exit(1);
	fclose(in);
	return rules.rule;
}

static struct addr host_at(uint32_t i)
{
	return addr_from_v4(htonl(198u << 24 | 18u << 16 | i));
}

/* Within five standard deviations of what is expected of THROWS. */
static int is_share(unsigned got, double share)
{
	double want = THROWS * share, deviation = sqrt(THROWS * share * (1 - share));

	return fabs(got - want) <= 5 * deviation + 1;
}

static void count_faults(const struct rule *rule, uint64_t seed, unsigned hosts, unsigned *ret)
{
	for (uint32_t i = 0; i < THROWS; i++) {
		struct addr host = host_at(i % hosts);

		ret[decide(rule, seed, &host, i / hosts, 0, &window).fault]++;
	}
}

static void test_proportions(unsigned hosts)
{
	const struct rule *rule =
		rule_of("198.18.0.0/15 loss=10% duplicate=5% corrupt=1% late=1% "
			"reorder=10% wrong_source=0.5% error=1%:3/1 error=3%:11/0");
	unsigned got[FAULT_MAX] = { 0 };

	count_faults(rule, 42, hosts, got);
	ok(is_share(got[FAULT_LOSS], 0.1) && is_share(got[FAULT_DUPLICATE], 0.05) &&
		   is_share(got[FAULT_CORRUPT], 0.01) && is_share(got[FAULT_LATE], 0.01) &&
		   is_share(got[FAULT_REORDER], 0.1) && is_share(got[FAULT_WRONG_SOURCE], 0.005) &&
		   is_share(got[FAULT_ERROR], 0.04) && is_share(got[FAULT_NONE], 0.685),
	   "faults of %u hosts come in the proportions asked for, one a request", hosts);
}

static void test_whole(void)
{
	const struct rule *rule = rule_of("198.18.0.0/15 loss=50% error=25%:3/1 error=25%:3/3");
	unsigned got[FAULT_MAX] = { 0 };

	count_faults(rule, 7, 100, got);
	ok(got[FAULT_LOSS] + got[FAULT_ERROR] == THROWS, "shares of 100 %% leave nobody out");
}

static void test_seeded(void)
{
	const struct rule *rule = rule_of("198.18.0.0/15 loss=50% jitter=5ms delay=20ms");
	unsigned same = 0, changed = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		struct addr host = host_at(i);
		struct decision a = decide(rule, 1, &host, i, 0, &window);
		struct decision b = decide(rule, 1, &host, i, 99, &window);
		struct decision c = decide(rule, 2, &host, i, 0, &window);

		same += a.fault == b.fault && a.delay_ns == b.delay_ns && a.random == b.random;
		changed += a.fault != c.fault;
	}
	ok(same == 1000, "one seed decides the same way again");
	ok(changed > 400 && changed < 600, "another seed decides anew");
}

static int all_inside(const char *text, int64_t low_ns, int64_t high_ns)
{
	const struct rule *rule = rule_of(text);
	int64_t least = INT64_MAX, most = 0;

	for (uint32_t i = 0; i < 10000; i++) {
		struct addr host = host_at(i);
		int64_t delay_ns = decide(rule, 3, &host, 5, 0, &window).delay_ns;

		least = delay_ns < least ? delay_ns : least;
		most = delay_ns > most ? delay_ns : most;
	}
	printf("# %s: %lld..%lld\n", text, (long long)least, (long long)most);
	/* inside, and not all at one end */
	return least >= low_ns && most <= high_ns && most - least >= (high_ns - low_ns) / 2;
}

static void test_delays(void)
{
	ok(all_inside("198.18.0.0/15 delay=20ms jitter=5ms", 15000000, 25000000),
	   "uniform jitter stays in its width");
	ok(all_inside("198.18.0.0/15 delay=20ms jitter=normal:2ms", 8000000, 32000000),
	   "normal jitter stays within six deviations");
	ok(all_inside("198.18.0.0/15 delay=1ms jitter=10ms", 0, 11000000), "no delay is negative");
	ok(all_inside("198.18.0.0/15 late=100%", 1400000000, 4600000000),
	   "late is after the timeout and inside the late window");
	ok(all_inside("198.18.0.0/15 expired=100%", 5800000000, 7000000000),
	   "expired is after both");
	ok(all_inside("198.18.0.0/15 reorder=100%:30ms delay=1ms jitter=1ms", 30000000, 32000000),
	   "reordering adds its delay");
	ok(all_inside("198.18.0.0/15 late=100%:1700ms", 1700000000, 1700000000),
	   "a given delay is exact");
}

static void test_replies(void)
{
	struct addr host = host_at(1);

	ok(decide(NULL, 1, &host, 0, 0, &window).replies == 1,
	   "without a rule a host answers once");
	ok(decide(rule_of("198.18.0.0/15 duplicate=100%:3"), 1, &host, 0, 0, &window).replies == 4,
	   "a duplicate of three copies is four packets");
	ok(!decide(rule_of("198.18.0.0/15 blackhole"), 1, &host, 0, 0, &window).replies,
	   "a black hole answers nothing");
	ok(decide(rule_of("198.18.0.0/15 closed"), 1, &host, 9, 0, &window).error->code == 3,
	   "a closed host says port unreachable");
}

static void test_flapping(void)
{
	const struct rule *rule = rule_of("198.18.0.0/15 flap=10s:30%");
	unsigned up = 0, turns = 0, at_start = 0;
	enum fault last = FAULT_MAX;

	for (int64_t ms = 0; ms < 100000; ms += 10) {
		struct addr host = host_at(77);
		enum fault fault = decide(rule, 1, &host, 0, ms * NS_PER_MS, &window).fault;

		up += fault == FAULT_NONE;
		turns += last != FAULT_MAX && fault != last;
		last = fault;
	}
	ok(up == 3000 && (turns == 19 || turns == 20),
	   "a flapping host is up for its share of each period");
	for (uint32_t i = 0; i < 1000; i++) {
		struct addr host = host_at(i);

		at_start += decide(rule, 1, &host, 0, 0, &window).fault == FAULT_NONE;
	}
	ok(at_start > 200 && at_start < 400, "hosts flap with phases of their own");
}

int main(void)
{
	test_proportions(1);
	test_proportions(5000);
	test_whole();
	test_seeded();
	test_delays();
	test_replies();
	test_flapping();
	rules_clear(&rules);
	return tap_done();
}
