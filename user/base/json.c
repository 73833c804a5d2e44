// SPDX-License-Identifier: GPL-2.0 OR MIT
/* json.c - the contract is in json.h. */
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256

void json_init(struct json *j)
{
	memset(j, 0, sizeof(*j));
}

void json_clear(struct json *j)
{
	free(j->text);
	json_init(j);
}

void json_reset(struct json *j)
{
	j->len = 0;
	j->error = 0;
	j->need_comma = 0;
}

int json_error(const struct json *j)
{
	return j->error;
}

static void put(struct json *j, const char *bytes, size_t len)
{
	size_t room = j->room ? j->room : FIRST_ROOM;
	char *text;

	if (j->error)
		return;
	while (room < j->len + len)
		room *= 2;
	if (room != j->room) {
		text = realloc(j->text, room);
		if (!text) {
			j->error = -ENOMEM;
			return;
		}
		j->text = text;
		j->room = room;
	}
	memcpy(j->text + j->len, bytes, len);
	j->len += len;
}

static void begin(struct json *j)
{
	if (j->need_comma)
		put(j, ",", 1);
	j->need_comma = 1;
}

static void open_with(struct json *j, const char *bracket)
{
	begin(j);
	put(j, bracket, 1);
	j->need_comma = 0;
}

static void close_with(struct json *j, const char *bracket)
{
	put(j, bracket, 1);
	j->need_comma = 1;
}

void json_object(struct json *j)
{
	open_with(j, "{");
}

void json_object_end(struct json *j)
{
	close_with(j, "}");
}

void json_array(struct json *j)
{
	open_with(j, "[");
}

void json_array_end(struct json *j)
{
	close_with(j, "]");
}

void json_key(struct json *j, const char *key)
{
	begin(j);
	put(j, "\"", 1);
	put(j, key, strlen(key));
	put(j, "\":", 2);
	j->need_comma = 0;
}

/* Bytes of the UTF-8 sequence at @s, 0 when it is not one (overlong, surrogate, cut, too high). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (!n || n > left || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* U+2028 and U+2029 end a line in older JavaScript. */
static int is_line_separator(const unsigned char *s, size_t n)
{
	return n == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9);
}

static void put_escaped(struct json *j, unsigned code)
{
	char text[8];

	put(j, text, (size_t)snprintf(text, sizeof(text), "\\u%04x", code));
}

static void put_character(struct json *j, const unsigned char *s, size_t n)
{
	if (is_line_separator(s, n))
		put_escaped(j, 0x2000u | (s[2] - 0x80u));
	else if (n > 1)
		put(j, (const char *)s, n);
	else if (*s == '"' || *s == '\\')
		put(j, (const char[]){ '\\', (char)*s }, 2);
	else if (*s == '\n')
		put(j, "\\n", 2);
	else if (*s < 0x20 || *s == 0x7f || *s == '<' || *s == '>' || *s == '&')
		put_escaped(j, *s);
	else
		put(j, (const char *)s, 1);
}

void json_string_len(struct json *j, const char *value, size_t len)
{
	const unsigned char *s = (const unsigned char *)value;
	size_t n;

	begin(j);
	put(j, "\"", 1);
	for (size_t i = 0; i < len; i += n) {
		n = utf8_length(s + i, len - i);
		if (n) {
			put_character(j, s + i, n);
		} else {
			put(j, "\xef\xbf\xbd", 3);
			n = 1;
		}
	}
	put(j, "\"", 1);
}

void json_string(struct json *j, const char *value)
{
	json_string_len(j, value, strlen(value));
}

void json_int(struct json *j, int64_t value)
{
	char text[24];

	begin(j);
	put(j, text, (size_t)snprintf(text, sizeof(text), "%" PRId64, value));
}

void json_uint(struct json *j, uint64_t value)
{
	char text[24];

	begin(j);
	put(j, text, (size_t)snprintf(text, sizeof(text), "%" PRIu64, value));
}

void json_bool(struct json *j, int value)
{
	begin(j);
	put(j, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct json *j)
{
	begin(j);
	put(j, "null", 4);
}

void json_double(struct json *j, double value)
{
	char text[32];

	if (!isfinite(value)) {
		json_null(j);
		return;
	}
	begin(j);
	put(j, text, (size_t)snprintf(text, sizeof(text), "%.9g", value));
}

void json_raw(struct json *j, const char *bytes, size_t len)
{
	put(j, bytes, len);
	j->need_comma = 0;
}
