/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * calendar.h - which flow is due when: fixed periods, no timer per flow.
 *
 * Time is cut into slots of a millisecond; an item lies in the slot of its next
 * due time and a walk visits the slots that have passed. Adding, deleting and
 * moving on to the next due time are O(1). Every due time of an endless item is
 * first + n * interval exactly; none is merged, none comes twice. A counted item
 * owes all its attempts: one that leaves an interval late moves the rest of them,
 * an interval after it and on. 40 bytes an item.
 *
 * One thread. The calls of a walk may add and delete, the visited item too.
 */
#ifndef SCHED_CALENDAR_H
#define SCHED_CALENDAR_H

#include <stdint.h>

#define CALENDAR_SLOT_NS     1000000ll
#define CALENDAR_PATIENCE_NS 1000000000ll

struct calendar;

/* What a walk asks and tells; `attempt` counts from the item's first_attempt. */
struct calendar_calls {
	/* May one attempt leave now? No: the walk stops here and goes on where it stopped. */
	int (*may_send)(void *arg);
	void (*send)(void *arg, uint32_t index, uint32_t attempt, int64_t due_ns);
	/* The next attempt of an endless item is due as well, so this one will never be sent. */
	void (*skip)(void *arg, uint32_t index, uint32_t attempt, int64_t due_ns);
	void *arg;
};

enum calendar_stop {
	CALENDAR_DONE, /* all that was due has been sent or skipped */
	CALENDAR_WAIT, /* may_send() said no */
	CALENDAR_MORE, /* the budget is used up: walk again */
};

/**
 * calendar_new() - room for items 0..@max_items - 1; memory is touched as far as it is used.
 * @ret: the caller owns it and calls calendar_free().
 * Return: 0, -EINVAL (no items, or over 2^30) or -ENOMEM.
 */
int calendar_new(struct calendar **ret, uint32_t max_items, int64_t now_ns);
void calendar_free(struct calendar *calendar);

/**
 * calendar_phased() - the first due time at or after @now_ns on the phase of @id: SipHash with a
 * fixed key modulo the interval, counted on the monotonic clock, so that neighbours land far
 * apart and a restart keeps the phase for as long as the host is up.
 */
int64_t calendar_phased(uint64_t id, int64_t interval_ns, int64_t now_ns);

/**
 * calendar_add() - due at @first_due_ns and every @interval_ns after it.
 * @interval_ns: at least a slot.
 * @count: attempts, then it leaves by itself; 0: for ever.
 * Return: 0, -EEXIST, -ENOSPC (index out of range), -EINVAL (interval or due time).
 */
int calendar_add(struct calendar *calendar, uint32_t index, int64_t interval_ns,
		 int64_t first_due_ns, uint32_t first_attempt, uint32_t count);

/** calendar_delete() - no-op when it is not there. */
void calendar_delete(struct calendar *calendar, uint32_t index);

/** calendar_count() - items that still will be due. */
uint32_t calendar_count(const struct calendar *calendar);

/** calendar_rate() - attempts per second of all items together, in millionths. */
uint64_t calendar_rate(const struct calendar *calendar);

/**
 * calendar_walk() - send or skip all that is due at @now_ns.
 *
 * An attempt of an endless item is skipped when the one after it is due too; those of a counted
 * one are sent however late. While may_send() says no, items wait in the order of their slots;
 * those that have waited CALENDAR_PATIENCE_NS make way for the ones behind them, so that skips are
 * reported in time even when far too much is asked.
 * @budget: items to deal with at most, so that a walk after a stall lets others have their turn.
 */
enum calendar_stop calendar_walk(struct calendar *calendar, int64_t now_ns,
				 const struct calendar_calls *calls, unsigned budget);

/**
 * calendar_next() - when to walk again: @floor_ns if anything is due by then, else the first due
 * time, else @until_ns.
 */
int64_t calendar_next(const struct calendar *calendar, int64_t floor_ns, int64_t until_ns);

#endif /* SCHED_CALENDAR_H */
