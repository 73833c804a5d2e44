// SPDX-License-Identifier: GPL-2.0 OR MIT
/* yaml.c - loading, walking, errors; scalars are in yaml_scalar.c; the contract is in yaml.h. */
#include "config/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/nearest.h"

#define FILE_MAX_BYTES (64l << 20)
#define VISITS_MAX     20000000u
#define ERRORS_SHOWN   100
#define KEYS_LINEAR    64 /* mappings of the schema are small; larger ones are of strangers */

static FILE *open_regular(struct yaml *y, int *ret_err)
{
	/* O_NONBLOCK: a FIFO must be refused, not waited for */
	int fd = open(y->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *why = NULL;
	struct stat st;
	FILE *file;

	if (fd < 0 || fstat(fd, &st))
		why = strerror(*ret_err = errno);
	else if (S_ISDIR(st.st_mode))
		why = strerror(*ret_err = EISDIR);
	else if (!S_ISREG(st.st_mode))
		why = "not a regular file", *ret_err = EINVAL;
	else if (st.st_size > FILE_MAX_BYTES)
		why = "larger than 64 MiB", *ret_err = EFBIG;
	if (!why) {
		file = fdopen(fd, "r");
		if (file)
			return file;
		why = strerror(*ret_err = errno);
	}
	fprintf(y->errors, "%s: %s\n", y->path, why);
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void syntax_error(struct yaml *y, const yaml_parser_t *parser)
{
	size_t line = parser->problem_mark.line, column = parser->problem_mark.column;

	y->nerrors++;
	fprintf(y->errors, "%s:%zu:%zu: %s%s%s\n", y->path, line + 1, column + 1,
		parser->problem ? parser->problem : "not YAML", parser->context ? " " : "",
		parser->context ? parser->context : "");
}

/* A second document would be ignored silently: say so instead. */
static int check_single(struct yaml *y, yaml_parser_t *parser)
{
	yaml_document_t more;
	int is_more;

	if (!yaml_parser_load(parser, &more)) {
		syntax_error(y, parser);
		return 1;
	}
	is_more = yaml_document_get_root_node(&more) != NULL;
	if (is_more) {
		y->nerrors++;
		fprintf(y->errors, "%s:%zu:1: a second document; only one is read\n", y->path,
			more.start_mark.line + 1);
	}
	yaml_document_delete(&more);
	return is_more;
}

int yaml_load(struct yaml *y, const char *path, FILE *errors)
{
	yaml_parser_t parser;
	int err = EIO, bad = 0;
	FILE *file;

	memset(y, 0, sizeof(*y));
	y->path = path;
	y->errors = errors;
	file = open_regular(y, &err);
	if (!file)
		return -err;
	yaml_parser_initialize(&parser);
	yaml_parser_set_input_file(&parser, file);
	if (!yaml_parser_load(&parser, &y->document)) {
		syntax_error(y, &parser);
		bad = 1;
	} else {
		y->is_loaded = 1;
		if (yaml_document_get_root_node(&y->document))
			bad = check_single(y, &parser);
	}
	yaml_parser_delete(&parser);
	fclose(file);
	return bad;
}

void yaml_unload(struct yaml *y)
{
	if (y->is_loaded)
		yaml_document_delete(&y->document);
	y->is_loaded = 0;
}

void yaml_error(struct yaml *y, const yaml_node_t *node, const char *format, ...)
{
	va_list ap;

	if (++y->nerrors > ERRORS_SHOWN)
		return;
	fprintf(y->errors, "%s:%zu:%zu: ", y->path, node ? node->start_mark.line + 1 : 1,
		node ? node->start_mark.column + 1 : 1);
	va_start(ap, format);
	vfprintf(y->errors, format, ap);
	va_end(ap);
	fputc('\n', y->errors);
}

yaml_node_t *yaml_root(struct yaml *y)
{
	return y->is_loaded ? yaml_document_get_root_node(&y->document) : NULL;
}

const char *yaml_text(struct yaml *y, const yaml_node_t *node, const char *what)
{
	const char *text = (const char *)node->data.scalar.value;

	if (node->type != YAML_SCALAR_NODE)
		yaml_error(y, node, "%s must be a single value", what);
	else if (strlen(text) != node->data.scalar.length)
		yaml_error(y, node, "%s contains a NUL character", what);
	else
		return text;
	return NULL;
}

static int is_empty(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE && !node->data.scalar.length &&
	       node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static int too_many(struct yaml *y, const yaml_node_t *node)
{
	if (++y->visits < VISITS_MAX)
		return 0;
	if (y->visits == VISITS_MAX)
		yaml_error(y, node, "too many nodes through aliases");
	return 1;
}

/* Has the key of @pair stood in the mapping before? */
static int is_duplicate(struct yaml *y, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = yaml_document_get_node(&y->document, pair->key), *other;

	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < pair; p++) {
		other = yaml_document_get_node(&y->document, p->key);
		if (other->type == YAML_SCALAR_NODE &&
		    !strcmp((const char *)other->data.scalar.value,
			    (const char *)key->data.scalar.value))
			return 1;
	}
	return 0;
}

void yaml_each_pair(struct yaml *y, yaml_node_t *node, const char *what, yaml_pair_fn fn, void *arg)
{
	const yaml_node_pair_t *end;
	char quoted[LOG_QUOTED];
	const char *key;

	if (is_empty(node))
		return;
	if (node->type != YAML_MAPPING_NODE) {
		yaml_error(y, node, "%s must be a mapping", what);
		return;
	}
	end = node->data.mapping.pairs.top;
	if (end - node->data.mapping.pairs.start > KEYS_LINEAR) {
		yaml_error(y, node, "%s has more than %d keys", what, KEYS_LINEAR);
		return;
	}
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < end; pair++) {
		yaml_node_t *key_node = yaml_document_get_node(&y->document, pair->key);

		key = yaml_text(y, key_node, "a key");
		if (!key || too_many(y, key_node))
			continue;
		if (is_duplicate(y, node, pair))
			yaml_error(y, key_node, "duplicate key %s",
				   log_quote(key, quoted, sizeof(quoted)));
		else
			fn(y, arg, key, key_node,
			   yaml_document_get_node(&y->document, pair->value));
	}
}

void yaml_each_item(struct yaml *y, yaml_node_t *node, const char *what, yaml_item_fn fn, void *arg)
{
	const yaml_node_item_t *start = node->data.sequence.items.start;

	if (is_empty(node))
		return;
	if (node->type == YAML_SCALAR_NODE) {
		fn(y, arg, 0, node);
		return;
	}
	if (node->type != YAML_SEQUENCE_NODE) {
		yaml_error(y, node, "%s must be a list", what);
		return;
	}
	for (const yaml_node_item_t *i = start; i < node->data.sequence.items.top; i++)
		if (!too_many(y, node))
			fn(y, arg, (unsigned)(i - start), yaml_document_get_node(&y->document, *i));
}

void yaml_unknown_key(struct yaml *y, const yaml_node_t *key_node, const char *key,
		      const char *where, const char *const *known)
{
	const char *near = nearest_word(key, known);
	char quoted[LOG_QUOTED];

	log_quote(key, quoted, sizeof(quoted));
	if (near)
		yaml_error(y, key_node, "unknown key %s in %s; did you mean \"%s\"?", quoted, where,
			   near);
	else
		yaml_error(y, key_node, "unknown key %s in %s", quoted, where);
}
