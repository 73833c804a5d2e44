// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * catalogue.c - the contract is in catalogue.h.
 *
 * Two arrays of pointers to the same entries, one ordered by name, one by id.
 * Changes one by one cost a memmove; a walk of the whole repository is for the
 * start and for when events were overwritten.
 */
#include "api/catalogue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define ROWS_RETRY_NS (200 * NS_PER_MS)

struct catalogue {
	const struct board *board;
	struct repository *repository;
	struct catalogue_entry **by_name, **by_id;
	uint32_t n, room;
	uint32_t rowless; /* entries without a row */
	uint64_t registry_version, last_event, version;
	int64_t rows_scanned_ns;
	int is_loaded;
};

static int order(const char *a_name, uint64_t a_id, const struct check *b)
{
	int difference = strcmp(a_name, b->name);

	return difference ? difference : (a_id > b->id) - (a_id < b->id);
}

static int compare_names(const void *a, const void *b)
{
	const struct check *check = &(*(struct catalogue_entry *const *)a)->check;

	return order(check->name, check->id, &(*(struct catalogue_entry *const *)b)->check);
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t left = (*(struct catalogue_entry *const *)a)->check.id;
	uint64_t right = (*(struct catalogue_entry *const *)b)->check.id;

	return (left > right) - (left < right);
}

/* Index of the first entry whose id is not below @id. */
static uint32_t place_of_id(const struct catalogue *c, uint64_t id)
{
	uint32_t low = 0, high = c->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (c->by_id[middle]->check.id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct catalogue_entry *find(const struct catalogue *c, uint64_t id)
{
	uint32_t i = place_of_id(c, id);

	return i < c->n && c->by_id[i]->check.id == id ? c->by_id[i] : NULL;
}

uint32_t catalogue_after(const struct catalogue *c, const char *name, uint64_t id)
{
	uint32_t low = 0, high = c->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (order(name, id, &c->by_name[middle]->check) >= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int make_room(struct catalogue *c)
{
	uint32_t room = c->room ? 2 * c->room : 256;
	struct catalogue_entry **grown;

	if (c->n < c->room)
		return 0;
	grown = realloc(c->by_name, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	c->by_name = grown;
	grown = realloc(c->by_id, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	c->by_id = grown;
	c->room = room;
	return 0;
}

static struct catalogue_entry *entry_new(const struct check *check)
{
	struct catalogue_entry *entry = calloc(1, sizeof(*entry));

	if (entry && check_copy(&entry->check, check)) {
		free(entry);
		return NULL;
	}
	if (entry)
		entry->row = CATALOGUE_NO_ROW;
	return entry;
}

static void entry_free(struct catalogue_entry *entry)
{
	check_clear(&entry->check);
	free(entry);
}

static void forget_all(struct catalogue *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		entry_free(c->by_name[i]);
	free(c->by_name);
	free(c->by_id);
	c->by_name = c->by_id = NULL;
	c->n = c->room = c->rowless = 0;
}

static void insert_at(struct catalogue_entry **array, uint32_t n, uint32_t i,
		      struct catalogue_entry *entry)
{
	memmove(array + i + 1, array + i, (n - i) * sizeof(*array));
	array[i] = entry;
}

static void remove_at(struct catalogue_entry **array, uint32_t n, uint32_t i)
{
	memmove(array + i, array + i + 1, (n - i - 1) * sizeof(*array));
}

static void delete_one(struct catalogue *c, uint64_t id)
{
	struct catalogue_entry *entry = find(c, id);

	if (!entry)
		return;
	c->rowless -= entry->row == CATALOGUE_NO_ROW;
	remove_at(c->by_name, c->n, catalogue_after(c, entry->check.name, id) - 1);
	remove_at(c->by_id, c->n, place_of_id(c, id));
	c->n--;
	entry_free(entry);
}

static int insert_one(struct catalogue *c, uint64_t id, uint32_t row)
{
	struct catalogue_entry *entry;
	struct check check;
	int err = c->repository->ops->get_check(c->repository, id, &check);

	delete_one(c, id);
	if (err)
		return err == -ENOENT ? 0 : err; /* deleted since: that event follows */
	entry = entry_new(&check);
	check_clear(&check);
	if (!entry || make_room(c)) {
		if (entry)
			entry_free(entry);
		return -ENOMEM;
	}
	entry->row = row;
	insert_at(c->by_name, c->n, catalogue_after(c, entry->check.name, id), entry);
	insert_at(c->by_id, c->n, place_of_id(c, id), entry);
	c->n++;
	return 0;
}

/*
 * Some events are overwritten. When all are states, which come in floods, go on behind them. An
 * event's count is there before the next event is: so only of the last one we cannot know.
 */
static int skip_states(struct catalogue *c, uint64_t changes, uint64_t last,
		       struct board_event *ret)
{
	if (board_get(c->board, BOARD_REGISTRY_VERSION) > c->registry_version + changes)
		return -ESTALE;
	c->last_event = last - 1;
	return board_read_event(c->board, last, ret);
}

/* Take over what the board's events since the last time say. -ESTALE: they do not suffice. */
static int follow_events(struct catalogue *c, uint64_t registry_version)
{
	uint64_t changes = 0, last = board_last_event(c->board);
	struct board_event event;
	int err = 0;

	for (; !err && c->last_event < last; c->last_event++) {
		if (board_read_event(c->board, c->last_event + 1, &event) &&
		    skip_states(c, changes, last, &event))
			return -ESTALE;
		if (event.kind == BOARD_EVENT_DELETED)
			delete_one(c, event.id);
		else if (event.kind == BOARD_EVENT_REGISTERED)
			err = insert_one(c, event.id, event.row);
		changes += event.kind != BOARD_EVENT_STATE;
	}
	if (changes < registry_version - c->registry_version)
		return -ESTALE;
	c->version += changes;
	return err;
}

static int add_loaded(void *arg, const struct check *check)
{
	struct catalogue *c = arg;
	struct catalogue_entry *entry;

	if (make_room(c))
		return -ENOMEM;
	entry = entry_new(check);
	if (!entry)
		return -ENOMEM;
	c->by_name[c->n] = c->by_id[c->n] = entry;
	c->n++;
	return 0;
}

static int load_all(struct catalogue *c)
{
	struct catalogue fresh = { .board = c->board, .repository = c->repository };
	int err;

	fresh.version = c->version + 1;
	/* before the walk: what changes during it comes again as an event */
	fresh.last_event = board_last_event(c->board);
	err = c->repository->ops->each_check(c->repository, add_loaded, &fresh);
	if (err) {
		forget_all(&fresh);
		return err;
	}
	if (fresh.n) {
		qsort(fresh.by_name, fresh.n, sizeof(*fresh.by_name), compare_names);
		qsort(fresh.by_id, fresh.n, sizeof(*fresh.by_id), compare_ids);
	}
	fresh.rowless = fresh.n;
	fresh.is_loaded = 1;
	forget_all(c);
	*c = fresh;
	return 0;
}

/* Find the rows of entries that have none. Ends with the last row in use: reading the rest would
 * make the kernel allocate it. */
static void scan_rows(struct catalogue *c, int64_t now_ns)
{
	uint64_t in_use = board_get(c->board, BOARD_CHECKS), seen = 0;
	struct catalogue_entry *entry;
	struct board_row row;

	c->rows_scanned_ns = now_ns;
	for (uint32_t i = 0; seen < in_use && !board_read_row(c->board, i, &row); i++) {
		if (row.state == BOARD_FREE)
			continue;
		seen++;
		entry = find(c, row.id);
		if (!entry)
			continue;
		c->rowless -= entry->row == CATALOGUE_NO_ROW;
		entry->row = i;
	}
}

int catalogue_refresh(struct catalogue *c)
{
	uint64_t version = board_get(c->board, BOARD_REGISTRY_VERSION);
	int64_t now_ns = clock_now_ns();
	int err = -ESTALE;

	if (c->is_loaded)
		err = follow_events(c, version);
	if (err)
		err = load_all(c);
	if (err)
		return err;
	c->registry_version = version;
	if (c->rowless && now_ns - c->rows_scanned_ns > ROWS_RETRY_NS)
		scan_rows(c, now_ns);
	return 0;
}

int catalogue_new(struct catalogue **ret, const struct board *board, struct repository *repository)
{
	struct catalogue *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->board = board;
	c->repository = repository;
	*ret = c;
	return 0;
}

void catalogue_free(struct catalogue *c)
{
	if (!c)
		return;
	forget_all(c);
	free(c);
}

uint32_t catalogue_count(const struct catalogue *c)
{
	return c->n;
}

const struct catalogue_entry *catalogue_at(const struct catalogue *c, uint32_t i)
{
	return c->by_name[i];
}

const struct catalogue_entry *catalogue_find(const struct catalogue *c, uint64_t id)
{
	return find(c, id);
}

int catalogue_row(const struct catalogue *c, const struct catalogue_entry *entry,
		  struct board_row *ret)
{
	if (entry->row == CATALOGUE_NO_ROW || board_read_row(c->board, entry->row, ret) ||
	    ret->state == BOARD_FREE || ret->id != entry->check.id)
		return -ENOENT;
	return 0;
}

uint64_t catalogue_version(const struct catalogue *c)
{
	return c->version;
}
