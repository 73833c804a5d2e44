/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * options.h - a command's options as one table: parsing, errors and help come from it.
 *
 * -c 5, -c5, --count 5, --count=5, -4q; options may follow operands, `--` ends them, `-` is an
 * operand. Given twice, the later one holds. Errors are one line on standard error:
 *
 *   sonde ping: -c: 'abc' is not a number from 1 to 4294967295
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_HEADING, /* only `help`: a line between groups of the help text */
	OPTION_FLAG,    /* int, set to `max` */
	OPTION_UINT32,  /* uint32_t */
	OPTION_MS,      /* int64_t, ns; milliseconds, fractions allowed, or with a unit: 2s, 50us */
	OPTION_CHOICE,  /* int, index in `choices` */
	OPTION_TEXT,    /* const char *, points into argv */
};

struct option_spec {
	enum option_type type;
	char letter;                /* 0: none */
	const char *name;           /* without the dashes; NULL: only the letter */
	const char *value;          /* what follows it, as the help shows it: "MS" */
	size_t offset;              /* in the caller's struct */
	int64_t min, max;           /* inclusive; of OPTION_MS in ns */
	const char *const *choices; /* NULL-terminated */
	const char *help;           /* one line with the default, no full stop */
};

struct options {
	const char *command; /* "ping" */
	const char *usage;   /* "[OPTION]... TARGET..." */
	const char *about;   /* paragraphs above the table */
	const char *notes;   /* below it; NULL: none */
	const struct option_spec *specs;
	unsigned nspecs;
};

/**
 * options_parse() - fill @into, which holds the defaults.
 * @argv: operands are moved to its front, in their order.
 * Return: number of operands; -ECANCELED after -h or --help printed the help; -EINVAL after the
 * error was printed.
 */
int options_parse(const struct options *options, int argc, char **argv, void *into);

/** options_exit() - exit code for what options_parse() returned below 0. */
int options_exit(int err);

/** options_error() - one line on standard error: "sonde COMMAND: " and the sentence. */
void options_error(const struct options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define OPTIONS_QUOTED 256

/**
 * options_escape() - foreign text as printable ASCII: other bytes as \xNN; what is longer than the
 * room is cut and ends in "...".
 * @room: at least 8. Return: @buffer.
 */
const char *options_escape(const char *text, char *buffer, size_t room);

/** options_quote() - the same in single quotes. */
const char *options_quote(const char *text, char *buffer, size_t room);

#endif /* CMD_OPTIONS_H */
