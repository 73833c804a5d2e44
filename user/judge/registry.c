// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * registry.c - rows in an array, ids in an open-addressing table of row numbers.
 *
 * Ids are SipHash values, so their low bits index the table as they are.
 * Deleting shifts the rest of the run back: no tombstones to collect.
 */
#include "judge/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOTHING UINT32_MAX

struct registry {
	struct entry *entries;
	uint32_t *free_rows; /* stack */
	uint32_t nfree, rows;
	uint32_t *table; /* row numbers, NOTHING when empty */
	uint32_t mask;
	uint64_t rate_nano;
};

static uint32_t table_size(uint32_t rows)
{
	uint32_t size = 16;

	while (size < rows * 2ull)
		size *= 2;
	return size;
}

int registry_new(struct registry **ret, uint32_t rows)
{
	struct registry *r = calloc(1, sizeof(*r));
	uint32_t size = table_size(rows);

	if (!r)
		return -ENOMEM;
	r->entries = calloc(rows, sizeof(*r->entries));
	r->free_rows = malloc(rows * sizeof(*r->free_rows));
	r->table = malloc(size * sizeof(*r->table));
	if (!r->entries || !r->free_rows || !r->table) {
		registry_free(r);
		return -ENOMEM;
	}
	r->rows = rows;
	r->mask = size - 1;
	memset(r->table, 0xff, size * sizeof(*r->table));
	/* low rows first: the board's used part stays small */
	for (uint32_t i = rows; i > 0; i--)
		r->free_rows[r->nfree++] = i - 1;
	*ret = r;
	return 0;
}

static void free_check(struct entry *entry)
{
	if (!entry->check)
		return;
	check_clear(entry->check);
	free(entry->check);
	entry->check = NULL;
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; i < r->rows; i++)
		free_check(&r->entries[i]);
	free(r->entries);
	free(r->free_rows);
	free(r->table);
	free(r);
}

/* Place of @id in the table, or the empty place where it would go. */
static uint32_t place_of(const struct registry *r, uint64_t id)
{
	uint32_t at = (uint32_t)id & r->mask;

	while (r->table[at] != NOTHING && r->entries[r->table[at]].check->id != id)
		at = (at + 1) & r->mask;
	return at;
}

uint64_t registry_rate_of(const struct check *check)
{
	return 1000000000000000000ull / (uint64_t)check->interval_ns;
}

static int has_label(const struct check *check, const char *key, const char *value)
{
	for (unsigned i = 0; i < check->nlabels; i++)
		if (!strcmp(check->labels[i].key, key))
			return !strcmp(check->labels[i].value, value);
	return 0;
}

int registry_add(struct registry *r, struct check *check, uint32_t *ret_index)
{
	uint32_t at = place_of(r, check->id), index;
	struct entry *entry;

	if (r->table[at] != NOTHING)
		return -EEXIST;
	if (!r->nfree)
		return -ENOSPC;
	index = r->free_rows[--r->nfree];
	entry = &r->entries[index];
	entry->check = check;
	entry->generation++;
	entry->last_attempt = 0;
	entry->is_floor =
		check->source == CHECK_BUILT_IN && has_label(check, "builtin", "responder");
	state_init(&entry->state);
	entry->row = (struct board_row){ .generation = entry->generation,
					 .id = check->id,
					 .state = BOARD_PENDING };
	r->table[at] = index;
	r->rate_nano += registry_rate_of(check);
	*ret_index = index;
	return 0;
}

/* Close the gap at @hole: move up whoever would not be found behind it. */
static void close_gap(struct registry *r, uint32_t hole)
{
	uint32_t at = hole, home;

	for (;;) {
		at = (at + 1) & r->mask;
		if (r->table[at] == NOTHING)
			break;
		home = (uint32_t)r->entries[r->table[at]].check->id & r->mask;
		if (((at - home) & r->mask) < ((at - hole) & r->mask))
			continue;
		r->table[hole] = r->table[at];
		hole = at;
	}
	r->table[hole] = NOTHING;
}

void registry_remove(struct registry *r, uint32_t index)
{
	struct entry *entry = &r->entries[index];

	close_gap(r, place_of(r, entry->check->id));
	r->rate_nano -= registry_rate_of(entry->check);
	free_check(entry);
	r->free_rows[r->nfree++] = index;
}

int registry_find(const struct registry *r, uint64_t id, uint32_t *ret_index)
{
	uint32_t at = place_of(r, id);

	if (r->table[at] == NOTHING)
		return -ENOENT;
	*ret_index = r->table[at];
	return 0;
}

struct entry *registry_at(struct registry *r, uint32_t index)
{
	return index < r->rows ? &r->entries[index] : NULL;
}

uint32_t registry_count(const struct registry *r)
{
	return r->rows - r->nfree;
}

uint64_t registry_rate_nano(const struct registry *r)
{
	return r->rate_nano;
}
