// SPDX-License-Identifier: GPL-2.0 OR MIT
/* suggestions.c - what could be probed, and what kinds of checks there are. */
#include <string.h>

#include "api/catalogue.h"
#include "api/reply.h"
#include "api/routes.h"
#include "domain/kind.h"

#define SUGGESTIONS_MAX 64

static int is_probed(const struct catalogue *catalogue, const char *target)
{
	for (uint32_t i = 0; i < catalogue_count(catalogue); i++)
		if (!strcmp(catalogue_at(catalogue, i)->check.target, target))
			return 1;
	return 0;
}

static void put(struct json *to, const char *key, const char *value)
{
	json_key(to, key);
	json_string(to, value);
}

static void write_suggestions(struct server *server, struct json *to)
{
	struct api_suggestion found[SUGGESTIONS_MAX];
	unsigned n = server->options.suggest ? server->options.suggest(found, SUGGESTIONS_MAX) : 0;

	json_object(to);
	json_key(to, "items");
	json_array(to);
	for (unsigned i = 0; i < n && i < SUGGESTIONS_MAX; i++) {
		if (is_probed(server->catalogue, found[i].target))
			continue;
		json_object(to);
		put(to, "target", found[i].target);
		put(to, "name", found[i].name);
		put(to, "reason", found[i].reason);
		json_object_end(to);
	}
	json_array_end(to);
	json_object_end(to);
	json_raw(to, "\n", 1);
}

void suggestions_get(struct request *request)
{
	static const char *const allowed[] = { NULL };
	struct json body;

	if (request_query(request, allowed))
		return;
	if (catalogue_refresh(request->server->catalogue)) {
		reply_problem(request->req, 503, "the checks cannot be read from the store", NULL);
		return;
	}
	json_init(&body);
	write_suggestions(request->server, &body);
	reply_json(request->req, 200, &body);
}

static void write_choices(struct json *to, const struct param *param)
{
	if (!strcmp(param->choices[0], "false")) {
		put(to, "type", "boolean");
		json_key(to, "default");
		json_bool(to, param->def == 1);
		return;
	}
	put(to, "type", "choice");
	put(to, "default", param->choices[param->def]);
	json_key(to, "choices");
	json_array(to);
	for (unsigned i = 0; param->choices[i]; i++)
		json_string(to, param->choices[i]);
	json_array_end(to);
}

static void write_param(struct json *to, const struct param *param)
{
	json_object(to);
	put(to, "name", param->name);
	put(to, "help", param->help);
	if (param->unit)
		put(to, "unit", param->unit);
	if (param->type == PARAM_CHOICE) {
		write_choices(to, param);
	} else if (param->type == PARAM_TEXT) {
		put(to, "type", "string");
		put(to, "default", "");
		json_key(to, "max_length");
		json_int(to, param->max);
	} else {
		put(to, "type", "integer");
		json_key(to, "default");
		json_int(to, param->def);
		json_key(to, "min");
		json_int(to, param->min);
		json_key(to, "max");
		json_int(to, param->max);
	}
	json_object_end(to);
}

void kinds_get(struct request *request)
{
	static const char *const allowed[] = { NULL };
	const struct kind *kind;
	struct json body;

	if (request_query(request, allowed))
		return;
	json_init(&body);
	json_object(&body);
	json_key(&body, "items");
	json_array(&body);
	for (unsigned i = 0; (kind = kind_at(i)); i++) {
		json_object(&body);
		put(&body, "name", kind->name);
		put(&body, "help", kind->help);
		json_key(&body, "params");
		json_array(&body);
		for (unsigned p = 0; p < kind->nparams; p++)
			write_param(&body, &kind->params[p]);
		json_array_end(&body);
		json_object_end(&body);
	}
	json_array_end(&body);
	json_object_end(&body);
	json_raw(&body, "\n", 1);
	reply_json(request->req, 200, &body);
}
