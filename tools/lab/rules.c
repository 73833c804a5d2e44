/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* rules.c - the parser: one table of keys, one function each kind of value. */
#include "rules.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "draw.h"

#define REORDER_DEFAULT_NS (10 * NS_PER_MS)
#define LINE_MAX_BYTES     1024

/* Where the parser is, and where its errors go. */
struct place {
	const char *name;
	unsigned line;
	char *start; /* of the line; the column is counted from it */
	FILE *errors;
	int nerrors;
};

__attribute__((format(printf, 3, 4))) static int complain(struct place *place, const char *at,
							  const char *fmt, ...)
{
	va_list ap;

	fprintf(place->errors, "%s:%u:%zu: ", place->name, place->line,
		(size_t)(at - place->start) + 1);
	va_start(ap, fmt);
	vfprintf(place->errors, fmt, ap);
	va_end(ap);
	fputc('\n', place->errors);
	place->nerrors++;
	return -EINVAL;
}

/* Cut @text at the next ':'. Return: what follows it, or NULL. */
static char *cut(char *text)
{
	char *colon = strchr(text, ':');

	if (!colon)
		return NULL;
	*colon = 0;
	return colon + 1;
}

static int parse_number(struct place *place, char *text, unsigned long max, unsigned long *ret)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end)
		return complain(place, text, "'%s' is no whole number", text);
	if (errno || value > max)
		return complain(place, text, "'%s' is more than %lu", text, max);
	*ret = value;
	return 0;
}

/* "1.5%" as parts per million, digit by digit: a share is exact or refused. */
static int parse_share(struct place *place, char *text, uint32_t *ret)
{
	const char *p = text;
	uint64_t value = 0, unit = 10000;

	for (; isdigit((unsigned char)*p) && value <= LAB_MILLION; p++)
		value = value * 10 + (uint64_t)(*p - '0') * 10000;
	if (p > text && *p == '.')
		for (p++; isdigit((unsigned char)*p) && unit > 1; p++) {
			unit /= 10;
			value += (uint64_t)(*p - '0') * unit;
		}
	if (p == text || *p != '%' || p[1])
		return complain(place, text, "'%s' is no share such as 10%% or 0.25%%", text);
	if (value > LAB_MILLION)
		return complain(place, text, "'%s' is more than 100%%", text);
	*ret = value;
	return 0;
}

static int parse_duration(struct place *place, char *text, int64_t *ret)
{
	if (clock_parse_duration(text, ret) || *ret > 3600 * NS_PER_SEC)
		return complain(place, text, "'%s' is no duration such as 20ms, of an hour at most",
				text);
	return 0;
}

static int take_share(struct place *place, struct rule *rule, char *value, int fault)
{
	return parse_share(place, value, &rule->share[fault]);
}

static int take_duplicate(struct place *place, struct rule *rule, char *value, int fault)
{
	char *copies = cut(value);
	unsigned long n = 1;
	int err = parse_share(place, value, &rule->share[fault]);

	if (!err && copies)
		err = parse_number(place, copies, RULE_COPIES_MAX, &n);
	if (!err && !n)
		err = complain(place, copies, "a duplicate has one copy or more");
	rule->copies = n;
	return err;
}

static int take_share_delay(struct place *place, struct rule *rule, char *value, int fault)
{
	int64_t *delay = fault == FAULT_REORDER ? &rule->reorder_ns
			 : fault == FAULT_LATE  ? &rule->late_ns
						: &rule->expired_ns;
	char *text = cut(value);
	int err = parse_share(place, value, &rule->share[fault]);

	return !err && text ? parse_duration(place, text, delay) : err;
}

static int take_delay(struct place *place, struct rule *rule, char *value, int unused)
{
	(void)unused;
	return parse_duration(place, value, &rule->delay_ns);
}

static int take_jitter(struct place *place, struct rule *rule, char *value, int unused)
{
	char *width = cut(value);

	(void)unused;
	if (!width)
		return parse_duration(place, value, &rule->jitter_ns);
	rule->jitter_is_normal = !strcmp(value, "normal");
	if (!rule->jitter_is_normal && strcmp(value, "uniform"))
		return complain(place, value, "jitter is uniform or normal, not '%s'", value);
	return parse_duration(place, width, &rule->jitter_ns);
}

static int take_flap(struct place *place, struct rule *rule, char *value, int unused)
{
	char *share = cut(value);

	(void)unused;
	if (!share)
		return complain(place, value, "flap needs a period and a share, such as 10s:50%%");
	if (parse_duration(place, value, &rule->flap_period_ns))
		return -EINVAL;
	if (!rule->flap_period_ns)
		return complain(place, value, "a period of nothing");
	return parse_share(place, share, &rule->flap_up_share);
}

static int take_blackhole(struct place *place, struct rule *rule, char *value, int unused)
{
	(void)place;
	(void)value;
	(void)unused;
	rule->is_blackhole = 1;
	return 0;
}

static int parse_error_option(struct place *place, struct rule_error *error, char *option)
{
	unsigned long n = 0;
	int err;

	if (!strncmp(option, "quote=", 6)) {
		err = parse_number(place, option + 6, 1232, &n);
		error->quote_bytes = n;
		if (!err && !n)
			err = complain(place, option, "an error quotes one byte or more");
		return err;
	}
	if (!strncmp(option, "mtu=", 4)) {
		err = parse_number(place, option + 4, UINT32_MAX, &n);
		error->mtu = n;
		return err;
	}
	return complain(place, option, "an error has quote= and mtu=, not '%s'", option);
}

static int parse_error(struct place *place, struct rule_error *error, char *value)
{
	char *type = cut(value), *option = type ? cut(type) : NULL, *next, *code;
	unsigned long t, c;

	code = type ? strchr(type, '/') : NULL;
	if (!code)
		return complain(place, value, "error needs type and code, such as 1%%:3/1");
	*code++ = 0;
	if (parse_share(place, value, &error->share) || parse_number(place, type, 255, &t) ||
	    parse_number(place, code, 255, &c))
		return -EINVAL;
	error->type = t;
	error->code = c;
	for (; option; option = next) {
		next = cut(option);
		if (parse_error_option(place, error, option))
			return -EINVAL;
	}
	return 0;
}

static int take_error(struct place *place, struct rule *rule, char *value, int fault)
{
	struct rule_error error = { 0 };

	if (rule->nerrors == RULE_ERRORS_MAX)
		return complain(place, value, "more than %d errors", RULE_ERRORS_MAX);
	if (parse_error(place, &error, value))
		return -EINVAL;
	rule->errors[rule->nerrors++] = error;
	rule->share[fault] += error.share;
	return 0;
}

static int take_closed(struct place *place, struct rule *rule, char *value, int fault)
{
	int is_v4 = addr_is_v4(&rule->first);
	struct rule_error error = { .share = LAB_MILLION,
				    .type = is_v4 ? 3 : 1,
				    .code = is_v4 ? 3 : 4 };

	if (rule->nerrors)
		return complain(place, value, "closed and error exclude each other");
	rule->errors[rule->nerrors++] = error;
	rule->share[fault] = error.share;
	return 0;
}

static const struct key {
	const char *name;
	int fault; /* also the bit of "seen before" when not FAULT_NONE */
	int has_value;
	int (*take)(struct place *place, struct rule *rule, char *value, int fault);
} keys[] = {
	{ "loss", FAULT_LOSS, 1, take_share },
	{ "duplicate", FAULT_DUPLICATE, 1, take_duplicate },
	{ "corrupt", FAULT_CORRUPT, 1, take_share },
	{ "wrong_source", FAULT_WRONG_SOURCE, 1, take_share },
	{ "reorder", FAULT_REORDER, 1, take_share_delay },
	{ "late", FAULT_LATE, 1, take_share_delay },
	{ "expired", FAULT_EXPIRED, 1, take_share_delay },
	{ "error", FAULT_ERROR, 1, take_error },
	{ "delay", FAULT_NONE, 1, take_delay },
	{ "jitter", FAULT_NONE, 1, take_jitter },
	{ "flap", FAULT_DOWN, 1, take_flap },
	{ "blackhole", FAULT_BLACKHOLE, 0, take_blackhole },
	{ "closed", FAULT_ERROR, 0, take_closed },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static int parse_key(struct place *place, struct rule *rule, char *word, unsigned *seen)
{
	char *value = strchr(word, '=');
	size_t len = value ? (size_t)(value - word) : strlen(word);

	for (unsigned i = 0; i < KEYS; i++) {
		if (strlen(keys[i].name) != len || memcmp(keys[i].name, word, len))
			continue;
		if ((value != NULL) != keys[i].has_value)
			return complain(place, word, "%s %s value", keys[i].name,
					value ? "takes no" : "needs a");
		if (*seen & 1u << i && keys[i].take != take_error)
			return complain(place, word, "%s stands there twice", keys[i].name);
		*seen |= 1u << i;
		return keys[i].take(place, rule, value ? value + 1 : word, keys[i].fault);
	}
	return complain(place, word, "unknown key '%.*s'", (int)len, word);
}

static int parse_prefix(struct place *place, struct rule *rule, char *word)
{
	struct addr_net net;

	if (addr_parse_net(word, &net) &&
	    (addr_parse(word, &net.first) || (net.bits = addr_is_v4(&net.first) ? 32 : 128, 0)))
		return complain(place, word, "'%s' is no address and no network", word);
	rule->first = net.first;
	rule->bits = net.bits + (addr_is_v4(&net.first) ? 96 : 0);
	return 0;
}

/* Return: 1 a rule, 0 nothing stands there, -EINVAL. */
static int parse_line(struct place *place, struct rule *rule, char *line)
{
	char *word, *rest = line, *first = NULL;
	unsigned seen = 0;
	uint64_t sum = 0;
	int before = place->nerrors;

	line[strcspn(line, "#\r\n")] = 0;
	*rule = (struct rule){ .copies = 1, .reorder_ns = REORDER_DEFAULT_NS };
	while ((word = strsep(&rest, " \t"))) {
		if (!*word)
			continue;
		if (first)
			parse_key(place, rule, word, &seen);
		else if (parse_prefix(place, rule, first = word))
			return -EINVAL;
	}
	for (int i = 0; i < FAULT_MAX; i++)
		sum += rule->share[i];
	if (sum > LAB_MILLION)
		complain(place, first, "the shares of this line add up to more than 100%%");
	if (place->nerrors > before)
		return -EINVAL;
	return first != NULL;
}

static int compare_rules(const void *one, const void *two)
{
	const struct rule *a = one, *b = two;

	if (a->bits != b->bits)
		return a->bits > b->bits ? -1 : 1;
	return memcmp(a->first.bytes, b->first.bytes, 16);
}

static int add_rule(struct rules *rules, const struct rule *rule)
{
	struct rule *grown;

	if (!(rules->count & (rules->count - 1))) {
		grown = realloc(rules->rule,
				(rules->count ? rules->count * 2 : 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		rules->rule = grown;
	}
	rules->rule[rules->count++] = *rule;
	return 0;
}

static void sort_rules(struct rules *rules)
{
	size_t at = 0;

	if (rules->count)
		qsort(rules->rule, rules->count, sizeof(*rules->rule), compare_rules);
	for (unsigned i = 0; i <= 128; i++) {
		rules->first[i] = at;
		while (at < rules->count && rules->rule[at].bits == 128 - i)
			at++;
	}
	rules->first[129] = at;
}

int rules_read(FILE *in, const char *name, FILE *errors, struct rules *ret)
{
	struct place place = { .name = name, .errors = errors };
	char line[LINE_MAX_BYTES];
	struct rules rules = { 0 };
	struct rule rule;
	int err = 0;

	place.start = line;
	while (!err && fgets(line, sizeof(line), in)) {
		place.line++;
		if (strlen(line) == sizeof(line) - 1 && line[sizeof(line) - 2] != '\n')
			err = complain(&place, line, "the line is longer than %d bytes",
				       LINE_MAX_BYTES - 2);
		else if (parse_line(&place, &rule, line) > 0)
			err = add_rule(&rules, &rule);
	}
	if (ferror(in))
		err = -EIO;
	if (place.nerrors)
		err = place.nerrors;
	if (err) {
		rules_clear(&rules);
		return err;
	}
	sort_rules(&rules);
	*ret = rules;
	return 0;
}

void rules_clear(struct rules *rules)
{
	free(rules->rule);
	*rules = (struct rules){ 0 };
}

static void mask(struct addr *addr, unsigned bits)
{
	for (unsigned i = 0; i < 16; i++)
		if (bits < (i + 1) * 8)
			addr->bytes[i] &= bits <= i * 8 ? 0 : 0xff << (8 - bits % 8);
}

const struct rule *rules_find(const struct rules *rules, const struct addr *host)
{
	struct rule want = { .first = *host };
	const struct rule *found;

	for (unsigned i = 0; i <= 128; i++) {
		size_t n = rules->first[i + 1] - rules->first[i];

		if (!n)
			continue;
		want.bits = 128 - i;
		mask(&want.first, want.bits);
		found = bsearch(&want, rules->rule + rules->first[i], n, sizeof(want),
				compare_rules);
		if (found)
			return found;
	}
	return NULL;
}

int rules_need_time(const struct rule *rule)
{
	return rule->share[FAULT_REORDER] || rule->share[FAULT_LATE] ||
	       rule->share[FAULT_EXPIRED] || rule->nerrors || rule->delay_ns || rule->jitter_ns ||
	       rule->flap_period_ns || rule->copies > 1;
}

const char *rules_fault_name(enum fault fault)
{
	static const char *const names[FAULT_MAX] = { "none",      "loss",         "duplicate",
						      "corrupt",   "wrong_source", "reorder",
						      "late",      "expired",      "error",
						      "blackhole", "down" };

	return names[fault];
}
