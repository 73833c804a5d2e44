// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * pages.c - the contract is in pages.h.
 *
 * A page: number (8 bytes), pad (2), flags (2), then lower and upper bound of
 * its free space (2 + 2) or, in an overflow run, its length in pages (4); then
 * 2-byte offsets of its nodes. A node: low, high, flags, key size (2 bytes
 * each), key, data.
 */
#include "store/pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"

#define MAGIC         0xbeefc0deu
#define VERSION       1
#define NO_PAGE       (~0ull)
#define PAGE_HEADER   16
#define NODE_HEADER   8
#define DB_BYTES      48
#define META_BYTES    136 /* of the meta structure, behind the page header */
#define DEPTH_MAX     32
#define NAME_MAX_DB   32
#define UNWRITTEN_MAX (1 << 20) /* pages */

#define DB_INTEGER_KEYS 8 /* the list of free pages */

enum page_flag {
	PAGE_BRANCH = 1,
	PAGE_LEAF = 2,
	PAGE_OVERFLOW = 4,
	PAGE_META = 8,
};

enum node_flag {
	NODE_OVERFLOW = 1, /* data lies in an overflow run */
	NODE_DB = 2,       /* data is the record of a named database */
};

struct walk {
	const uint8_t *map;
	uint64_t pages; /* whole ones in the file */
	uint64_t last;  /* highest page number in use or free */
	uint32_t page_bytes;
	uint8_t *seen; /* a bit a page */
	pages_entry_fn fn;
	void *arg;
	const char *why;
};

struct key {
	const uint8_t *at;
	size_t len;
};

/* A database being walked, against what its record says. */
struct tree {
	char name[NAME_MAX_DB]; /* "" is the list of databases */
	int is_free_list;
	uint64_t root, branches, leaves, overflows, entries;
	uint64_t branches_seen, leaves_seen, overflows_seen, entries_seen;
	unsigned depth, flags;
	struct key next; /* every key still to come is below this one; NULL at first */
};

struct node {
	struct key key;
	const uint8_t *data;
	size_t data_bytes; /* its length; in the page unless NODE_OVERFLOW */
	size_t room;       /* from data to the end of the page */
	uint64_t child;
	unsigned flags;
};

static int walk_tree(struct walk *w, struct tree *tree);

static int damaged(struct walk *w, const char *why)
{
	w->why = why;
	return -EBADMSG;
}

static int take_page(struct walk *w, uint64_t page)
{
	if (page < 2 || page > w->last)
		return damaged(w, "a page number is out of range");
	if (w->seen[page / 8] & 1 << page % 8)
		return damaged(w, "a page is used twice");
	w->seen[page / 8] |= (uint8_t)(1 << page % 8);
	return 0;
}

static int is_below(const struct tree *tree, const struct key *a, const struct key *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order;

	if (tree->is_free_list)
		return bytes_get_le(a->at, 8) < bytes_get_le(b->at, 8);
	order = memcmp(a->at, b->at, len);
	return order < 0 || (!order && a->len < b->len);
}

static int get_page(struct walk *w, uint64_t page, const uint8_t **ret)
{
	int err = take_page(w, page);

	if (err)
		return err;
	if (page >= w->pages)
		return damaged(w, "the file is too short");
	*ret = w->map + page * w->page_bytes;
	if (bytes_get_le(*ret, 8) != page)
		return damaged(w, "a page bears another number");
	return 0;
}

/* Node @i of a page whose bounds are known to be good. */
static int get_node(struct walk *w, const uint8_t *page, unsigned i, struct node *ret)
{
	unsigned upper = (unsigned)bytes_get_le(page + 14, 2);
	unsigned at = (unsigned)bytes_get_le(page + PAGE_HEADER + 2 * i, 2);
	const uint8_t *node = page + at;
	size_t room;

	if (at < upper || at + NODE_HEADER > w->page_bytes)
		return damaged(w, "a node lies outside its page");
	room = w->page_bytes - at - NODE_HEADER;
	ret->flags = (unsigned)bytes_get_le(node + 4, 2);
	ret->key = (struct key){ node + NODE_HEADER, bytes_get_le(node + 6, 2) };
	ret->child = bytes_get_le(node, 6);
	ret->data_bytes = bytes_get_le(node, 4);
	ret->data = ret->key.at + ret->key.len;
	if (ret->key.len > room)
		return damaged(w, "a key is longer than its page");
	ret->room = room - ret->key.len;
	return 0;
}

static int get_overflow(struct walk *w, struct tree *tree, struct node *node)
{
	uint64_t first = bytes_get_le(node->data, 8), pages;
	const uint8_t *run;
	int err = get_page(w, first, &run);

	if (err)
		return err;
	pages = bytes_get_le(run + 12, 4);
	if (bytes_get_le(run + 10, 2) != PAGE_OVERFLOW || !pages || pages > w->pages - first ||
	    node->data_bytes > pages * w->page_bytes - PAGE_HEADER)
		return damaged(w, "an overflow run has a wrong length");
	for (uint64_t i = 1; i < pages; i++) {
		err = take_page(w, first + i);
		if (err)
			return err;
	}
	tree->overflows_seen += pages;
	node->data = run + PAGE_HEADER;
	return 0;
}

static int visit_free(struct walk *w, const struct node *node)
{
	uint64_t n, before = NO_PAGE;
	int err = 0;

	if (node->key.len != 8 || node->data_bytes < 8)
		return damaged(w, "the list of free pages is damaged");
	n = bytes_get_le(node->data, 8);
	if (n > node->data_bytes / 8 - 1)
		return damaged(w, "the list of free pages is damaged");
	for (uint64_t i = 1; !err && i <= n; i++) {
		uint64_t page = bytes_get_le(node->data + 8 * i, 8);

		err = page < before ? take_page(w, page) : damaged(w, "free pages out of order");
		before = page;
	}
	return err;
}

/* The record of a database, from the meta page or from the list of databases. */
static void read_db(struct tree *tree, const uint8_t *at)
{
	tree->flags = (unsigned)bytes_get_le(at + 4, 2);
	tree->depth = (unsigned)bytes_get_le(at + 6, 2);
	tree->branches = bytes_get_le(at + 8, 8);
	tree->leaves = bytes_get_le(at + 16, 8);
	tree->overflows = bytes_get_le(at + 24, 8);
	tree->entries = bytes_get_le(at + 32, 8);
	tree->root = bytes_get_le(at + 40, 8);
}

static int visit_db(struct walk *w, const struct node *node)
{
	struct tree tree = { 0 };

	if (node->flags != NODE_DB || node->data_bytes != DB_BYTES ||
	    node->key.len >= sizeof(tree.name))
		return damaged(w, "the list of databases is damaged");
	memcpy(tree.name, node->key.at, node->key.len);
	read_db(&tree, node->data);
	if (tree.flags)
		return damaged(w, "a database has flags we never set");
	return walk_tree(w, &tree);
}

static int visit_entry(struct walk *w, struct tree *tree, struct node *node)
{
	struct pages_entry entry;
	int err = 0;

	if ((node->flags & NODE_OVERFLOW ? 8 : node->data_bytes) > node->room)
		return damaged(w, "a value is longer than its page");
	if (node->flags & ~(unsigned)(NODE_OVERFLOW | NODE_DB))
		return damaged(w, "a node has flags we never set");
	if (node->flags & NODE_OVERFLOW)
		err = get_overflow(w, tree, node);
	if (err)
		return err;
	tree->entries_seen++;
	if (tree->is_free_list)
		return visit_free(w, node);
	if (!*tree->name)
		return visit_db(w, node);
	entry = (struct pages_entry){ tree->name, node->key.at, node->data, node->key.len,
				      node->data_bytes };
	return w->fn(w->arg, &entry);
}

/* Keys come in descending order; the first one of a branch is empty and means "anything". */
static int follow_key(struct walk *w, struct tree *tree, const struct key *key, int is_separator)
{
	if (tree->is_free_list && key->len != 8)
		return damaged(w, "a key of the list of free pages has a wrong size");
	if (tree->next.at && !is_below(tree, key, &tree->next) &&
	    !(is_separator && !is_below(tree, &tree->next, key)))
		return damaged(w, "keys are out of order");
	tree->next = *key;
	return 0;
}

static int count_nodes(struct walk *w, const uint8_t *page, unsigned *ret)
{
	unsigned lower = (unsigned)bytes_get_le(page + 12, 2);
	unsigned upper = (unsigned)bytes_get_le(page + 14, 2);

	if (lower < PAGE_HEADER + 2 || lower % 2 || lower > upper || upper > w->page_bytes)
		return damaged(w, "a page's bounds are damaged");
	*ret = (lower - PAGE_HEADER) / 2;
	return 0;
}

static int walk_page(struct walk *w, struct tree *tree, uint64_t number, unsigned level)
{
	int is_leaf = level == tree->depth;
	const uint8_t *page;
	struct node node;
	unsigned n;
	int err = get_page(w, number, &page);

	if (!err)
		err = count_nodes(w, page, &n);
	if (err)
		return err;
	if (bytes_get_le(page + 10, 2) != (is_leaf ? PAGE_LEAF : PAGE_BRANCH))
		return damaged(w, "a page has a wrong type");
	tree->leaves_seen += is_leaf;
	tree->branches_seen += !is_leaf;
	while (!err && n--) {
		err = get_node(w, page, n, &node);
		if (!err && !is_leaf)
			err = walk_page(w, tree, node.child | (uint64_t)node.flags << 32,
					level + 1);
		if (!err && (is_leaf || n))
			err = follow_key(w, tree, &node.key, !is_leaf);
		if (!err && is_leaf)
			err = visit_entry(w, tree, &node);
	}
	return err;
}

static int walk_tree(struct walk *w, struct tree *tree)
{
	int err;

	if (tree->root == NO_PAGE)
		return tree->entries ? damaged(w, "a tree has no root") : 0;
	if (!tree->depth || tree->depth > DEPTH_MAX)
		return damaged(w, "a tree has an impossible depth");
	err = walk_page(w, tree, tree->root, 1);
	if (err)
		return err;
	if (tree->entries != tree->entries_seen || tree->leaves != tree->leaves_seen ||
	    tree->branches != tree->branches_seen || tree->overflows != tree->overflows_seen)
		return damaged(w, "a tree's counts are wrong");
	return 0;
}

/* Both meta pages must be good, or LMDB would refuse the file; the newer one counts. */
static int read_meta(struct walk *w, const uint8_t **ret)
{
	uint64_t newest = 0;
	uint32_t version;

	for (unsigned i = 0; i < 2; i++) {
		const uint8_t *page = w->map + (size_t)i * w->page_bytes;
		const uint8_t *meta = page + PAGE_HEADER;
		uint64_t txn = bytes_get_le(meta + 128, 8);

		version = (uint32_t)bytes_get_le(meta + 4, 4);
		if (bytes_get_le(meta, 4) != MAGIC || bytes_get_le(page + 10, 2) != PAGE_META ||
		    bytes_get_le(page, 8) != i)
			return damaged(w, "a meta page is damaged");
		if (version != bytes_get_le(w->map + PAGE_HEADER + 4, 4) || version < VERSION ||
		    bytes_get_le(meta + 24, 4) != w->page_bytes)
			return damaged(w, "the meta pages disagree");
		if (!i || txn > newest) {
			*ret = meta;
			newest = txn;
		}
	}
	return version > VERSION ? -EPROTONOSUPPORT : 0;
}

static int walk_file(struct walk *w)
{
	struct tree free_list = { .is_free_list = 1 }, main_list = { 0 };
	const uint8_t *meta = NULL;
	int err = read_meta(w, &meta);

	if (err)
		return err;
	w->last = bytes_get_le(meta + 120, 8);
	/* Pages given up in the transaction that made them may lie behind the end of the file. */
	if (w->last < 1 || w->last > w->pages + UNWRITTEN_MAX)
		return damaged(w, "the file is too short");
	w->seen = calloc(1, w->last / 8 + 1);
	if (!w->seen)
		return -ENOMEM;
	read_db(&free_list, meta + 24);
	read_db(&main_list, meta + 72);
	err = walk_tree(w, &free_list);
	/* Of the environment's own flags only "keys are integers" is ever stored. */
	if (!err && (main_list.flags || free_list.flags != DB_INTEGER_KEYS))
		err = damaged(w, "a database has flags we never set");
	if (!err)
		err = walk_tree(w, &main_list);
	free(w->seen);
	return err;
}

int pages_walk(const void *map, size_t bytes, pages_entry_fn fn, void *arg, const char **why)
{
	struct walk w = { .map = map, .fn = fn, .arg = arg, .why = "" };
	int err;

	if (!bytes)
		return 0;
	if (bytes < PAGE_HEADER + META_BYTES) {
		*why = "the file is too short";
		return -EBADMSG;
	}
	w.page_bytes = (uint32_t)bytes_get_le(w.map + PAGE_HEADER + 24, 4);
	if (w.page_bytes < 512 || w.page_bytes > 32768 || (w.page_bytes & (w.page_bytes - 1)) ||
	    bytes / w.page_bytes < 2) {
		*why = "the page size is damaged, or the file too short";
		return -EBADMSG;
	}
	w.pages = bytes / w.page_bytes;
	err = walk_file(&w);
	if (err == -EBADMSG && *w.why)
		*why = w.why;
	return err;
}
