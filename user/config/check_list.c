// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * check_list.c - one item of `checks:` is one check, or with `targets:` one for each
 * of them, networks expanded; the contract is in check_list.h.
 */
#include "config/check_list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "domain/kind.h"

/* What an item says of itself before it becomes checks. */
struct item {
	struct check check; /* without a target */
	char *id;
	yaml_node_t *kind, *target, *targets, *params;
	int is_defaults;
};

/* Where a check came from, to name the first of two equal ones. */
struct origin {
	uint64_t id;
	const yaml_node_t *node;
};

struct reader {
	struct config *config;
	yaml_node_t *defaults;
	struct origin *origins;
	uint32_t room;
};

static const char *const check_keys[] = { "name",     "kind",    "target", "targets",
					  "interval", "timeout", "late",   "labels",
					  "params",   "id",      NULL };
static const char *const default_keys[] = {
	"interval", "timeout", "late", "labels", "params", NULL
};

static void read_label(struct yaml *y, void *arg, const char *key, yaml_node_t *key_node,
		       yaml_node_t *value)
{
	struct item *item = arg;
	const char *text = yaml_text(y, value, "a label");
	int err;

	if (!text)
		return;
	err = check_set_label(&item->check, key, text);
	if (err == -E2BIG)
		yaml_error(y, key_node, "more than %d labels", CHECK_LABELS_MAX);
	else if (err)
		yaml_error(y, key_node, "a label's key has 1 to %d bytes, its value at most %d",
			   CHECK_LABEL_MAX, 2 * CHECK_LABEL_MAX);
}

static void read_number(struct yaml *y, const struct param *p, yaml_node_t *value, void *at)
{
	uint64_t number = p->type == PARAM_UINT32 ? *(uint32_t *)at : *(uint8_t *)at;

	yaml_get_uint(y, value, p->name, (uint64_t)p->min, (uint64_t)p->max, &number);
	if (p->type == PARAM_UINT32)
		*(uint32_t *)at = (uint32_t)number;
	else
		*(uint8_t *)at = (uint8_t)number;
}

static void read_text(struct yaml *y, const struct param *p, yaml_node_t *value, char *at)
{
	const char *text = yaml_text(y, value, p->name);

	if (!text)
		return;
	if (strlen(text) > (size_t)p->max)
		yaml_error(y, value, "%s is longer than %" PRId64 " bytes", p->name, p->max);
	else
		strcpy(at, text);
}

static void read_param(struct yaml *y, void *arg, const char *key, yaml_node_t *key_node,
		       yaml_node_t *value)
{
	struct item *item = arg;
	const struct kind *kind = item->check.kind;
	const char *names[32] = { NULL };
	int choice;

	for (unsigned i = 0; i < kind->nparams; i++) {
		const struct param *p = &kind->params[i];
		char *at = (char *)&item->check + p->offset;

		names[i] = p->name;
		if (strcmp(p->name, key))
			continue;
		if (p->type == PARAM_CHOICE) {
			choice = *(uint8_t *)at;
			yaml_get_choice(y, value, key, p->choices, &choice);
			*(uint8_t *)at = (uint8_t)choice;
		} else if (p->type == PARAM_TEXT) {
			read_text(y, p, value, at);
		} else {
			read_number(y, p, value, at);
		}
		return;
	}
	yaml_unknown_key(y, key_node, key, "params", names);
}

static void read_key(struct yaml *y, void *arg, const char *key, yaml_node_t *key_node,
		     yaml_node_t *value)
{
	struct item *item = arg;
	struct check *check = &item->check;

	if (!strcmp(key, "interval"))
		yaml_get_duration(y, value, key, CHECK_INTERVAL_MIN_NS, CHECK_INTERVAL_MAX_NS,
				  &check->interval_ns);
	else if (!strcmp(key, "timeout"))
		yaml_get_duration(y, value, key, CHECK_TIMEOUT_MIN_NS, CHECK_TIMEOUT_MAX_NS,
				  &check->timeout_ns);
	else if (!strcmp(key, "late"))
		yaml_get_duration(y, value, key, 0, CHECK_TIMEOUT_MAX_NS, &check->late_ns);
	else if (!strcmp(key, "labels"))
		yaml_each_pair(y, value, "labels", read_label, item);
	else if (!strcmp(key, "params"))
		item->params = value;
	else if (!item->is_defaults && !strcmp(key, "name"))
		yaml_get_string(y, value, key, &check->name);
	else if (!item->is_defaults && !strcmp(key, "id"))
		yaml_get_string(y, value, key, &item->id);
	else if (!item->is_defaults && !strcmp(key, "kind"))
		item->kind = value;
	else if (!item->is_defaults && !strcmp(key, "target"))
		item->target = value;
	else if (!item->is_defaults && !strcmp(key, "targets"))
		item->targets = value;
	else
		yaml_unknown_key(y, key_node, key, item->is_defaults ? "defaults" : "a check",
				 item->is_defaults ? default_keys : check_keys);
}

/* The kind decides which parameters there are, so it is known before they are read. */
static int read_kind(struct yaml *y, struct item *item)
{
	const char *name = item->kind ? yaml_text(y, item->kind, "kind") : "icmp";
	const char *names[16] = { NULL };
	char quoted[LOG_QUOTED];

	if (!name)
		return -EINVAL;
	item->check.kind = kind_find(name);
	if (item->check.kind)
		return 0;
	for (unsigned i = 0; i < 15 && kind_at(i); i++)
		names[i] = kind_at(i)->name;
	yaml_error(y, item->kind, "unknown kind %s; there is %s",
		   log_quote(name, quoted, sizeof(quoted)), names[0]);
	return -EINVAL;
}

static int grow(struct reader *r)
{
	uint32_t room = r->room ? r->room * 2 : 256;
	struct check *checks = realloc(r->config->checks, room * sizeof(*checks));
	struct origin *origins = checks ? realloc(r->origins, room * sizeof(*origins)) : NULL;

	if (checks)
		r->config->checks = checks;
	if (!origins)
		return -ENOMEM;
	r->origins = origins;
	r->room = room;
	return 0;
}

/* One check of @item for @target. */
static void add_check(struct yaml *y, struct reader *r, struct item *item, const char *target,
		      const yaml_node_t *node)
{
	struct config *config = r->config;
	struct check *check;
	char why[512] = "";

	if (config->nchecks == r->room && grow(r)) {
		yaml_error(y, node, "out of memory");
		return;
	}
	check = &config->checks[config->nchecks];
	if (check_copy(check, &item->check)) {
		yaml_error(y, node, "out of memory");
		return;
	}
	check->source = CHECK_FROM_CONFIG;
	check->target = strdup(target);
	if (!check->target || check_default_name(check))
		snprintf(why, sizeof(why), "out of memory");
	else if (!check_validate(check, why, sizeof(why)))
		*why = '\0';
	if (*why) {
		yaml_error(y, node, "%s", why);
		check_clear(check);
		return;
	}
	check_set_id(check, item->id);
	r->origins[config->nchecks] = (struct origin){ check->id, node };
	config->nchecks++;
}

/* A network stands for all its addresses. Return: 1 when it was one. */
static int add_network(struct yaml *y, struct reader *r, struct item *item, const char *text,
		       const yaml_node_t *node)
{
	char target[ADDR_TEXT_MAX];
	struct addr_net net;
	struct addr addr;
	uint64_t size;

	if (!strchr(text, '/'))
		return 0;
	if (addr_parse_net(text, &net)) {
		yaml_error(y, node, "'%.80s' is no network such as 198.18.0.0/24", text);
		return 1;
	}
	size = addr_net_size(&net);
	if (size > CHECKS_EXPAND_MAX) {
		yaml_error(y, node, "'%.80s' stands for more than %d addresses", text,
			   CHECKS_EXPAND_MAX);
		return 1;
	}
	for (uint64_t i = 0; i < size; i++) {
		addr = addr_net_at(&net, i);
		addr_format(&addr, target);
		add_check(y, r, item, target, node);
	}
	return 1;
}

struct targets {
	struct reader *reader;
	struct item *item;
};

static void read_target(struct yaml *y, void *arg, unsigned index, yaml_node_t *node)
{
	struct targets *t = arg;
	const char *text = yaml_text(y, node, "a target");

	(void)index;
	if (text && !add_network(y, t->reader, t->item, text, node))
		add_check(y, t->reader, t->item, text, node);
}

static void make_checks(struct yaml *y, struct reader *r, struct item *item, yaml_node_t *node)
{
	struct targets targets = { r, item };
	const char *text;

	if (!item->target == !item->targets) {
		yaml_error(y, node, "a check needs either 'target' or 'targets'");
	} else if (item->targets && (item->id || item->check.name)) {
		yaml_error(y, node, "'id' and 'name' belong to a single 'target'");
	} else if (item->targets) {
		yaml_each_item(y, item->targets, "targets", read_target, &targets);
	} else {
		text = yaml_text(y, item->target, "target");
		if (text)
			add_check(y, r, item, text, item->target);
	}
}

static void read_item(struct yaml *y, void *arg, unsigned index, yaml_node_t *node)
{
	struct reader *r = arg;
	struct item item = { .id = NULL };
	unsigned before = y->nerrors;
	char what[32];

	snprintf(what, sizeof(what), "checks[%u]", index);
	check_init(&item.check, &kind_icmp);
	if (r->defaults) {
		item.is_defaults = 1;
		yaml_each_pair(y, r->defaults, "defaults", read_key, &item);
		if (item.params)
			yaml_each_pair(y, item.params, "params", read_param, &item);
		item.params = NULL;
		item.is_defaults = 0;
		/* an error in the defaults is one error, not one a check */
		if (y->nerrors != before)
			r->defaults = NULL;
	}
	yaml_each_pair(y, node, what, read_key, &item);
	if (node->type == YAML_MAPPING_NODE && !read_kind(y, &item)) {
		if (item.params)
			yaml_each_pair(y, item.params, "params", read_param, &item);
		make_checks(y, r, &item, node);
	}
	check_clear(&item.check);
	free(item.id);
}

static int by_id(const void *a, const void *b)
{
	const struct origin *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->node->start_mark.index < y->node->start_mark.index
		       ? -1
		       : x->node->start_mark.index > y->node->start_mark.index;
}

static void find_duplicates(struct yaml *y, struct origin *origins, uint32_t n)
{
	qsort(origins, n, sizeof(*origins), by_id);
	for (uint32_t i = 1; i < n; i++)
		if (origins[i].id == origins[i - 1].id)
			yaml_error(
				y, origins[i].node,
				"the same check as in line %zu: same id, or same kind, target and "
				"parameters",
				origins[i - 1].node->start_mark.line + 1);
}

void checks_read(struct yaml *y, struct config *config, yaml_node_t *node, yaml_node_t *defaults)
{
	struct reader reader = { .config = config, .defaults = defaults };

	yaml_each_item(y, node, "checks", read_item, &reader);
	if (config->nchecks)
		find_duplicates(y, reader.origins, config->nchecks);
	free(reader.origins);
}
