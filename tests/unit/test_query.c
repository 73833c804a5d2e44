// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_query.c - decoding of queries. */
#include "api/query.c"

#include "../tap.h"

static const char *const allowed[] = { "a", "b", NULL };
static struct query query;

static int parse(const char *text)
{
	return query_parse(&query, text, strlen(text), allowed);
}

int main(void)
{
	static char text[QUERY_BYTES_MAX + 1];
	uint64_t n = 7;

	ok(!query_parse(&query, NULL, 0, allowed) && !query_get(&query, "a"), "no query at all");
	ok(!parse("a=x%20y+z&b=%c3%a4") && !strcmp(query_get(&query, "a"), "x y z") &&
		   !strcmp(query_get(&query, "b"), "\xc3\xa4"),
	   "escapes and plus signs are decoded");
	ok(!parse("a=1=2&&b") && !strcmp(query_get(&query, "a"), "1=2") &&
		   !strcmp(query_get(&query, "b"), ""),
	   "a second '=' is text, a bare name is empty");
	ok(!parse("%61=1") && !strcmp(query_get(&query, "a"), "1"), "names are decoded too");
	ok(parse("c=1") == -EINVAL && !strcmp(query.wrong, "c"), "an unknown name is an error");
	ok(parse("a=1&%61=2") == -EINVAL && strstr(query.why, "twice"),
	   "so is one that comes twice");
	ok(parse("a=%") == -EINVAL && parse("a=%4") == -EINVAL && parse("a=%4g") == -EINVAL &&
		   parse("a=%00") == -EINVAL,
	   "so are half escapes and NUL bytes");
	ok(query_parse(&query, "a=\0", 3, allowed) == -EINVAL, "raw NUL bytes too");
	ok(parse("=1") == -EINVAL, "a value without a name has no place");
	memset(text, 'x', QUERY_BYTES_MAX);
	memcpy(text, "a=", 2);
	ok(query_parse(&query, text, QUERY_BYTES_MAX - 2, allowed) == 0, "the longest query fits");
	ok(query_parse(&query, text, QUERY_BYTES_MAX - 1, allowed) == -EINVAL, "one more does not");
	memset(text, '&', QUERY_BYTES_MAX);
	ok(query_parse(&query, text, QUERY_BYTES_MAX - 2, allowed) == 0, "8 KB of separators do");
	ok(!parse("a=42") && !query_number(&query, "a", 1, 100, &n) && n == 42, "a number");
	ok(!query_number(&query, "b", 1, 100, &n) && n == 42, "one that is absent changes nothing");
	ok(!parse("a=101") && query_number(&query, "a", 1, 100, &n) == -EINVAL, "over its range");
	ok(!parse("a=-1") && query_number(&query, "a", 0, 100, &n) == -EINVAL, "negative");
	ok(!parse("a=1e3") && query_number(&query, "a", 0, 100, &n) == -EINVAL, "not only digits");
	ok(!parse("a=99999999999999999999") &&
		   query_number(&query, "a", 0, UINT64_MAX, &n) == -EINVAL,
	   "over 64 bits");
	return tap_done();
}
