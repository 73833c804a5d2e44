// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_calendar.c - the calendar against a naive model, in virtual time. */
#include "sched/calendar.c"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#include "../tap.h"

#define ITEMS 3000

struct model {
	int64_t due_ns, interval_ns;
	uint32_t attempt, left; /* left 0: not there */
};

struct world {
	struct calendar *calendar;
	struct model model[ITEMS];
	int64_t now_ns;
	int64_t slack_ns; /* a skip may be told so much after the next due time; -1: in that walk */
	int64_t allowance; /* what may_send() grants; -1: everything */
	int is_meddling;
	unsigned sends, skips, wrong, too_late;
};

static uint64_t seed = 1;

static uint64_t draw(uint64_t below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 20) % below;
}

static void add(struct world *world, uint32_t index, int64_t interval_ns, int64_t due_ns,
		uint32_t count)
{
	struct model *model = &world->model[index];
	int err = calendar_add(world->calendar, index, interval_ns, due_ns, 5, count);

	world->wrong += err != (model->left ? -EEXIST : 0);
	if (!err)
		*model = (struct model){ due_ns, interval_ns, 5, count ? count : FOREVER };
}

static void delete (struct world *world, uint32_t index)
{
	calendar_delete(world->calendar, index);
	world->model[index].left = 0;
}

static void add_any(struct world *world)
{
	static const int64_t intervals[] = { 10 * NS_PER_MS,    20 * NS_PER_MS + 1, 99999999,
					     NS_PER_SEC,        1234567891,         5 * NS_PER_SEC,
					     65536 * NS_PER_MS, 86400 * NS_PER_SEC };
	int64_t interval_ns = intervals[draw(sizeof(intervals) / sizeof(intervals[0]))];
	int64_t early_ns = draw(4) ? 0 : (int64_t)draw(3 * NS_PER_SEC);
	int64_t due_ns = world->now_ns - early_ns + (int64_t)draw((uint64_t)interval_ns);

	add(world, (uint32_t)draw(ITEMS), interval_ns, due_ns, draw(3) ? 0 : 1 + (uint32_t)draw(9));
}

/* What callers may do from inside a call. */
static void meddle(struct world *world, uint32_t index)
{
	if (!world->is_meddling)
		return;
	if (!draw(10))
		delete (world, index);
	if (!draw(10))
		delete (world, (uint32_t)draw(ITEMS));
	if (!draw(5))
		add_any(world);
}

static int may_send(void *arg)
{
	struct world *world = arg;

	if (world->allowance < 0)
		return 1;
	return world->allowance && world->allowance--;
}

/* The call must be the model's next attempt of this item. */
static void account(struct world *world, uint32_t index, uint32_t attempt, int64_t due_ns,
		    int is_skip)
{
	struct model *model = &world->model[index];
	int64_t late_ns = world->now_ns - due_ns;
	int is_overtaken = late_ns >= model->interval_ns;
	int must_skip = model->left == FOREVER && is_overtaken;

	world->wrong += !model->left || model->due_ns != due_ns || model->attempt != attempt ||
			late_ns < 0 || is_skip != must_skip;
	world->too_late +=
		world->slack_ns >= 0 && is_skip && late_ns > model->interval_ns + world->slack_ns;
	if (is_overtaken && !must_skip)
		model->due_ns = world->now_ns;
	model->due_ns += model->interval_ns;
	model->attempt++;
	if (model->left != FOREVER)
		model->left--;
	meddle(world, index);
}

static void on_send(void *arg, uint32_t index, uint32_t attempt, int64_t due_ns)
{
	struct world *world = arg;

	world->sends++;
	account(world, index, attempt, due_ns, 0);
}

static void on_skip(void *arg, uint32_t index, uint32_t attempt, int64_t due_ns)
{
	struct world *world = arg;

	world->skips++;
	account(world, index, attempt, due_ns, 1);
}

static enum calendar_stop walk(struct world *world, unsigned budget)
{
	const struct calendar_calls calls = { may_send, on_send, on_skip, world };

	return calendar_walk(world->calendar, world->now_ns, &calls, budget);
}

static unsigned overdue(const struct world *world)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ITEMS; i++)
		n += world->model[i].left && world->model[i].due_ns <= world->now_ns;
	return n;
}

static uint32_t present(const struct world *world)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < ITEMS; i++)
		n += !!world->model[i].left;
	return n;
}

static struct world *new_world(void)
{
	struct world *world = calloc(1, sizeof(*world));

	world->now_ns = 1000 * NS_PER_SEC + 12345;
	world->allowance = -1;
	world->slack_ns = -1;
	if (calendar_new(&world->calendar, ITEMS, world->now_ns))
		abort();
	return world;
}

static void free_world(struct world *world)
{
	calendar_free(world->calendar);
	free(world);
}

/* Without meddling nothing may be left over; with it an item may come behind the walk. */
static void test_model(int is_meddling)
{
	struct world *world = new_world();
	unsigned left_over = 0;

	world->is_meddling = is_meddling;
	for (unsigned step = 0; step < 20000; step++) {
		world->now_ns += (int64_t)draw(draw(1000) ? 12 * NS_PER_MS : 8 * NS_PER_SEC);
		if (step == 10000)
			world->now_ns += 500 * NS_PER_SEC; /* more than a revolution */
		while (walk(world, 100) == CALENDAR_MORE)
			;
		left_over += is_meddling ? 0 : overdue(world);
		for (unsigned i = 0; i < 3; i++)
			draw(2) ? add_any(world) : delete (world, (uint32_t)draw(ITEMS));
	}
	world->is_meddling = 0;
	walk(world, UINT32_MAX);
	walk(world, UINT32_MAX);
	ok(!world->wrong && world->sends > 100000 && world->skips > 10000,
	   "%s: %u sends and %u skips, each once, at its time, in order",
	   is_meddling ? "calls that add and delete" : "random adds and deletes", world->sends,
	   world->skips);
	ok(!left_over && !overdue(world), "nothing due is left behind");
	ok(calendar_count(world->calendar) == present(world), "the count is right");
	for (uint32_t i = 0; i < ITEMS; i++)
		delete (world, i);
	ok(!calendar_count(world->calendar) && !calendar_rate(world->calendar),
	   "after deleting everything nothing is left");
	free_world(world);
}

static void test_count(void)
{
	struct world *world = new_world();

	add(world, 1, 10 * NS_PER_MS, world->now_ns, 3);
	add(world, 2, 10 * NS_PER_MS, world->now_ns, 1);
	world->now_ns += 5 * NS_PER_SEC;
	while (walk(world, 1) == CALENDAR_MORE)
		;
	ok(world->sends == 2 && !world->skips && !world->wrong,
	   "a counted item's attempt is sent, however late");
	world->now_ns += 10 * NS_PER_MS - 1;
	walk(world, 100);
	ok(world->sends == 2, "its next one waits for a whole interval");
	world->now_ns += 1;
	walk(world, 100);
	world->now_ns += 19 * NS_PER_MS;
	walk(world, 100);
	ok(world->sends == 4 && !world->skips && !world->wrong, "and all are sent");
	ok(!calendar_count(world->calendar), "then it leaves by itself");
	add(world, 1, 10 * NS_PER_MS, world->now_ns, 0);
	ok(calendar_count(world->calendar) == 1 && !world->wrong, "its index is free again");
	free_world(world);
}

/* 1,000 items at 1 Hz and 10 at 100 Hz, allowed a quarter of what they ask for. */
static void test_overload(void)
{
	struct world *world = new_world();
	unsigned least = UINT32_MAX, most = 0, attempts;

	world->slack_ns = CALENDAR_PATIENCE_NS + 100 * NS_PER_MS;
	for (uint32_t i = 0; i < 1000; i++)
		add(world, i, NS_PER_SEC, world->now_ns + (int64_t)draw(NS_PER_SEC), 0);
	for (uint32_t i = 1000; i < 1010; i++)
		add(world, i, 10 * NS_PER_MS, world->now_ns, 0);
	world->allowance = 0;
	for (unsigned tick = 0; tick < 20000; tick++) {
		world->now_ns += NS_PER_MS;
		world->allowance = tick % 2 ? 1 : 0;
		while (walk(world, 100) == CALENDAR_MORE)
			;
	}
	for (uint32_t i = 0; i < 1000; i++) {
		attempts = world->model[i].attempt - 5;
		least = attempts < least ? attempts : least;
		most = attempts > most ? attempts : most;
	}
	ok(!world->wrong && world->sends >= 9900 && world->sends <= 10000,
	   "allowed a quarter, a quarter leaves (%u), the rest is skipped (%u)", world->sends,
	   world->skips);
	ok(!world->too_late, "skips are told in time");
	ok(least >= 17 && most <= 20, "every item is dealt with (%u..%u attempts)", least, most);
	world->allowance = -1;
	world->now_ns += NS_PER_MS;
	walk(world, UINT32_MAX);
	ok(!overdue(world), "allowed everything again, it catches up");
	free_world(world);
}

static void test_wait(void)
{
	struct world *world = new_world();

	for (uint32_t i = 0; i < 10; i++)
		add(world, i, NS_PER_SEC, world->now_ns, 0);
	world->allowance = 4;
	ok(walk(world, 100) == CALENDAR_WAIT && world->sends == 4, "not allowed: the walk waits");
	world->now_ns += 100 * NS_PER_MS;
	world->allowance = 6;
	ok(walk(world, 100) == CALENDAR_DONE && world->sends == 10 && !world->skips,
	   "what is allowed within the interval is sent late");
	free_world(world);
}

static void test_next(void)
{
	struct world *world = new_world();
	struct calendar *calendar = world->calendar;
	int64_t now = world->now_ns, until = now + 20 * NS_PER_MS;

	ok(calendar_next(calendar, now, until) == until, "nothing: as late as asked");
	add(world, 0, NS_PER_SEC, now + 7 * NS_PER_MS + 1, 0);
	add(world, 1, 70 * NS_PER_SEC, now + 2 * NS_PER_MS + 65536 * NS_PER_MS, 0);
	ok(calendar_next(calendar, now, until) == now + 7 * NS_PER_MS + 1,
	   "the first due time, not one of a later revolution in an earlier slot");
	ok(calendar_next(calendar, now + 9 * NS_PER_MS, until) == now + 9 * NS_PER_MS,
	   "not before the floor");
	ok(calendar_next(calendar, now, now + NS_PER_MS) == now + NS_PER_MS, "not after the end");
	free_world(world);
}

static void test_phase(void)
{
	unsigned per_slot[1000] = { 0 }, most = 0;
	int64_t now = 5000 * NS_PER_SEC + 77, due, moved = 0, bad = 0;

	for (uint64_t id = 0; id < 100000; id++) {
		due = calendar_phased(id, NS_PER_SEC, now);
		bad += due < now || due >= now + NS_PER_SEC;
		moved += (calendar_phased(id, NS_PER_SEC, now + 3 * NS_PER_SEC + 5) - due) %
			 NS_PER_SEC;
		per_slot[due / NS_PER_MS % 1000]++;
	}
	for (unsigned i = 0; i < 1000; i++)
		most = per_slot[i] > most ? per_slot[i] : most;
	ok(!bad && !moved, "the phase of an id is where it was, whenever one asks");
	ok(most <= 150, "100,000 ids in a row spread: at most %u of 100 in a slot", most);
	ok(calendar_phased(1, NS_PER_SEC, 0) == 478838195, "and it never changes (%lld)",
	   (long long)calendar_phased(1, NS_PER_SEC, 0));
}

static void test_refusals(void)
{
	struct calendar *calendar;

	ok(calendar_new(&calendar, 0, 0) == -EINVAL, "no items");
	ok(!calendar_new(&calendar, 10, 0), "ten items");
	ok(calendar_add(calendar, 10, NS_PER_SEC, 1, 0, 0) == -ENOSPC, "an index out of range");
	ok(calendar_add(calendar, 1, NS_PER_MS - 1, 1, 0, 0) == -EINVAL, "too short an interval");
	ok(calendar_add(calendar, 1, NS_PER_SEC, -1, 0, 0) == -EINVAL, "a negative time");
	calendar_delete(calendar, 10);
	calendar_delete(calendar, 1);
	ok(!calendar_count(calendar), "deleting what is not there does nothing");
	calendar_free(calendar);
	calendar_free(NULL);
}

/* Of this thread alone: the machine may be busy with other things. */
static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

static int always(void *arg)
{
	(void)arg;
	return 1;
}

static void count_call(void *arg, uint32_t index, uint32_t attempt, int64_t due_ns)
{
	(void)index;
	(void)attempt;
	(void)due_ns;
	(*(unsigned *)arg)++;
}

/* A figure for people; what passes or fails is only that everything fires. */
static void test_hundred_thousand(void)
{
	unsigned sent = 0;
	const struct calendar_calls calls = { always, count_call, count_call, &sent };
	struct calendar *calendar;
	int64_t now = 1000 * NS_PER_SEC, began;

	calendar_new(&calendar, 100000, now);
	began = cpu_ns();
	for (uint32_t i = 0; i < 100000; i++)
		calendar_add(calendar, i, NS_PER_SEC, calendar_phased(i, NS_PER_SEC, now), 0, 0);
	printf("# 100,000 flows: %lld ns to add one\n", (long long)(cpu_ns() - began) / 100000);
	ok(calendar_rate(calendar) == 100000000000ull,
	   "100,000 flows at 1 Hz are 100,000 a second");
	began = cpu_ns();
	for (unsigned tick = 0; tick < 10000; tick++)
		calendar_walk(calendar, now += NS_PER_MS, &calls, UINT32_MAX);
	printf("# walked at 1 ms: %lld ns a send\n", (long long)(cpu_ns() - began) / sent);
	ok(sent == 1000000, "in ten seconds each fires ten times (%u)", sent);
	calendar_free(calendar);
}

int main(void)
{
	test_model(0);
	test_model(1);
	test_count();
	test_wait();
	test_overload();
	test_next();
	test_phase();
	test_refusals();
	test_hundred_thousand();
	return tap_done();
}
