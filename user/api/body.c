// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * body.c - the contract is in body.h.
 *
 * Times and parameters are read by tables, so that a field's rules stand in one
 * place; what only the whole check can tell comes from check_validate().
 */
#include "api/body.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "domain/kind.h"

static const char *const known[] = { "name", "target", "kind",   "interval", "timeout",
				     "late", "labels", "params", "id",       NULL };

static const struct time_field {
	const char *name;
	size_t offset;
	int64_t min_ns, max_ns;
	const char *range;
} times[] = {
	{ "interval", offsetof(struct check, interval_ns), CHECK_INTERVAL_MIN_NS,
	  CHECK_INTERVAL_MAX_NS, "10ms to 24h" },
	{ "timeout", offsetof(struct check, timeout_ns), CHECK_TIMEOUT_MIN_NS, CHECK_TIMEOUT_MAX_NS,
	  "1ms to 1m" },
	{ "late", offsetof(struct check, late_ns), 0, CHECK_TIMEOUT_MAX_NS, "0s to 1m" },
};

/* A key as a pointer's last part: '~' and '/' are escaped (RFC 6901). */
static void pointer_to(char *to, size_t room, const char *prefix, const char *key)
{
	size_t at = (size_t)snprintf(to, room, "%s/", prefix);

	for (; *key && at + 3 < room; key++) {
		if (*key == '~' || *key == '/') {
			to[at++] = '~';
			to[at++] = *key == '~' ? '0' : '1';
		} else {
			to[at++] = *key;
		}
	}
	to[at] = '\0';
}

/* jansson recurses up to 2,048 levels; nobody needs more than a few. */
static int is_too_deep(const char *bytes, size_t len)
{
	int depth = 0, in_string = 0;

	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			if (bytes[i] == '\\')
				i++;
			else if (bytes[i] == '"')
				in_string = 0;
		} else if (bytes[i] == '"') {
			in_string = 1;
		} else if (bytes[i] == '{' || bytes[i] == '[') {
			if (++depth > BODY_DEPTH_MAX)
				return 1;
		} else if (bytes[i] == '}' || bytes[i] == ']') {
			depth--;
		}
	}
	return 0;
}

static int has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return 1;
	return 0;
}

/* The string member @key: NULL when absent or wrong (noted). */
static const char *text_of(json_t *object, const char *prefix, const char *key, size_t max,
			   struct problem_errors *errors)
{
	json_t *value = json_object_get(object, key);
	char pointer[160];

	if (!value)
		return NULL;
	pointer_to(pointer, sizeof(pointer), prefix, key);
	if (!json_is_string(value))
		problem_add(errors, pointer, "must be a string");
	else if (json_string_length(value) > max)
		problem_add(errors, pointer, "is longer than %zu bytes", max);
	else if (has_control(json_string_value(value)))
		problem_add(errors, pointer, "has control characters");
	else
		return json_string_value(value);
	return NULL;
}

static void take_time(json_t *root, const struct time_field *field, struct check *check,
		      struct problem_errors *errors)
{
	json_t *value = json_object_get(root, field->name);
	char pointer[32];
	int64_t ns = -1;
	int err = 0;

	if (!value)
		return;
	snprintf(pointer, sizeof(pointer), "/%s", field->name);
	if (json_is_string(value))
		err = clock_parse_duration(json_string_value(value), &ns);
	else if (json_is_integer(value))
		ns = json_integer_value(value);
	else
		err = -EINVAL;
	if (err == -EINVAL)
		problem_add(errors, pointer, "must be a duration like \"250ms\", or whole ns");
	else if (err || ns < field->min_ns || ns > field->max_ns)
		problem_add(errors, pointer, "must be within %s", field->range);
	else
		*(int64_t *)((char *)check + field->offset) = ns;
}

static void take_number(json_t *value, const char *pointer, const struct param *param, void *at,
			struct problem_errors *errors)
{
	if (!json_is_integer(value) || json_integer_value(value) < param->min ||
	    json_integer_value(value) > param->max)
		problem_add(errors, pointer, "must be a whole number from %" PRId64 " to %" PRId64,
			    param->min, param->max);
	else if (param->type == PARAM_UINT32)
		*(uint32_t *)at = (uint32_t)json_integer_value(value);
	else
		*(uint8_t *)at = (uint8_t)json_integer_value(value);
}

/* By name; true, false and 4 as JSON's own values count as their names. */
static void take_choice(json_t *value, const char *pointer, const struct param *param, void *at,
			struct problem_errors *errors)
{
	char number[24], list[96] = "";
	const char *name = json_is_true(value)    ? "true"
			   : json_is_false(value) ? "false"
						  : json_string_value(value);
	size_t len = 0;

	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		name = number;
	}
	for (uint8_t i = 0; param->choices[i]; i++) {
		if (name && !strcmp(name, param->choices[i])) {
			*(uint8_t *)at = i;
			return;
		}
		if (len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
						i ? ", " : "", param->choices[i]);
	}
	problem_add(errors, pointer, "must be one of: %s", list);
}

static void take_param(json_t *params, const struct param *param, struct check *check,
		       struct problem_errors *errors)
{
	void *at = (char *)check + param->offset;
	json_t *value = json_object_get(params, param->name);
	const char *text;
	char pointer[160];

	if (!value)
		return;
	pointer_to(pointer, sizeof(pointer), "/params", param->name);
	switch (param->type) {
	case PARAM_UINT8:
	case PARAM_UINT32:
		take_number(value, pointer, param, at, errors);
		break;
	case PARAM_CHOICE:
		take_choice(value, pointer, param, at, errors);
		break;
	case PARAM_TEXT:
		text = text_of(params, "/params", param->name, (size_t)param->max, errors);
		if (text)
			memcpy(at, text, strlen(text) + 1);
		break;
	}
}

static const struct param *find_param(const struct kind *kind, const char *name)
{
	for (unsigned i = 0; i < kind->nparams; i++)
		if (!strcmp(kind->params[i].name, name))
			return &kind->params[i];
	return NULL;
}

static void take_params(json_t *root, struct check *check, struct problem_errors *errors)
{
	json_t *params = json_object_get(root, "params"), *value;
	char pointer[160];
	const char *key;

	if (!params)
		return;
	if (!json_is_object(params)) {
		problem_add(errors, "/params", "must be an object");
		return;
	}
	json_object_foreach(params, key, value)
	{
		if (find_param(check->kind, key))
			continue;
		pointer_to(pointer, sizeof(pointer), "/params", key);
		problem_add(errors, pointer, "kind %s has no such parameter", check->kind->name);
	}
	for (unsigned i = 0; i < check->kind->nparams; i++)
		take_param(params, &check->kind->params[i], check, errors);
}

static int take_label(json_t *labels, const char *key, struct check *check,
		      struct problem_errors *errors)
{
	const char *value = text_of(labels, "/labels", key, 2 * CHECK_LABEL_MAX, errors);
	char pointer[160];
	int err;

	if (!value)
		return 0;
	pointer_to(pointer, sizeof(pointer), "/labels", key);
	err = has_control(key) ? -EINVAL : check_set_label(check, key, value);
	if (err == -E2BIG)
		problem_add(errors, pointer, "more than %d labels", CHECK_LABELS_MAX);
	else if (err == -EINVAL)
		problem_add(errors, pointer,
			    "a label's name has 1 to %d bytes, no control characters",
			    CHECK_LABEL_MAX);
	return err == -ENOMEM ? err : 0;
}

static int take_labels(json_t *root, struct check *check, struct problem_errors *errors)
{
	json_t *labels = json_object_get(root, "labels"), *value;
	const char *key;
	int err = 0;

	if (labels && !json_is_object(labels))
		problem_add(errors, "/labels", "must be an object of strings");
	json_object_foreach(labels, key, value) if (!err) err =
		take_label(labels, key, check, errors);
	return err;
}

static void refuse_unknown(json_t *root, struct problem_errors *errors)
{
	char pointer[160];
	const char *key;
	json_t *value;

	json_object_foreach(root, key, value)
	{
		int is_known = 0;

		for (unsigned i = 0; known[i]; i++)
			is_known |= !strcmp(known[i], key);
		if (is_known)
			continue;
		pointer_to(pointer, sizeof(pointer), "", key);
		problem_add(errors, pointer, "there is no such field");
	}
}

static const struct kind *take_kind(json_t *root, struct problem_errors *errors)
{
	const char *name = text_of(root, "", "kind", 64, errors);
	const struct kind *kind = kind_find(name ? name : "icmp");

	if (!kind)
		problem_add(errors, "/kind", "there is no such kind");
	return kind ? kind : &kind_icmp;
}

/* The target is judged by itself, so that its error stands beside the others. */
static int take_target(json_t *root, struct check *check, struct problem_errors *errors)
{
	const char *target = text_of(root, "", "target", CHECK_TARGET_MAX, errors);
	struct check alone;
	char why[160];

	if (!target) {
		if (!json_object_get(root, "target"))
			problem_add(errors, "/target", "is needed: a name or an address");
		return 0;
	}
	check->target = strdup(target);
	if (!check->target)
		return -ENOMEM;
	check_init(&alone, check->kind);
	alone.target = check->target;
	if (check_validate(&alone, why, sizeof(why)))
		problem_add(errors, "/target", "%s", why);
	return 0;
}

static int take_name(json_t *root, struct check *check, struct problem_errors *errors)
{
	const char *name = text_of(root, "", "name", CHECK_NAME_MAX, errors);

	if (check->target && !json_object_get(root, "name"))
		return check_default_name(check);
	if (name && !*name)
		problem_add(errors, "/name", "is empty; leave it out to take the target");
	check->name = strdup(name ? name : "");
	return check->name ? 0 : -ENOMEM;
}

static int take_all(json_t *root, struct check *check, struct problem_errors *errors)
{
	const char *id = text_of(root, "", "id", BODY_ID_MAX, errors);
	char why[160];
	int err;

	check_init(check, take_kind(root, errors));
	check->source = CHECK_FROM_API;
	refuse_unknown(root, errors);
	err = take_target(root, check, errors);
	if (!err)
		err = take_name(root, check, errors);
	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		take_time(root, &times[i], check, errors);
	take_params(root, check, errors);
	if (!err)
		err = take_labels(root, check, errors);
	if (id && !*id)
		problem_add(errors, "/id", "is empty; leave it out to derive it");
	if (err || errors->n)
		return err;
	if (check_validate(check, why, sizeof(why)))
		problem_add(errors, "", "%s", why);
	check_set_id(check, id);
	return 0;
}

int body_parse_check(const char *bytes, size_t len, struct check *ret,
		     struct problem_errors *errors)
{
	struct check check = { 0 };
	json_error_t where;
	json_t *root;
	int err = 0;

	errors->n = 0;
	if (is_too_deep(bytes, len)) {
		problem_add(errors, "", "nested deeper than %d levels", BODY_DEPTH_MAX);
		return -EINVAL;
	}
	root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		problem_add(errors, "", "line %d, column %d: %s", where.line, where.column,
			    where.text);
	else if (!json_is_object(root))
		problem_add(errors, "", "must be an object");
	else
		err = take_all(root, &check, errors);
	json_decref(root);
	if (!err && errors->n)
		err = -EINVAL;
	if (err)
		check_clear(&check);
	else
		*ret = check;
	return err;
}
