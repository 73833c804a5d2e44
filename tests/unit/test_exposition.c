// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_exposition.c - Prometheus text: escaping and numbers. */
#include "api/exposition.c"

#include "../tap.h"

static struct json out;

static const char *label(const char *value)
{
	struct exposition_label l = { "l", value };

	json_reset(&out);
	exposition_value(&out, "m", &l, 1, 1);
	json_raw(&out, "", 1);
	return out.text;
}

static const char *number(double value)
{
	json_reset(&out);
	exposition_value(&out, "m", NULL, 0, value);
	json_raw(&out, "", 1);
	return out.text;
}

int main(void)
{
	struct exposition_label two[] = { { "a", "1" }, { "b", "2" } };

	json_init(&out);
	ok(!strcmp(label("x"), "m{l=\"x\"} 1\n"), "a label");
	ok(!strcmp(label(""), "m{l=\"\"} 1\n"), "an empty one");
	ok(!strcmp(label("a\"b\\c\nd"), "m{l=\"a\\\"b\\\\c\\nd\"} 1\n"),
	   "quotes, backslashes and line feeds cannot forge a line");
	ok(!strcmp(label("\n"), "m{l=\"\\n\"} 1\n"), "a line feed alone");
	ok(!strcmp(label("\xc3\xa4}"), "m{l=\"\xc3\xa4}\"} 1\n"),
	   "everything else stands as it is");
	json_reset(&out);
	exposition_value(&out, "m", two, 2, 2);
	json_raw(&out, "", 1);
	ok(!strcmp(out.text, "m{a=\"1\",b=\"2\"} 2\n"), "two labels");
	ok(!strcmp(number(9007199254740991.0), "m 9007199254740991\n"), "counters are exact");
	ok(!strcmp(number(0.000023412), "m 2.3412e-05\n"), "seconds of microseconds");
	json_reset(&out);
	exposition_metric(&out, "m", "counter", "What it is.");
	json_raw(&out, "", 1);
	ok(!strcmp(out.text, "# HELP m What it is.\n# TYPE m counter\n"), "HELP and TYPE");
	json_clear(&out);
	return tap_done();
}
