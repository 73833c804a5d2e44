// SPDX-License-Identifier: GPL-2.0 OR MIT
/* options.c - walks argv; values are in options_value.c, help in options_help.c. */
#include "cmd/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cmd/cmd.h"
#include "cmd/options_help.h"
#include "cmd/options_value.h"

#define OPTIONS_MAX 64 /* of a command are candidates for what was meant */

/* Where the walk stands. */
struct walk {
	const struct options *options;
	int argc, at, operands;
	char **argv;
	void *into;
};

void options_error(const struct options *options, const char *format, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	fprintf(stderr, "sonde %s: %s\n", options->command, line);
}

int options_exit(int err)
{
	return err == -ECANCELED ? CMD_OK : CMD_USAGE;
}

static const struct option_spec *find_letter(const struct options *options, char letter)
{
	for (unsigned i = 0; i < options->nspecs; i++)
		if (options->specs[i].letter && options->specs[i].letter == letter)
			return &options->specs[i];
	return NULL;
}

static const struct option_spec *find_name(const struct options *options, const char *name,
					   size_t len)
{
	for (unsigned i = 0; i < options->nspecs; i++) {
		const char *known = options->specs[i].name;

		if (known && strlen(known) == len && !memcmp(known, name, len))
			return &options->specs[i];
	}
	return NULL;
}

static int unknown_name(const struct options *options, const char *name, size_t len)
{
	char plain[64], shown[OPTIONS_QUOTED];
	const char *known[OPTIONS_MAX + 1] = { NULL }, *near;
	unsigned n = 0;

	snprintf(plain, sizeof(plain), "%.*s", (int)(len < 64 ? len : 63), name);
	for (unsigned i = 0; i < options->nspecs && n < OPTIONS_MAX; i++)
		if (options->specs[i].name)
			known[n++] = options->specs[i].name;
	near = nearest_word(plain, known);
	options_escape(plain, shown, sizeof(shown));
	if (near)
		options_error(options, "unknown option '--%s'; did you mean '--%s'?", shown, near);
	else
		options_error(options, "unknown option '--%s'; see 'sonde help %s'", shown,
			      options->command);
	return -EINVAL;
}

/* @shown: the option as the user wrote it. @value: what was attached to it, or NULL. */
static int take(struct walk *walk, const struct option_spec *spec, const char *shown,
		const char *value)
{
	char why[OPTIONS_QUOTED + 256];

	if (spec->type == OPTION_FLAG) {
		*(int *)((char *)walk->into + spec->offset) = (int)spec->max;
		return 0;
	}
	if (!value && walk->at < walk->argc)
		value = walk->argv[walk->at++];
	if (!value) {
		options_error(walk->options, "%s: a value is missing (%s)", shown, spec->value);
		return -EINVAL;
	}
	if (!option_value(spec, value, walk->into, why, sizeof(why)))
		return 0;
	options_error(walk->options, "%s: %s", shown, why);
	return -EINVAL;
}

static int take_long(struct walk *walk, const char *name)
{
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option_spec *spec = find_name(walk->options, name, len);
	char shown[80];

	if (!strcmp(name, "help"))
		return options_help(walk->options);
	if (!spec)
		return unknown_name(walk->options, name, len);
	snprintf(shown, sizeof(shown), "--%s", spec->name);
	if (equals && spec->type == OPTION_FLAG) {
		options_error(walk->options, "%s takes no value", shown);
		return -EINVAL;
	}
	return take(walk, spec, shown, equals ? equals + 1 : NULL);
}

static int take_letters(struct walk *walk, const char *letters)
{
	const struct option_spec *spec;
	char shown[OPTIONS_QUOTED], text[2] = "";
	int err = 0;

	for (const char *c = letters; *c && !err; c++) {
		spec = find_letter(walk->options, *c);
		if (!spec && *c == 'h')
			return options_help(walk->options);
		text[0] = *c;
		options_escape(text, shown, sizeof(shown));
		if (!spec) {
			options_error(walk->options, "unknown option '-%s'; see 'sonde help %s'",
				      shown, walk->options->command);
			return -EINVAL;
		}
		snprintf(shown, sizeof(shown), "-%c", *c);
		if (spec->type != OPTION_FLAG)
			return take(walk, spec, shown, c[1] ? c + 1 : NULL);
		err = take(walk, spec, shown, NULL);
	}
	return err;
}

int options_parse(const struct options *options, int argc, char **argv, void *into)
{
	struct walk walk = { .options = options, .argc = argc, .argv = argv, .into = into };
	int ended = 0, err = 0;

	while (!err && walk.at < argc) {
		char *arg = argv[walk.at++];

		if (ended || arg[0] != '-' || !arg[1])
			argv[walk.operands++] = arg;
		else if (!strcmp(arg, "--"))
			ended = 1;
		else if (arg[1] == '-')
			err = take_long(&walk, arg + 2);
		else
			err = take_letters(&walk, arg + 1);
	}
	return err ? err : walk.operands;
}
