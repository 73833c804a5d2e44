// SPDX-License-Identifier: GPL-2.0 OR MIT
/* options_value.c - the contract is in options_value.h; quoting is in options.h. */
#include "cmd/options_value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define VALUE_MAX 64 /* longer is no number */

const char *options_escape(const char *text, char *buffer, size_t room)
{
	size_t len = 0;

	for (; *text; text++) {
		int is_plain = *text >= 0x20 && *text < 0x7f;

		if (len + (is_plain ? 1 : 4) + 4 > room) {
			memcpy(buffer + len, "...", 4);
			return buffer;
		}
		if (is_plain)
			buffer[len++] = *text;
		else
			len += (size_t)snprintf(buffer + len, 5, "\\x%02x", (unsigned char)*text);
	}
	buffer[len] = '\0';
	return buffer;
}

const char *options_quote(const char *text, char *buffer, size_t room)
{
	buffer[0] = '\'';
	options_escape(text, buffer + 1, room - 2);
	strcat(buffer, "'");
	return buffer;
}

/* Decimal digits only: no sign, no blanks, no 0x. */
static int parse_uint(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*text || strlen(text) > 19)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	*ret = value;
	return 0;
}

/* A bare number counts milliseconds; clock_parse_duration() wants to see that. */
static int parse_ms(const char *text, int64_t *ret_ns)
{
	char plain[VALUE_MAX + 4];
	size_t len = strlen(text);

	if (!len || len > VALUE_MAX)
		return -EINVAL;
	snprintf(plain, sizeof(plain), "%s%s", text,
		 isdigit((unsigned char)text[len - 1]) ? "ms" : "");
	return clock_parse_duration(plain, ret_ns);
}

static int value_uint(const struct option_spec *spec, const char *text, void *at, char *why,
		      size_t room)
{
	char quoted[OPTIONS_QUOTED];
	uint64_t value;

	if (parse_uint(text, &value) || value < (uint64_t)spec->min ||
	    value > (uint64_t)spec->max) {
		snprintf(why, room, "%s is not a number from %" PRId64 " to %" PRId64,
			 options_quote(text, quoted, sizeof(quoted)), spec->min, spec->max);
		return -EINVAL;
	}
	*(uint32_t *)at = (uint32_t)value;
	return 0;
}

static int value_ms(const struct option_spec *spec, const char *text, void *at, char *why,
		    size_t room)
{
	char quoted[OPTIONS_QUOTED];
	int64_t ns;

	if (parse_ms(text, &ns) || ns < spec->min || ns > spec->max) {
		snprintf(why, room, "%s is not a number of milliseconds from %.15g to %.15g",
			 options_quote(text, quoted, sizeof(quoted)),
			 (double)spec->min / (double)NS_PER_MS,
			 (double)spec->max / (double)NS_PER_MS);
		return -EINVAL;
	}
	*(int64_t *)at = ns;
	return 0;
}

static int value_choice(const struct option_spec *spec, const char *text, void *at, char *why,
			size_t room)
{
	char quoted[OPTIONS_QUOTED];
	size_t len;

	for (int i = 0; spec->choices[i]; i++)
		if (!strcmp(spec->choices[i], text)) {
			*(int *)at = i;
			return 0;
		}
	len = (size_t)snprintf(why, room, "%s is not one of",
			       options_quote(text, quoted, sizeof(quoted)));
	for (int i = 0; spec->choices[i] && len < room; i++)
		len += (size_t)snprintf(why + len, room - len, "%s %s", i ? "," : "",
					spec->choices[i]);
	return -EINVAL;
}

int option_value(const struct option_spec *spec, const char *text, void *into, char *why,
		 size_t why_bytes)
{
	void *at = (char *)into + spec->offset;

	switch (spec->type) {
	case OPTION_UINT32:
		return value_uint(spec, text, at, why, why_bytes);
	case OPTION_MS:
		return value_ms(spec, text, at, why, why_bytes);
	case OPTION_CHOICE:
		return value_choice(spec, text, at, why, why_bytes);
	case OPTION_TEXT:
		if (!*text) {
			snprintf(why, why_bytes, "the value is empty (%s)", spec->value);
			return -EINVAL;
		}
		*(const char **)at = text;
		return 0;
	default:
		return -EINVAL;
	}
}
