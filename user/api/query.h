/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * query.h - the part of a request's target after '?': names and values, decoded.
 *
 * Strict: what is not understood is an error with a sentence, never ignored.
 */
#ifndef API_QUERY_H
#define API_QUERY_H

#include <stddef.h>
#include <stdint.h>

#define QUERY_ITEMS_MAX 16
#define QUERY_BYTES_MAX 8192

struct query {
	char text[QUERY_BYTES_MAX]; /* names and values, each terminated */
	struct {
		const char *name, *value;
	} items[QUERY_ITEMS_MAX];
	unsigned nitems;
	const char *wrong; /* name of the parameter that why is about, "" for the whole query */
	char why[128];     /* a sentence for people after an error */
};

/**
 * query_parse() - decode "a=b&c=d" (percent and '+').
 * @raw: need not be terminated; NULL or 0 bytes is an empty query.
 * @allowed: NULL-terminated names; any other is an error, and so is one that stands twice.
 * Return: 0 or -EINVAL (query->why says what is wrong; NUL bytes are).
 */
int query_parse(struct query *query, const char *raw, size_t bytes, const char *const *allowed);

/** query_get() - value of @name, NULL when it was not given. */
const char *query_get(const struct query *query, const char *name);

/** query_number() - @ret stays as it is when @name was not given. Return: 0 or -EINVAL (why). */
int query_number(struct query *query, const char *name, uint64_t min, uint64_t max, uint64_t *ret);

/** query_refuse() - note that @name's value is wrong. Return: -EINVAL. */
int query_refuse(struct query *query, const char *name, const char *why);

#endif /* API_QUERY_H */
