// SPDX-License-Identifier: GPL-2.0 OR MIT
/* check.c - life and rules of a check; its bytes are in check_codec.c. */
#include "domain/check.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "domain/kind.h"

static void set_number(void *at, enum param_type type, int64_t value)
{
	if (type == PARAM_UINT32)
		*(uint32_t *)at = (uint32_t)value;
	else
		*(uint8_t *)at = (uint8_t)value;
}

void check_init(struct check *check, const struct kind *kind)
{
	memset(check, 0, sizeof(*check));
	check->kind = kind;
	check->interval_ns = NS_PER_SEC;
	check->timeout_ns = NS_PER_SEC;
	check->late_ns = 4 * NS_PER_SEC;
	for (unsigned i = 0; i < kind->nparams; i++)
		if (kind->params[i].type != PARAM_TEXT)
			set_number((char *)check + kind->params[i].offset, kind->params[i].type,
				   kind->params[i].def);
}

static void free_labels(struct check *check)
{
	for (unsigned i = 0; i < check->nlabels; i++) {
		free(check->labels[i].key);
		free(check->labels[i].value);
	}
	free(check->labels);
	check->labels = NULL;
	check->nlabels = 0;
}

void check_clear(struct check *check)
{
	free(check->name);
	free(check->target);
	free_labels(check);
	memset(check, 0, sizeof(*check));
}

int check_copy(struct check *to, const struct check *from)
{
	int err = 0;

	*to = *from;
	to->labels = NULL;
	to->nlabels = 0;
	to->name = from->name ? strdup(from->name) : NULL;
	to->target = from->target ? strdup(from->target) : NULL;
	if ((from->name && !to->name) || (from->target && !to->target))
		err = -ENOMEM;
	for (unsigned i = 0; !err && i < from->nlabels; i++)
		err = check_set_label(to, from->labels[i].key, from->labels[i].value);
	if (err)
		check_clear(to);
	return err;
}

static struct check_label *find_label(struct check *check, const char *key)
{
	for (unsigned i = 0; i < check->nlabels; i++)
		if (!strcmp(check->labels[i].key, key))
			return &check->labels[i];
	return NULL;
}

static int add_label(struct check *check, const char *key, const char *value)
{
	struct check_label *labels, label;

	if (check->nlabels == CHECK_LABELS_MAX)
		return -E2BIG;
	labels = realloc(check->labels, (check->nlabels + 1) * sizeof(*labels));
	if (!labels)
		return -ENOMEM;
	check->labels = labels;
	label.key = strdup(key);
	label.value = strdup(value);
	if (!label.key || !label.value) {
		free(label.key);
		free(label.value);
		return -ENOMEM;
	}
	labels[check->nlabels++] = label;
	return 0;
}

int check_set_label(struct check *check, const char *key, const char *value)
{
	struct check_label *label = find_label(check, key);
	char *copy;

	if (!*key || strlen(key) > CHECK_LABEL_MAX || strlen(value) > 2 * CHECK_LABEL_MAX)
		return -EINVAL;
	if (!label)
		return add_label(check, key, value);
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(label->value);
	label->value = copy;
	return 0;
}

int check_default_name(struct check *check)
{
	if (!check->name)
		check->name = strndup(check->target, CHECK_NAME_MAX);
	return check->name ? 0 : -ENOMEM;
}

/* Any constant will do, as long as it never changes: ids are stored. */
static const uint64_t id_key[2] = { 0x736f6e6465206964ull, 0x636865636b206b65ull };

void check_set_id(struct check *check, const char *given)
{
	char text[CHECK_TARGET_MAX + 256];
	int len;

	check->id_given = given != NULL;
	if (given) {
		if (check_parse_id(given, strlen(given), &check->id))
			check->id = siphash(given, strlen(given), id_key);
	} else {
		len = snprintf(text, sizeof(text), "%s %s %u %u %u %u %u %u %s %s",
			       check->kind->name, check->target, check->icmp.size, check->icmp.ttl,
			       check->icmp.dscp, check->icmp.dont_fragment, check->icmp.family,
			       check->icmp.fwmark, check->icmp.source, check->icmp.device);
		check->id = siphash(text, (size_t)len, id_key);
	}
	if (!check->id)
		check->id = 1;
}

/* A DNS name by RFC 1123, underscores allowed as people use them; one dot may stand at the end. */
static int is_name(const char *text)
{
	size_t label = 0;

	for (const char *c = text; *c; c++) {
		if (*c == '.') {
			if (!label || c[-1] == '-')
				return 0;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)*c) && *c != '_' && (*c != '-' || !label))
			return 0;
		if (++label > 63)
			return 0;
	}
	return *text && (!label || text[strlen(text) - 1] != '-');
}

/* All digits and dots, but no address: "1.2.3" or "256.1.1.1" are mistakes, not names. */
static int looks_numeric(const char *text)
{
	return !text[strspn(text, "0123456789.")];
}

static int validate_target(const char *target, char *why, size_t room)
{
	char quoted[LOG_QUOTED];
	struct addr addr;
	int err;

	if (!target || !*target)
		snprintf(why, room, "a target is needed: a name or an address");
	else if (strlen(target) > CHECK_TARGET_MAX)
		snprintf(why, room, "the target is longer than %d characters", CHECK_TARGET_MAX);
	else if ((err = addr_parse(target, &addr)) == -EDESTADDRREQ)
		snprintf(why, room, "a link-local target needs its interface: '%s%%eth0'", target);
	else if (err == -ENODEV)
		snprintf(why, room, "no such interface: %s",
			 log_quote(strchr(target, '%') + 1, quoted, sizeof(quoted)));
	else if (!err && !addr_is_unicast(&addr))
		snprintf(why, room, "'%s' is no unicast address", target);
	else if (err && (looks_numeric(target) || !is_name(target)))
		snprintf(why, room, "%s is neither an address nor a DNS name",
			 log_quote(target, quoted, sizeof(quoted)));
	else
		return 0;
	return -EINVAL;
}

static int validate_times(const struct check *check, char *why, size_t room)
{
	char text[32];

	clock_format_duration(check->interval_ns, text, sizeof(text));
	if (check->interval_ns < CHECK_INTERVAL_MIN_NS ||
	    check->interval_ns > CHECK_INTERVAL_MAX_NS)
		snprintf(why, room, "interval %s is outside 10ms..24h", text);
	else if (check->timeout_ns < CHECK_TIMEOUT_MIN_NS ||
		 check->timeout_ns > CHECK_TIMEOUT_MAX_NS)
		snprintf(why, room, "timeout is outside 1ms..1m");
	else if (check->late_ns < 0 || check->late_ns > CHECK_TIMEOUT_MAX_NS)
		snprintf(why, room, "late window is outside 0s..1m");
	else
		return 0;
	return -EINVAL;
}

/* Numbers and choices against the kind's descriptor. */
static int validate_params(const struct check *check, char *why, size_t room)
{
	for (unsigned i = 0; i < check->kind->nparams; i++) {
		const struct param *p = &check->kind->params[i];
		const void *at = (const char *)check + p->offset;
		int64_t value = 0, max = p->max;

		if (p->type == PARAM_TEXT)
			continue;
		value = p->type == PARAM_UINT32 ? *(const uint32_t *)at : *(const uint8_t *)at;
		if (p->type == PARAM_CHOICE)
			for (max = 0; p->choices[max + 1];)
				max++;
		if (value >= p->min && value <= max)
			continue;
		snprintf(why, room, "%s %" PRId64 " is outside %" PRId64 "..%" PRId64, p->name,
			 value, p->min, max);
		return -EINVAL;
	}
	return 0;
}

static int validate_source(const struct check *check, char *why, size_t room)
{
	struct addr source, target;

	if (!*check->icmp.source)
		return 0;
	if (addr_parse(check->icmp.source, &source)) {
		snprintf(why, room, "source '%s' is no address", check->icmp.source);
		return -EINVAL;
	}
	if (!addr_parse(check->target, &target) && addr_is_v4(&source) != addr_is_v4(&target)) {
		snprintf(why, room, "source and target are of different address families");
		return -EINVAL;
	}
	return 0;
}

int check_validate(const struct check *check, char *why, size_t why_bytes)
{
	*why = '\0';
	if (check->name && strlen(check->name) > CHECK_NAME_MAX) {
		snprintf(why, why_bytes, "the name is longer than %d bytes", CHECK_NAME_MAX);
		return -EINVAL;
	}
	if (validate_target(check->target, why, why_bytes) ||
	    validate_times(check, why, why_bytes) || validate_params(check, why, why_bytes) ||
	    validate_source(check, why, why_bytes))
		return -EINVAL;
	return 0;
}

void check_format_id(uint64_t id, char *text)
{
	snprintf(text, 17, "%016" PRIx64, id);
}

int check_parse_id(const char *text, size_t bytes, uint64_t *ret_id)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t id = 0;

	if (bytes != 16)
		return -EINVAL;
	for (size_t i = 0; i < bytes; i++) {
		const char *digit = memchr(digits, text[i], 16);

		if (!digit)
			return -EINVAL;
		id = id << 4 | (uint64_t)(digit - digits);
	}
	*ret_id = id;
	return 0;
}
