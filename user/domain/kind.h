/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * kind.h - what a kind of check says of itself: configuration, API, page and
 * documentation all read the same descriptor.
 *
 * Adding a kind: one file with its descriptor, one line in kind.c, one test.
 */
#ifndef DOMAIN_KIND_H
#define DOMAIN_KIND_H

#include <stddef.h>
#include <stdint.h>

enum param_type {
	PARAM_UINT8, /* bool and small numbers */
	PARAM_UINT32,
	PARAM_TEXT,   /* char[] inside struct check; `max` is its longest length in bytes */
	PARAM_CHOICE, /* uint8_t, one of `choices` */
};

struct param {
	const char *name; /* key in YAML and JSON */
	enum param_type type;
	size_t offset;              /* in struct check */
	int64_t min, max;           /* inclusive; unused by PARAM_CHOICE */
	int64_t def;                /* default */
	const char *const *choices; /* NULL-terminated names of 0, 1, 2... */
	const char *unit;           /* "bytes"; NULL when it is a plain number */
	const char *help;           /* one sentence, no full stop */
};

struct kind {
	const char *name; /* "icmp" */
	uint8_t number;   /* stored: never renumber */
	const char *help;
	const struct param *params;
	unsigned nparams;
};

/** kind_find() - by name; NULL when there is none. Any thread. */
const struct kind *kind_find(const char *name);

/** kind_number() - by stored number; NULL when unknown. Any thread. */
const struct kind *kind_number(unsigned number);

/** kind_at() - the @i-th kind, NULL past the last: for help texts and pages. Any thread. */
const struct kind *kind_at(unsigned i);

extern const struct kind kind_icmp;

#endif /* DOMAIN_KIND_H */
