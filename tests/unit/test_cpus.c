// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_cpus.c - lists of CPUs, well and badly written. */
#include "kern/cpus.c"

#include "../tap.h"

static void test_good(void)
{
	struct cpus cpus;
	unsigned count = 0;

	ok(!cpus_parse(&cpus, "0\n") && cpus_has(&cpus, 0) && !cpus_has(&cpus, 1), "one CPU");
	ok(!cpus_parse(&cpus, "0-3,8,62-65"), "ranges and numbers");
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
		count += cpus_has(&cpus, cpu);
	ok(count == 9 && cpus_has(&cpus, 3) && !cpus_has(&cpus, 4) && cpus_has(&cpus, 8) &&
		   cpus_has(&cpus, 63) && cpus_has(&cpus, 64) && !cpus_has(&cpus, 66),
	   "are all in, and no other");
	ok(!cpus_parse(&cpus, "1023") && cpus_has(&cpus, 1023), "the last that fits");
}

static void test_bad(void)
{
	static const char *const bad[] = { "",   "\n",   ",",    "0,",   "-1",    "1-",
					   "a",  "0-a",  "3-2",  "0 1",  "0\n1",  " 0",
					   "+1", "0--1", "0x10", "1,,2", "1-2-3", "\x80" };
	struct cpus cpus = { .bits = { 42 } };

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(cpus_parse(&cpus, bad[i]) == -EINVAL, "\"%s\" is no list",
		   bad[i][0] == '\n' ? "\\n"
		   : i == 10         ? "0\\n1"
				     : bad[i]);
	ok(cpus_parse(&cpus, "1024") == -ERANGE, "1024 is too many");
	ok(cpus_parse(&cpus, "0-99999999999999999999999") == -ERANGE, "and so is that");
	ok(cpus.bits[0] == 42, "a bad list leaves the set alone");
}

int main(void)
{
	struct cpus cpus;

	test_good();
	test_bad();
	ok(!cpus_read_online(&cpus) && cpus.bits[0], "some CPU is online");
	return tap_done();
}
