// SPDX-License-Identifier: GPL-2.0 OR MIT
/* yaml_scalar.c - scalars as values of a type; the contract is in yaml.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/yaml.h"

void yaml_get_string(struct yaml *y, const yaml_node_t *node, const char *what, char **ret)
{
	const char *text = yaml_text(y, node, what);
	char *copy = text ? strdup(text) : NULL;

	if (!text)
		return;
	if (!copy) {
		yaml_error(y, node, "%s: out of memory", what);
		return;
	}
	free(*ret);
	*ret = copy;
}

void yaml_get_duration(struct yaml *y, const yaml_node_t *node, const char *what, int64_t min_ns,
		       int64_t max_ns, int64_t *ret_ns)
{
	const char *text = yaml_text(y, node, what);
	char quoted[LOG_QUOTED], min[32], max[32];
	int64_t ns;

	if (!text)
		return;
	log_quote(text, quoted, sizeof(quoted));
	if (clock_parse_duration(text, &ns)) {
		yaml_error(y, node, "%s: %s is no duration, such as 250ms, 1s, 1m30s", what,
			   quoted);
		return;
	}
	if (ns >= min_ns && ns <= max_ns) {
		*ret_ns = ns;
		return;
	}
	clock_format_duration(min_ns, min, sizeof(min));
	clock_format_duration(max_ns, max, sizeof(max));
	yaml_error(y, node, "%s: %s is outside %s to %s", what, quoted, min, max);
}

/* Decimal digits only, as strtoull() would also take signs, blanks and 0x. */
static int parse_digits(const char *text, uint64_t *ret, const char **end)
{
	char *stop;

	if (*text < '0' || *text > '9' || (text[0] == '0' && text[1] >= '0' && text[1] <= '9'))
		return -EINVAL;
	errno = 0;
	*ret = strtoull(text, &stop, 10);
	*end = stop;
	return -errno;
}

void yaml_get_uint(struct yaml *y, const yaml_node_t *node, const char *what, uint64_t min,
		   uint64_t max, uint64_t *ret)
{
	const char *text = yaml_text(y, node, what), *end;
	char quoted[LOG_QUOTED];
	uint64_t value;

	if (!text)
		return;
	if (!parse_digits(text, &value, &end) && !*end && value >= min && value <= max)
		*ret = value;
	else
		yaml_error(y, node, "%s: %s is no number from %" PRIu64 " to %" PRIu64, what,
			   log_quote(text, quoted, sizeof(quoted)), min, max);
}

void yaml_get_bytes(struct yaml *y, const yaml_node_t *node, const char *what, uint64_t min,
		    uint64_t max, uint64_t *ret)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	const char *text = yaml_text(y, node, what), *end;
	char quoted[LOG_QUOTED];
	uint64_t value;

	if (!text)
		return;
	if (!parse_digits(text, &value, &end)) {
		end += strspn(end, " ");
		for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
			if (strcmp(end, units[i]) || value > UINT64_MAX >> (10 * i))
				continue;
			value <<= 10 * i;
			if (value < min || value > max)
				break;
			*ret = value;
			return;
		}
	}
	yaml_error(y, node,
		   "%s: %s is no size from %" PRIu64 " MiB to %" PRIu64 " GiB, such as 4GiB", what,
		   log_quote(text, quoted, sizeof(quoted)), min >> 20, max >> 30);
}

/* "a, b or c" */
static void join(const char *const *names, char *text, size_t room)
{
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; names[i] && len < room; i++)
		len += (size_t)snprintf(text + len, room - len, "%s%s",
					!i             ? ""
					: names[i + 1] ? ", "
						       : " or ",
					names[i]);
}

void yaml_get_choice(struct yaml *y, const yaml_node_t *node, const char *what,
		     const char *const *names, int *ret)
{
	const char *text = yaml_text(y, node, what);
	char quoted[LOG_QUOTED], all[256];

	if (!text)
		return;
	for (int i = 0; names[i]; i++) {
		if (strcmp(names[i], text))
			continue;
		*ret = i;
		return;
	}
	join(names, all, sizeof(all));
	yaml_error(y, node, "%s: %s is not one of %s", what,
		   log_quote(text, quoted, sizeof(quoted)), all);
}
