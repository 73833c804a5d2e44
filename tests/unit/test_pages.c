// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Damage made on purpose, a kind at a time, in a file LMDB wrote. */
#include "store/pages.c"

#include <lmdb.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"

#define PAGE          4096
#define LEAF_FLAGS_AT 10

static char dir[64], file[80];
static uint8_t *good, *bytes;
static size_t len;

/* Two databases, one deep, with values in the page and out of it, and a list of free pages. */
static void make_file(void)
{
	char big[6000] = { 1 }, text[8];
	MDB_env *env;
	MDB_dbi dbi[2];
	MDB_txn *txn;

	mdb_env_create(&env);
	mdb_env_set_maxdbs(env, 2);
	mdb_env_set_mapsize(env, 1 << 20);
	mkdir(dir, 0700);
	mdb_env_open(env, dir, 0, 0600);
	for (unsigned round = 0; round < 4; round++) {
		mdb_txn_begin(env, NULL, 0, &txn);
		mdb_dbi_open(txn, "first", MDB_CREATE, &dbi[0]);
		mdb_dbi_open(txn, "second", MDB_CREATE, &dbi[1]);
		for (unsigned i = 0; i < 300; i++) {
			MDB_val key = { 3, text }, value = { i % 100 ? 90 : sizeof(big), big };

			snprintf(text, sizeof(text), "%03u", i);
			mdb_put(txn, dbi[0], &key, &value, 0);
		}
		for (unsigned i = 0; i < 3; i++) {
			MDB_val key = { 1, (char *)"abc" + i }, value = { 4, big };

			mdb_put(txn, dbi[1], &key, &value, 0);
		}
		mdb_txn_commit(txn);
	}
	mdb_env_close(env);
}

static void load(void)
{
	FILE *in = fopen(file, "r");
	struct stat st;

	fstat(fileno(in), &st);
	len = (size_t)st.st_size;
	good = malloc(len);
	bytes = malloc(len);
	if (fread(good, 1, len, in) != len)
		exit(1);
	fclose(in);
}

struct count {
	unsigned first, second, order;
	char before[16];
};

static int count(void *arg, const struct pages_entry *entry)
{
	struct count *c = arg;
	char now[16];

	snprintf(now, sizeof(now), "%s%.*s", entry->db, (int)entry->key_bytes,
		 (const char *)entry->key);
	c->first += !strcmp(entry->db, "first");
	c->second += !strcmp(entry->db, "second");
	c->order += *c->before && strcmp(now, c->before) >= 0;
	memcpy(c->before, now, sizeof(now));
	return entry->value[0] == 1 ? 0 : -EBADMSG;
}

static int stop(void *arg, const struct pages_entry *entry)
{
	(void)entry;
	return ++*(int *)arg == 5 ? 77 : 0;
}

static void test_good(void)
{
	const char *why = NULL;
	struct count c = { 0 };
	int n = 0, err = pages_walk(good, len, count, &c, &why);

	ok(!err, "a good file is good: %d %s", err, why ? why : "");
	ok(c.first == 300 && c.second == 3 && !c.order,
	   "all entries come, from the last to the first");
	ok(pages_walk(good, len, stop, &n, &why) == 77 && n == 5, "the visitor can end the walk");
	ok(!pages_walk(good, 0, count, &c, &why), "an empty file is no damage");
}

/* The newest meta page. */
static uint8_t *meta(void)
{
	uint8_t *a = bytes + PAGE_HEADER, *b = a + PAGE;

	return bytes_get_le(a + 128, 8) > bytes_get_le(b + 128, 8) ? a : b;
}

static uint8_t *page_at(uint64_t number)
{
	return bytes + number * PAGE;
}

static uint8_t *node_at(uint8_t *page, unsigned i)
{
	return page + bytes_get_le(page + PAGE_HEADER + 2 * i, 2);
}

/* Record of database @i in the list of them. */
static uint8_t *db_at(unsigned i)
{
	uint8_t *node = node_at(page_at(bytes_get_le(meta() + 72 + 40, 8)), i);

	return node + NODE_HEADER + bytes_get_le(node + 6, 2);
}

static uint8_t *root_of(unsigned db)
{
	return page_at(bytes_get_le(db_at(db) + 40, 8));
}

static uint8_t *first_leaf(void)
{
	return page_at(bytes_get_le(node_at(root_of(0), 0), 4));
}

static uint8_t *free_list(void)
{
	uint8_t *node = node_at(page_at(bytes_get_le(meta() + 24 + 40, 8)), 0);

	return node + NODE_HEADER + 8;
}

static void add_le(uint8_t *at, int64_t add, unsigned n)
{
	bytes_put_le(at, bytes_get_le(at, n) + (uint64_t)add, n);
}

static void loop(void)
{
	bytes_put_le(node_at(root_of(0), 1), bytes_get_le(db_at(0) + 40, 8), 4);
}

static void shared_child(void)
{
	memcpy(node_at(root_of(0), 1), node_at(root_of(0), 0), 4);
}

static void child_beyond(void)
{
	bytes_put_le(node_at(root_of(0), 1), len / PAGE + 5, 4);
}

static void live_page_free(void)
{
	bytes_put_le(free_list(), 1, 8);
	bytes_put_le(free_list() + 8, bytes_get_le(db_at(0) + 40, 8), 8);
}

static void long_free_list(void)
{
	bytes_put_le(free_list(), 1ull << 61, 8);
}

static void wrong_entries(void)
{
	add_le(db_at(0) + 32, 1, 8);
}

static void wrong_depth(void)
{
	add_le(db_at(0) + 6, 1, 2);
}

static void huge_depth(void)
{
	bytes_put_le(db_at(0) + 6, 0xffff, 2);
}

static void duplicates(void)
{
	bytes_put_le(db_at(1) + 4, 4, 2);
}

static void dirty(void)
{
	add_le(first_leaf() + LEAF_FLAGS_AT, 0x10, 2);
}

static void other_number(void)
{
	add_le(first_leaf(), 1, 8);
}

static void swapped_keys(void)
{
	uint8_t *at = first_leaf() + PAGE_HEADER, keep[2];

	memcpy(keep, at, 2);
	memcpy(at, at + 2, 2);
	memcpy(at + 2, keep, 2);
}

static void wrong_separator(void)
{
	node_at(root_of(0), 1)[NODE_HEADER] = '9';
}

static void long_key(void)
{
	bytes_put_le(node_at(first_leaf(), 3) + 6, 60000, 2);
}

static void huge_value(void)
{
	bytes_put_le(node_at(first_leaf(), 3) + 2, 0xffff, 2);
}

static void node_in_header(void)
{
	bytes_put_le(first_leaf() + PAGE_HEADER, 4, 2);
}

static void odd_bounds(void)
{
	bytes_put_le(first_leaf() + 12, 15, 2);
}

static uint8_t *overflow(void)
{
	uint8_t *node = node_at(first_leaf(), 0);

	return page_at(bytes_get_le(node + NODE_HEADER + bytes_get_le(node + 6, 2), 8));
}

static void long_overflow(void)
{
	bytes_put_le(overflow() + 12, 0xffffffff, 4);
}

static void short_overflow(void)
{
	bytes_put_le(overflow() + 12, 1, 4);
}

static void duplicate_node(void)
{
	bytes_put_le(node_at(first_leaf(), 3) + 4, 4, 2);
}

static void fixed_map(void)
{
	add_le(meta() + 24 + 4, 1, 2);
}

static void no_root(void)
{
	bytes_put_le(db_at(0) + 40, NO_PAGE, 8);
}

static void huge_last(void)
{
	bytes_put_le(meta() + 120, 1ull << 60, 8);
}

static void main_is_plain(void)
{
	bytes_put_le(node_at(page_at(bytes_get_le(meta() + 72 + 40, 8)), 0) + 4, 0, 2);
}

static const struct {
	void (*make)(void);
	const char *name;
} damages[] = {
	{ loop, "a branch that refers to itself" },
	{ shared_child, "two branches to one page" },
	{ child_beyond, "a branch beyond the file" },
	{ live_page_free, "a page in use that is listed as free" },
	{ long_free_list, "an endless list of free pages" },
	{ wrong_entries, "a wrong number of entries" },
	{ wrong_depth, "a wrong depth" },
	{ huge_depth, "an impossible depth" },
	{ duplicates, "a database with duplicates" },
	{ dirty, "a page marked dirty" },
	{ other_number, "a page with another number" },
	{ swapped_keys, "two keys exchanged" },
	{ wrong_separator, "a branch that leads astray" },
	{ long_key, "a key longer than its page" },
	{ huge_value, "a value longer than its page" },
	{ node_in_header, "a node in the page's header" },
	{ odd_bounds, "bounds inside the header" },
	{ long_overflow, "an overflow run beyond the file" },
	{ short_overflow, "an overflow run shorter than its value" },
	{ duplicate_node, "a node of duplicates" },
	{ fixed_map, "a map at a fixed address" },
	{ no_root, "a tree without a root" },
	{ huge_last, "a last page beyond everything" },
	{ main_is_plain, "a plain value where a database should be" },
};

static int ignore(void *arg, const struct pages_entry *entry)
{
	(void)arg, (void)entry;
	return 0;
}

int main(void)
{
	const char *why;
	int err;

	snprintf(dir, sizeof(dir), "/var/tmp/sonde-test-pages-%d", getpid());
	snprintf(file, sizeof(file), "%s/data.mdb", dir);
	make_file();
	load();
	test_good();
	for (unsigned i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		why = "nothing found";
		memcpy(bytes, good, len);
		damages[i].make();
		err = pages_walk(bytes, len, ignore, NULL, &why);
		ok(err == -EBADMSG && memcmp(bytes, good, len), "%s: %s", damages[i].name, why);
	}
	memcpy(bytes, good, len);
	bytes_put_le(bytes + PAGE_HEADER + 4, 2, 4);
	ok(pages_walk(bytes, len, ignore, NULL, &why) == -EBADMSG,
	   "one meta page of another format");
	bytes_put_le(bytes + PAGE + PAGE_HEADER + 4, 2, 4);
	ok(pages_walk(bytes, len, ignore, NULL, &why) == -EPROTONOSUPPORT,
	   "both of a newer format");
	free(good);
	free(bytes);
	unlink(file);
	snprintf(file, sizeof(file), "%s/lock.mdb", dir);
	unlink(file);
	rmdir(dir);
	return tap_done();
}
