// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * timer.c - timers in a binary heap; each knows its place, so that moving and disarming need no
 * search. The contract is in loop.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "loop/inside.h"

static void put(struct timer_heap *heap, uint32_t at, struct timer_entry entry)
{
	heap->entries[at] = entry;
	entry.timer->place = at + 1;
}

static void sift_up(struct timer_heap *heap, uint32_t at)
{
	struct timer_entry entry = heap->entries[at];
	uint32_t parent;

	for (; at; at = parent) {
		parent = (at - 1) / 2;
		if (heap->entries[parent].key_ns <= entry.key_ns)
			break;
		put(heap, at, heap->entries[parent]);
	}
	put(heap, at, entry);
}

static void sift_down(struct timer_heap *heap, uint32_t at)
{
	struct timer_entry entry = heap->entries[at];
	uint32_t child;

	while ((child = 2 * at + 1) < heap->count) {
		if (child + 1 < heap->count &&
		    heap->entries[child + 1].key_ns < heap->entries[child].key_ns)
			child++;
		if (entry.key_ns <= heap->entries[child].key_ns)
			break;
		put(heap, at, heap->entries[child]);
		at = child;
	}
	put(heap, at, entry);
}

static int make_room(struct timer_heap *heap)
{
	uint32_t room = heap->room ? 2 * heap->room : 64;
	struct timer_entry *entries;

	if (heap->count < heap->room)
		return 0;
	entries = realloc(heap->entries, room * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	heap->entries = entries;
	heap->room = room;
	return 0;
}

int loop_arm(struct loop *loop, struct loop_timer *timer, int64_t at_ns)
{
	struct timer_heap *heap = &loop->timers;
	struct timer_entry entry = { at_ns, timer };
	uint32_t at;

	/* else a timer that re-arms itself in the past would never let the turn end */
	if (loop->is_dispatching && at_ns <= loop->now_ns)
		entry.key_ns = loop->now_ns + 1;
	if (!timer->place) {
		if (make_room(heap))
			return -ENOMEM;
		timer->place = ++heap->count;
	}
	timer->at_ns = at_ns;
	at = timer->place - 1;
	heap->entries[at] = entry;
	sift_up(heap, at);
	sift_down(heap, timer->place - 1);
	return 0;
}

void loop_disarm(struct loop *loop, struct loop_timer *timer)
{
	struct timer_heap *heap = &loop->timers;
	struct timer_entry last;
	uint32_t at = timer->place - 1;

	if (!timer->place)
		return;
	timer->place = 0;
	last = heap->entries[--heap->count];
	if (at == heap->count)
		return;
	heap->entries[at] = last;
	sift_up(heap, at);
	sift_down(heap, last.timer->place - 1);
}

int64_t timer_next(const struct loop *loop)
{
	return loop->timers.count ? loop->timers.entries[0].key_ns : INT64_MAX;
}

void timer_fire(struct loop *loop)
{
	struct loop_timer *timer;

	while (timer_next(loop) <= loop->now_ns) {
		timer = loop->timers.entries[0].timer;
		loop_disarm(loop, timer);
		timer->fn(timer, loop->now_ns);
	}
}

void timer_free(struct loop *loop)
{
	for (uint32_t i = 0; i < loop->timers.count; i++)
		loop->timers.entries[i].timer->place = 0;
	free(loop->timers.entries);
}
