/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Numbers, times and foreign text: only the plain forms are taken. */
#include "cmd/options_value.c"

#include "../tap.h"

static int takes(const struct option_spec *spec, const char *text, int64_t *ret)
{
	char why[256];
	int64_t value = 0;
	int err = option_value(spec, text, &value, why, sizeof(why));

	*ret = spec->type == OPTION_MS ? value : (int64_t)(uint32_t)value;
	return !err;
}

static void test_numbers(void)
{
	static const struct option_spec spec = { .type = OPTION_UINT32,
						 .min = 0,
						 .max = UINT32_MAX };
	static const char *const wrong[] = { "",
					     "-",
					     "-1",
					     "+1",
					     " 1",
					     "1 ",
					     "1e3",
					     "0x10",
					     "1.0",
					     "1,0",
					     "4294967296",
					     "18446744073709551616",
					     "99999999999999999999999999",
					     "nan",
					     "inf",
					     "1\n" };
	int64_t value;

	ok(takes(&spec, "0", &value) && value == 0, "0 is a number");
	ok(takes(&spec, "4294967295", &value) && value == UINT32_MAX, "so is the largest");
	ok(takes(&spec, "0080", &value) && value == 80, "leading zeros mean nothing");
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(!takes(&spec, wrong[i], &value), "wrong number %u is refused", i);
}

static void test_times(void)
{
	static const struct option_spec spec = { .type = OPTION_MS, .min = 0, .max = 60000000000 };
	static const char *const wrong[] = { "",
					     "-1",
					     "nan",
					     "inf",
					     "1e-9",
					     "1e300",
					     "0x10",
					     "1 s",
					     "1s ",
					     "ms",
					     "60001",
					     "1 ",
					     "9223372036854775808",
					     "10 m" };
	int64_t ns;

	ok(takes(&spec, "0", &ns) && ns == 0, "no time at all");
	ok(takes(&spec, "0.01", &ns) && ns == 10000, "0.01 ms is 10 us");
	ok(takes(&spec, "1000", &ns) && ns == 1000000000, "1000 ms is a second");
	ok(takes(&spec, "1m", &ns) && ns == 60000000000, "a minute");
	ok(takes(&spec, "250us", &ns) && ns == 250000, "250 us");
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(!takes(&spec, wrong[i], &ns), "wrong time %u is refused", i);
}

static void test_escape(void)
{
	char text[OPTIONS_QUOTED], small[12];

	ok(!strcmp(options_quote("a'b", text, sizeof(text)), "'a'b'"), "plain text stays");
	ok(!strcmp(options_quote("\x1b[31m\n\xff", text, sizeof(text)), "'\\x1b[31m\\x0a\\xff'"),
	   "control characters and bytes above ASCII are shown as numbers");
	ok(!strcmp(options_escape("abcdefghijkl", small, sizeof(small)), "abcdefgh...") &&
		   strlen(small) < sizeof(small),
	   "long text is cut");
	ok(!strcmp(options_quote("abcdefghijkl", small, sizeof(small)), "'abcdef...'"),
	   "quoted text as well");
}

int main(void)
{
	test_numbers();
	test_times();
	test_escape();
	return tap_done();
}
