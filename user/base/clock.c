// SPDX-License-Identifier: GPL-2.0 OR MIT
/* clock.c - the contract is in clock.h. */
#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DURATION_MAX_NS (1ll << 62)

static const struct unit {
	const char *name;
	int64_t ns;
} units[] = {
	{ "h", 3600 * NS_PER_SEC }, { "m", 60 * NS_PER_SEC }, { "s", NS_PER_SEC },
	{ "ms", NS_PER_MS },        { "us", NS_PER_US },      { "ns", 1 },
};

#define UNITS (sizeof(units) / sizeof(units[0]))

static int64_t now_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

int64_t clock_now_ns(void)
{
	return now_of(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
	return now_of(CLOCK_REALTIME);
}

/* The unit that starts at @text, or NULL; "m" must not swallow the m of "ms". */
static const struct unit *find_unit(const char *text)
{
	size_t len = 0;

	while (isalpha((unsigned char)text[len]))
		len++;
	for (unsigned i = 0; i < UNITS; i++)
		if (strlen(units[i].name) == len && !strncmp(units[i].name, text, len))
			return &units[i];
	return NULL;
}

/* One "12.5ms" at *at: adds to *sum and moves on. */
static int parse_part(const char **at, int64_t *sum)
{
	const struct unit *unit;
	double value;
	char *end;

	if (!isdigit((unsigned char)**at) || ((*at)[0] == '0' && tolower((*at)[1]) == 'x'))
		return -EINVAL;
	value = strtod(*at, &end);
	/* strtod also takes "1e3"; a duration does not */
	for (const char *p = *at; p < end; p++)
		if (!isdigit((unsigned char)*p) && *p != '.')
			return -EINVAL;
	unit = find_unit(end);
	if (!unit)
		return -EINVAL;
	value *= (double)unit->ns;
	if (value + (double)*sum > (double)DURATION_MAX_NS)
		return -ERANGE;
	*sum += (int64_t)(value + 0.5);
	*at = end + strlen(unit->name);
	return 0;
}

int clock_parse_duration(const char *text, int64_t *ret_ns)
{
	int64_t sum = 0;
	int err;

	if (!*text)
		return -EINVAL;
	while (*text) {
		err = parse_part(&text, &sum);
		if (err)
			return err;
	}
	*ret_ns = sum;
	return 0;
}

void clock_format_duration(int64_t ns, char *text, size_t room)
{
	size_t len = 0;

	if (ns <= 0 || !room) {
		snprintf(text, room, "0s");
		return;
	}
	text[0] = '\0';
	for (unsigned i = 0; i < UNITS && len < room; i++) {
		if (ns < units[i].ns)
			continue;
		len += (size_t)snprintf(text + len, room - len, "%" PRId64 "%s", ns / units[i].ns,
					units[i].name);
		ns %= units[i].ns;
	}
}

void clock_format_rfc3339(int64_t wall_ns, char *text, size_t room)
{
	int64_t rest = ((wall_ns % NS_PER_SEC) + NS_PER_SEC) % NS_PER_SEC;
	time_t seconds = (time_t)((wall_ns - rest) / NS_PER_SEC);
	struct tm tm;
	char date[32];

	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, room, "%s.%09" PRId64 "Z", date, rest);
}

/* ".123" at @text: ns, and the end of it. */
static int64_t parse_fraction(const char *text, const char **end)
{
	int64_t ns = 0, weight = NS_PER_SEC / 10;

	for (text++; isdigit((unsigned char)*text); text++, weight /= 10)
		ns += (*text - '0') * weight;
	*end = text;
	return ns;
}

/* "Z" or "+hh:mm": seconds east of UTC. */
static int parse_zone(const char *text, int *ret_seconds)
{
	unsigned hours, minutes;
	int used = 0;

	*ret_seconds = 0;
	if (!strcmp(text, "Z") || !strcmp(text, "z"))
		return 0;
	if ((*text != '+' && *text != '-') ||
	    sscanf(text + 1, "%2u:%2u%n", &hours, &minutes, &used) != 2 || text[1 + used] ||
	    hours > 23 || minutes > 59)
		return -EINVAL;
	*ret_seconds = (int)(hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
	return 0;
}

static int parse_date(const char *text, int64_t *ret_wall_ns)
{
	struct tm tm = { 0 };
	const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t fraction = 0, seconds;
	int east;

	if (!at)
		return -EINVAL;
	if (*at == '.')
		fraction = parse_fraction(at, &at);
	if (parse_zone(at, &east))
		return -EINVAL;
	/* ns of 64 bits reach from 1677 to 2262 */
	seconds = (int64_t)timegm(&tm) - east;
	if (__builtin_mul_overflow(seconds, NS_PER_SEC, ret_wall_ns) ||
	    __builtin_add_overflow(*ret_wall_ns, fraction, ret_wall_ns))
		return -EINVAL;
	return 0;
}

int clock_parse_time(const char *text, int64_t *ret_wall_ns)
{
	long long value;
	char *end;

	if (strchr(text, 'T'))
		return parse_date(text, ret_wall_ns);
	if (!isdigit((unsigned char)*text) && *text != '-')
		return -EINVAL;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || *end || end == text)
		return -EINVAL;
	*ret_wall_ns = value;
	return 0;
}
