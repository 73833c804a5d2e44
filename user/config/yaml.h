/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * yaml.h - a loaded document and what is wrong with it.
 *
 * Nodes keep their place in the file, so every error is printed as
 * FILE:LINE:COLUMN: sentence. Reading goes on after an error; the count tells.
 */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <yaml.h>

struct yaml {
	const char *path;
	FILE *errors;
	yaml_document_t document;
	int is_loaded;
	unsigned nerrors;
	unsigned visits; /* of nodes, through aliases too: a bound against alias bombs */
};

/**
 * yaml_load() - read a regular file of at most 64 MiB and parse its one document.
 * Return: 0, 1 (syntax error, printed and counted), or -errno (printed): unreadable, no regular
 * file, too large.
 */
int yaml_load(struct yaml *y, const char *path, FILE *errors);

/** yaml_unload() - free the document. */
void yaml_unload(struct yaml *y);

/** yaml_error() - print and count an error at @node (NULL: the beginning of the file). */
void yaml_error(struct yaml *y, const yaml_node_t *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** yaml_root() - the top node, NULL of an empty document. */
yaml_node_t *yaml_root(struct yaml *y);

/** yaml_text() - a scalar's text, or NULL after an error that names @what. */
const char *yaml_text(struct yaml *y, const yaml_node_t *node, const char *what);

typedef void (*yaml_pair_fn)(struct yaml *y, void *arg, const char *key, yaml_node_t *key_node,
			     yaml_node_t *value);

/**
 * yaml_each_pair() - walk a mapping; a node of another kind and a duplicate key are errors. An empty
 * scalar (`server:` with nothing behind it) is an empty mapping.
 */
void yaml_each_pair(struct yaml *y, yaml_node_t *node, const char *what, yaml_pair_fn fn,
		    void *arg);

typedef void (*yaml_item_fn)(struct yaml *y, void *arg, unsigned index, yaml_node_t *item);

/** yaml_each_item() - walk a sequence; a single scalar is a list of one. */
void yaml_each_item(struct yaml *y, yaml_node_t *node, const char *what, yaml_item_fn fn,
		    void *arg);

/** yaml_unknown_key() - the error for a key nobody knows, with a suggestion. */
void yaml_unknown_key(struct yaml *y, const yaml_node_t *key_node, const char *key,
		      const char *where, const char *const *known);

/* Scalars as values; an error is printed and the result left alone. @what names the key. */
void yaml_get_string(struct yaml *y, const yaml_node_t *node, const char *what, char **ret);
void yaml_get_duration(struct yaml *y, const yaml_node_t *node, const char *what, int64_t min_ns,
		       int64_t max_ns, int64_t *ret_ns);
void yaml_get_uint(struct yaml *y, const yaml_node_t *node, const char *what, uint64_t min,
		   uint64_t max, uint64_t *ret);
/** Bytes: a number with B, KiB, MiB, GiB, TiB. */
void yaml_get_bytes(struct yaml *y, const yaml_node_t *node, const char *what, uint64_t min,
		    uint64_t max, uint64_t *ret);
/** One of @names; the index goes to @ret. */
void yaml_get_choice(struct yaml *y, const yaml_node_t *node, const char *what,
		     const char *const *names, int *ret);

#endif /* CONFIG_YAML_H */
