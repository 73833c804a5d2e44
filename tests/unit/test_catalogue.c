// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_catalogue.c - following a registry by events, and when events do not suffice. */
#include "api/catalogue.c"

#include "api_fixture.h"
#include "../tap.h"

static int is_ordered(const struct catalogue *c)
{
	for (uint32_t i = 1; i < c->n; i++)
		if (compare_names(&c->by_name[i - 1], &c->by_name[i]) >= 0 ||
		    compare_ids(&c->by_id[i - 1], &c->by_id[i]) >= 0)
			return 0;
	return 1;
}

static void emit(struct fixture *f, unsigned kind, uint64_t id, uint32_t row)
{
	fixture_event(f, kind, id, row);
}

static void test_load(struct fixture *f, struct catalogue *c)
{
	uint64_t b = fixture_add(f, "b", "127.0.0.2", CHECK_FROM_API);
	struct board_row row;

	fixture_add(f, "a", "127.0.0.3", CHECK_FROM_API);
	fixture_add(f, "a", "127.0.0.1", CHECK_FROM_API);
	ok(!catalogue_refresh(c) && catalogue_count(c) == 3 && is_ordered(c),
	   "three checks by name, then id");
	ok(!catalogue_row(c, catalogue_find(c, b), &row) && row.id == b, "each knows its row");
	ok(!catalogue_find(c, 12345), "an unknown id is not found");
	ok(catalogue_after(c, "a", UINT64_MAX) == 2 && catalogue_after(c, "", 0) == 0 &&
		   catalogue_after(c, "z", 0) == 3,
	   "places between names");
}

static void test_events(struct fixture *f, struct catalogue *c)
{
	uint64_t version = catalogue_version(c), id;
	const struct catalogue_entry *a = catalogue_at(c, 0);
	struct board_row row;

	id = fixture_add(f, "0 first", "127.0.0.9", CHECK_FROM_API);
	emit(f, BOARD_EVENT_REGISTERED, id, f->rows - 1);
	ok(!catalogue_refresh(c) && catalogue_count(c) == 4 && is_ordered(c) &&
		   catalogue_at(c, 1) == a,
	   "an event adds one and leaves the others where they are");
	ok(catalogue_version(c) != version && !catalogue_row(c, catalogue_at(c, 0), &row) &&
		   row.id == id,
	   "it has its row at once");
	version = catalogue_version(c);
	emit(f, BOARD_EVENT_STATE, id, f->rows - 1);
	ok(!catalogue_refresh(c) && catalogue_version(c) == version,
	   "a state's change is none of ours");
	emit(f, BOARD_EVENT_REGISTERED, id, f->rows - 1);
	ok(!catalogue_refresh(c) && catalogue_count(c) == 4,
	   "the same event again changes nothing");
	f->repository->ops->delete_check(f->repository, id);
	f->repository->ops->commit(f->repository);
	board_add(f->board, BOARD_REGISTRY_VERSION, 1);
	emit(f, BOARD_EVENT_DELETED, id, 0);
	ok(!catalogue_refresh(c) && catalogue_count(c) == 3 && !catalogue_find(c, id) &&
		   is_ordered(c),
	   "an event deletes one");
}

static void test_without_events(struct fixture *f, struct catalogue *c)
{
	uint64_t version, id;

	fixture_add(f, "quiet", "127.0.0.8", CHECK_FROM_API);
	ok(!catalogue_refresh(c) && catalogue_count(c) == 4, "a change without an event is found");
	for (unsigned i = 0; i < 200; i++) {
		char target[32];

		snprintf(target, sizeof(target), "127.0.1.%u", i);
		fixture_add(f, target, target, CHECK_FROM_API);
	}
	for (unsigned i = 0; i < 2 * BOARD_EVENTS; i++)
		emit(f, BOARD_EVENT_STATE, 1, 0);
	ok(!catalogue_refresh(c) && catalogue_count(c) == 204 && is_ordered(c),
	   "overwritten events mean reading all again");
	version = catalogue_version(c);
	for (unsigned i = 0; i < 2 * BOARD_EVENTS; i++)
		emit(f, BOARD_EVENT_STATE, 1, 0);
	ok(!catalogue_refresh(c) && catalogue_version(c) == version,
	   "but not when all of them were states");
	for (unsigned i = 0; i < 2 * BOARD_EVENTS; i++)
		emit(f, BOARD_EVENT_STATE, 1, 0);
	id = fixture_add(f, "last", "127.0.2.1", CHECK_FROM_API);
	board_add(f->board, BOARD_REGISTRY_VERSION, (uint64_t)-1);
	emit(f, BOARD_EVENT_REGISTERED, id, f->rows - 1);
	ok(!catalogue_refresh(c) && catalogue_count(c) == 205,
	   "a change among them that is not yet counted is the last one, and seen");
	board_add(f->board, BOARD_REGISTRY_VERSION, 1);
	ok(!catalogue_refresh(c) && catalogue_count(c) == 205, "once");
}

/* A row given to another check must never be shown for this one. */
static void test_tenants(struct fixture *f, struct catalogue *c)
{
	const struct catalogue_entry *entry = catalogue_at(c, 0);
	struct board_row row;

	fixture_row(f, entry->row, 4711, BOARD_UP, 1);
	ok(catalogue_row(c, entry, &row) == -ENOENT, "a row of another check is not taken");
}

int main(void)
{
	struct catalogue *c;
	struct fixture f;

	fixture_open(&f);
	catalogue_new(&c, f.board, f.repository);
	test_load(&f, c);
	test_events(&f, c);
	test_without_events(&f, c);
	test_tenants(&f, c);
	catalogue_free(c);
	fixture_close(&f);
	return tap_done();
}
