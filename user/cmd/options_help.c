// SPDX-License-Identifier: GPL-2.0 OR MIT
/* options_help.c - one column for the options, one for what they do. */
#include "cmd/options_help.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LEFT_MAX 64

/* "-c, --count N", "    --json", "-4". Return: its length. */
static int left_of(const struct option_spec *spec, char *text)
{
	int len;

	if (!spec->name)
		len = snprintf(text, LEFT_MAX, "-%c", spec->letter);
	else if (spec->letter)
		len = snprintf(text, LEFT_MAX, "-%c, --%s", spec->letter, spec->name);
	else
		len = snprintf(text, LEFT_MAX, "    --%s", spec->name);
	if (spec->type != OPTION_FLAG)
		len += snprintf(text + len, (size_t)(LEFT_MAX - len), " %s", spec->value);
	return len;
}

static int widest_left(const struct options *options)
{
	char left[LEFT_MAX];
	int widest = (int)strlen("-h, --help");

	for (unsigned i = 0; i < options->nspecs; i++) {
		if (options->specs[i].type != OPTION_HEADING) {
			int len = left_of(&options->specs[i], left);

			widest = len > widest ? len : widest;
		}
	}
	return widest;
}

int options_help(const struct options *options)
{
	int width = widest_left(options);
	char left[LEFT_MAX];

	printf("Usage: sonde %s %s\n\n%s\n", options->command, options->usage, options->about);
	for (unsigned i = 0; i < options->nspecs; i++) {
		const struct option_spec *spec = &options->specs[i];

		if (spec->type == OPTION_HEADING) {
			printf("\n%s\n", spec->help);
			continue;
		}
		left_of(spec, left);
		printf("  %-*s  %s\n", width, left, spec->help);
	}
	printf("  %-*s  %s\n", width, "-h, --help", "this text");
	if (options->notes)
		printf("\n%s\n", options->notes);
	return -ECANCELED;
}
