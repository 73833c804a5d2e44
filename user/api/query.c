// SPDX-License-Identifier: GPL-2.0 OR MIT
/* query.c - the contract is in query.h. */
#include "api/query.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of @raw at *at into *to. */
static int decode_one(const char *raw, size_t bytes, size_t *at, char *to)
{
	int high, low;

	*to = raw[*at] == '+' ? ' ' : raw[*at];
	if (raw[(*at)++] != '%')
		return *to ? 0 : -EINVAL;
	if (bytes - *at < 2)
		return -EINVAL;
	high = hex_digit(raw[*at]);
	low = hex_digit(raw[*at + 1]);
	if (high < 0 || low < 0 || !(high | low))
		return -EINVAL;
	*to = (char)(high << 4 | low);
	*at += 2;
	return 0;
}

static int is_allowed(const char *name, const char *const *allowed)
{
	for (; *allowed; allowed++)
		if (!strcmp(*allowed, name))
			return 1;
	return 0;
}

static int add_item(struct query *query, const char *name, const char *value,
		    const char *const *allowed)
{
	if (!is_allowed(name, allowed))
		return query_refuse(query, name, "there is no such parameter here");
	if (query_get(query, name))
		return query_refuse(query, name, "given twice");
	if (query->nitems == QUERY_ITEMS_MAX)
		return query_refuse(query, "", "too many parameters");
	query->items[query->nitems].name = name;
	query->items[query->nitems++].value = value;
	return 0;
}

/* One "name=value" at *at, decoded to *to. */
static int parse_item(struct query *query, const char *raw, size_t bytes, size_t *at, char **to,
		      const char *const *allowed)
{
	char *name = *to, *value = NULL;

	while (*at < bytes && raw[*at] != '&') {
		if (raw[*at] == '=' && !value) {
			*(*to)++ = '\0';
			value = *to;
			++*at;
		} else if (decode_one(raw, bytes, at, (*to)++)) {
			return query_refuse(query, "", "a percent escape is wrong, or a NUL byte");
		}
	}
	++*at; /* the '&' */
	*(*to)++ = '\0';
	if (*name == '\0' && !value)
		return 0;
	return add_item(query, name, value ? value : *to - 1, allowed);
}

int query_parse(struct query *query, const char *raw, size_t bytes, const char *const *allowed)
{
	char *to = query->text;
	int err = 0;

	query->nitems = 0;
	query->wrong = "";
	query->why[0] = '\0';
	/* each byte becomes at most one, plus one end; a trailing name one more */
	if (bytes > sizeof(query->text) - 2)
		return query_refuse(query, "", "the query is too long");
	for (size_t at = 0; !err && at < bytes;)
		err = parse_item(query, raw, bytes, &at, &to, allowed);
	return err;
}

const char *query_get(const struct query *query, const char *name)
{
	for (unsigned i = 0; i < query->nitems; i++)
		if (!strcmp(query->items[i].name, name))
			return query->items[i].value;
	return NULL;
}

int query_number(struct query *query, const char *name, uint64_t min, uint64_t max, uint64_t *ret)
{
	const char *text = query_get(query, name);
	unsigned long long value;
	char why[96];

	if (!text)
		return 0;
	errno = 0;
	value = strtoull(text, NULL, 10);
	if (errno || !*text || text[strspn(text, "0123456789")] || value < min || value > max) {
		snprintf(why, sizeof(why), "must be a number from %" PRIu64 " to %" PRIu64, min,
			 max);
		return query_refuse(query, name, why);
	}
	*ret = value;
	return 0;
}

int query_refuse(struct query *query, const char *name, const char *why)
{
	query->wrong = name;
	snprintf(query->why, sizeof(query->why), "%s", why);
	return -EINVAL;
}
