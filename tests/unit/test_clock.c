// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Durations and dates as text. */
#include "base/clock.c"

#include "../tap.h"

static void test_durations(void)
{
	static const struct row {
		const char *text;
		int64_t ns;
	} good[] = { { "250ms", 250 * NS_PER_MS },
		     { "1s", NS_PER_SEC },
		     { "1m30s", 90 * NS_PER_SEC },
		     { "1.5s", 1500 * NS_PER_MS },
		     { "2h", 7200 * NS_PER_SEC },
		     { "500us", 500 * NS_PER_US },
		     { "100ns", 100 },
		     { "0s", 0 } };
	static const char *const bad[] = { "",   "1",   "s",   "-1s", "1 s", "1e3s", "0x10s",
					   "1d", "nan", "1s ", "inf", "1ss", ".5s",  "1e300s" };
	int64_t ns;
	char text[32];

	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ok(!clock_parse_duration(good[i].text, &ns) && ns == good[i].ns, "%s",
		   good[i].text);
		clock_format_duration(good[i].ns, text, sizeof(text));
		ok(!clock_parse_duration(text, &ns) && ns == good[i].ns, "and back as %s", text);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(clock_parse_duration(bad[i], &ns) < 0, "'%s' is refused", bad[i]);
	ok(clock_parse_duration("99999999999h", &ns) == -ERANGE, "too long is told apart");
}

static void test_dates(void)
{
	char text[40];
	int64_t ns;

	clock_format_rfc3339(1767323045000000006ll, text, sizeof(text));
	ok(!strcmp(text, "2026-01-02T03:04:05.000000006Z"), "%s", text);
	ok(!clock_parse_time(text, &ns) && ns == 1767323045000000006ll, "reads back");
	ok(!clock_parse_time("2026-01-02T04:04:05+01:00", &ns) && ns == 1767323045000000000ll,
	   "zone");
	ok(!clock_parse_time("1767323045000000006", &ns) && ns == 1767323045000000006ll, "integer");
	clock_format_rfc3339(-1, text, sizeof(text));
	ok(!strcmp(text, "1969-12-31T23:59:59.999999999Z"), "before 1970: %s", text);
	ok(clock_parse_time("yesterday", &ns) && clock_parse_time("2026-13-02T03:04:05Z", &ns) &&
		   clock_parse_time("2026-01-02T03:04:05", &ns) && clock_parse_time("1x", &ns),
	   "what is no time is refused");
}

int main(void)
{
	test_durations();
	test_dates();
	return tap_done();
}
