// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * calendar.c - a ring of slots, each a list of items by index. The contract is in calendar.h.
 *
 * The ring spans 65 s; an item with a longer interval is passed over once a
 * revolution. One ring for all intervals, not one per interval: a thousand
 * different intervals then cost no more than one, and a slot's items are
 * touched in any case when they fire.
 */
#include "sched/calendar.h"

#include <errno.h>
#include <stdlib.h>

#include "base/random.h"

#define SLOTS          65536
#define PATIENCE_SLOTS (CALENDAR_PATIENCE_NS / CALENDAR_SLOT_NS)
#define FOREVER        UINT32_MAX
#define NONE           UINT32_MAX
#define ITEMS_MAX      (1u << 30)

/* Links are index + 1, 0 ends. The first item's prev is the last item. */
struct item {
	int64_t due_ns, interval_ns;
	uint32_t next, prev;
	uint32_t attempt;
	uint32_t left; /* attempts, FOREVER, or 0: not in the calendar */
	uint16_t slot;
};
_Static_assert(sizeof(struct item) == 40, "calendar.h promises 40 bytes an item");

struct calendar {
	uint32_t max_items, count;
	uint64_t rate;
	int64_t cursor;     /* slot number, not wrapped, that the next walk begins with */
	int64_t now_slot;   /* slot number of the latest walk */
	uint32_t walk_next; /* link the walk goes on with */
	uint32_t visited;   /* index in the hands of a call; NONE when it was deleted there */
	struct item *items;
	uint32_t heads[SLOTS];
};

static uint64_t rate_of(int64_t interval_ns)
{
	return 1000000000000000ull / (uint64_t)interval_ns;
}

int calendar_new(struct calendar **ret, uint32_t max_items, int64_t now_ns)
{
	struct calendar *calendar;

	if (!max_items || max_items > ITEMS_MAX)
		return -EINVAL;
	calendar = calloc(1, sizeof(*calendar));
	if (!calendar)
		return -ENOMEM;
	calendar->items = calloc(max_items, sizeof(*calendar->items));
	if (!calendar->items) {
		free(calendar);
		return -ENOMEM;
	}
	calendar->max_items = max_items;
	calendar->visited = NONE;
	calendar->cursor = calendar->now_slot = now_ns / CALENDAR_SLOT_NS;
	*ret = calendar;
	return 0;
}

void calendar_free(struct calendar *calendar)
{
	if (!calendar)
		return;
	free(calendar->items);
	free(calendar);
}

int64_t calendar_phased(uint64_t id, int64_t interval_ns, int64_t now_ns)
{
	/* any other key would move every flow at the next restart */
	static const uint64_t key[2] = { 0x73636865642e7068ull, 0x6173652e6b657931ull };
	int64_t phase = (int64_t)(siphash(&id, sizeof(id), key) % (uint64_t)interval_ns);
	int64_t due = now_ns - now_ns % interval_ns + phase;

	return due < now_ns ? due + interval_ns : due;
}

static void link_item(struct calendar *calendar, uint32_t index)
{
	struct item *item = &calendar->items[index], *first;
	int64_t slot = item->due_ns / CALENDAR_SLOT_NS;
	uint32_t *head;

	/* behind the walk nobody would come by for a whole revolution */
	if (slot < calendar->now_slot)
		slot = calendar->now_slot;
	item->slot = (uint16_t)(slot % SLOTS);
	item->next = 0;
	head = &calendar->heads[item->slot];
	if (!*head) {
		item->prev = index + 1;
		*head = index + 1;
		return;
	}
	first = &calendar->items[*head - 1];
	item->prev = first->prev;
	calendar->items[first->prev - 1].next = index + 1;
	first->prev = index + 1;
}

static void unlink_item(struct calendar *calendar, uint32_t index)
{
	struct item *item = &calendar->items[index];
	uint32_t *head = &calendar->heads[item->slot];

	if (calendar->walk_next == index + 1)
		calendar->walk_next = item->next;
	if (*head == index + 1)
		*head = item->next;
	else
		calendar->items[item->prev - 1].next = item->next;
	if (item->next)
		calendar->items[item->next - 1].prev = item->prev;
	else if (*head)
		calendar->items[*head - 1].prev = item->prev;
}

int calendar_add(struct calendar *calendar, uint32_t index, int64_t interval_ns,
		 int64_t first_due_ns, uint32_t first_attempt, uint32_t count)
{
	struct item *item;

	if (index >= calendar->max_items)
		return -ENOSPC;
	item = &calendar->items[index];
	if (item->left)
		return -EEXIST;
	if (interval_ns < CALENDAR_SLOT_NS || first_due_ns < 0 || count == FOREVER)
		return -EINVAL;
	item->due_ns = first_due_ns;
	item->interval_ns = interval_ns;
	item->attempt = first_attempt;
	item->left = count ? count : FOREVER;
	link_item(calendar, index);
	calendar->count++;
	calendar->rate += rate_of(interval_ns);
	return 0;
}

void calendar_delete(struct calendar *calendar, uint32_t index)
{
	struct item *item = &calendar->items[index];

	if (index >= calendar->max_items || !item->left)
		return;
	unlink_item(calendar, index);
	item->left = 0;
	calendar->count--;
	calendar->rate -= rate_of(item->interval_ns);
	if (calendar->visited == index)
		calendar->visited = NONE;
}

uint32_t calendar_count(const struct calendar *calendar)
{
	return calendar->count;
}

uint64_t calendar_rate(const struct calendar *calendar)
{
	return calendar->rate;
}

/* The attempt in hand is dealt with; a counted item leaves after its last. */
static void advance(struct calendar *calendar, uint32_t index)
{
	struct item *item = &calendar->items[index];

	item->due_ns += item->interval_ns;
	item->attempt++;
	if (item->left == 1)
		calendar_delete(calendar, index);
	else if (item->left != FOREVER)
		item->left--;
}

/* Skip what an endless item missed. Return: 1 when it still is there and its attempt still counts. */
static int catch_up(struct calendar *calendar, uint32_t index, int64_t now_ns,
		    const struct calendar_calls *calls, unsigned *budget)
{
	struct item *item = &calendar->items[index];
	uint32_t attempt;
	int64_t due_ns;

	while (*budget && item->left == FOREVER && now_ns - item->due_ns >= item->interval_ns) {
		attempt = item->attempt;
		due_ns = item->due_ns;
		advance(calendar, index);
		(*budget)--;
		calls->skip(calls->arg, index, attempt, due_ns);
		if (calendar->visited != index)
			return 0;
	}
	return 1;
}

/* One item that is due. */
static enum calendar_stop visit(struct calendar *calendar, uint32_t index, int64_t now_ns,
				const struct calendar_calls *calls, unsigned *budget)
{
	struct item *item = &calendar->items[index];
	uint32_t attempt;
	int64_t due_ns;

	calendar->visited = index;
	if (!catch_up(calendar, index, now_ns, calls, budget))
		return CALENDAR_DONE;
	if (!*budget)
		return CALENDAR_MORE;
	(*budget)--;
	if (!calls->may_send(calls->arg)) {
		if (calendar->now_slot - calendar->cursor < PATIENCE_SLOTS)
			return CALENDAR_WAIT;
		unlink_item(calendar, index);
		link_item(calendar, index);
		return CALENDAR_DONE;
	}
	attempt = item->attempt;
	due_ns = item->due_ns;
	/* of a counted item nothing was skipped: what follows moves, rather than leave in a heap */
	if (now_ns - due_ns >= item->interval_ns)
		item->due_ns = now_ns;
	/* first the books, then the call: it may delete the item */
	advance(calendar, index);
	if (calendar->visited == index) {
		unlink_item(calendar, index);
		link_item(calendar, index);
	}
	calls->send(calls->arg, index, attempt, due_ns);
	return CALENDAR_DONE;
}

static enum calendar_stop walk_slot(struct calendar *calendar, int64_t now_ns,
				    const struct calendar_calls *calls, unsigned *budget)
{
	enum calendar_stop stop = CALENDAR_DONE;
	uint32_t link = calendar->heads[calendar->cursor % SLOTS];

	while (link && stop == CALENDAR_DONE) {
		calendar->walk_next = calendar->items[link - 1].next;
		if (calendar->items[link - 1].due_ns <= now_ns)
			stop = visit(calendar, link - 1, now_ns, calls, budget);
		link = calendar->walk_next;
	}
	calendar->walk_next = 0;
	calendar->visited = NONE;
	return stop;
}

enum calendar_stop calendar_walk(struct calendar *calendar, int64_t now_ns,
				 const struct calendar_calls *calls, unsigned budget)
{
	int64_t now_slot = now_ns / CALENDAR_SLOT_NS, behind = now_slot - calendar->cursor;
	enum calendar_stop stop;

	calendar->now_slot = now_slot;
	/* a revolution visits everything; whole ones more would find the same slots */
	if (behind > SLOTS)
		calendar->cursor += (behind / SLOTS - 1) * SLOTS;
	for (;;) {
		stop = walk_slot(calendar, now_ns, calls, &budget);
		if (stop != CALENDAR_DONE || calendar->cursor >= now_slot)
			return stop;
		calendar->cursor++;
	}
}

int64_t calendar_next(const struct calendar *calendar, int64_t floor_ns, int64_t until_ns)
{
	int64_t last_slot = until_ns / CALENDAR_SLOT_NS, next_ns = until_ns, due_ns;

	if (!calendar->count)
		return until_ns;
	if (last_slot > calendar->cursor + SLOTS - 1)
		last_slot = calendar->cursor + SLOTS - 1;
	for (int64_t slot = calendar->cursor; slot <= last_slot && next_ns == until_ns; slot++) {
		for (uint32_t link = calendar->heads[slot % SLOTS]; link;
		     link = calendar->items[link - 1].next) {
			due_ns = calendar->items[link - 1].due_ns;
			if (due_ns <= floor_ns)
				return floor_ns;
			if (due_ns < next_ns)
				next_ns = due_ns;
		}
	}
	return next_ns;
}
