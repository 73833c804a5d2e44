// SPDX-License-Identifier: GPL-2.0 OR MIT
/* exposition.c - the contract is in exposition.h. */
#include "api/exposition.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void put(struct json *to, const char *text)
{
	json_raw(to, text, strlen(text));
}

void exposition_metric(struct json *to, const char *name, const char *type, const char *help)
{
	put(to, "# HELP ");
	put(to, name);
	put(to, " ");
	put(to, help);
	put(to, "\n# TYPE ");
	put(to, name);
	put(to, " ");
	put(to, type);
	put(to, "\n");
}

static void put_escaped(struct json *to, const char *value)
{
	for (size_t run; *value; value++) {
		run = strcspn(value, "\\\"\n");
		json_raw(to, value, run);
		value += run;
		if (!*value)
			return;
		put(to, *value == '\n' ? "\\n" : *value == '"' ? "\\\"" : "\\\\");
	}
}

void exposition_value(struct json *to, const char *name, const struct exposition_label *labels,
		      unsigned nlabels, double value)
{
	char number[40];

	put(to, name);
	for (unsigned i = 0; i < nlabels; i++) {
		put(to, i ? "," : "{");
		put(to, labels[i].name);
		put(to, "=\"");
		put_escaped(to, labels[i].value);
		put(to, i + 1 == nlabels ? "\"}" : "\"");
	}
	/* counters stay exact up to 2^53, as in Prometheus itself */
	if (value == floor(value) && fabs(value) < 9007199254740992.0)
		snprintf(number, sizeof(number), " %.0f\n", value);
	else
		snprintf(number, sizeof(number), " %.12g\n", value);
	put(to, number);
}
