// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_timer.c - the heap against a plain sorted model. */
#include "loop/timer.c"

#include "../tap.h"

#define TIMERS 2000

static struct loop_timer timers[TIMERS];
static int64_t model[TIMERS]; /* -1: not armed */
static int64_t last_fired;
static unsigned fired, out_of_order, wrong;
static struct loop *the_loop;

static void on_timer(struct loop_timer *timer, int64_t now_ns)
{
	long i = timer - timers;

	out_of_order += timer->at_ns < last_fired;
	wrong += model[i] != timer->at_ns || timer->at_ns > now_ns || timer->place;
	last_fired = timer->at_ns;
	model[i] = -1;
	fired++;
}

static unsigned due_in_model(int64_t now_ns)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TIMERS; i++)
		n += model[i] >= 0 && model[i] <= now_ns;
	return n;
}

static int64_t next_in_model(void)
{
	int64_t next = INT64_MAX;

	for (unsigned i = 0; i < TIMERS; i++)
		if (model[i] >= 0 && model[i] < next)
			next = model[i];
	return next;
}

static void advance(struct loop *loop, int64_t now_ns, unsigned *missed, unsigned *bad_next)
{
	unsigned due = due_in_model(now_ns);

	*bad_next += timer_next(loop) != next_in_model();
	fired = 0;
	last_fired = 0;
	loop->now_ns = now_ns;
	loop->is_dispatching = 1;
	timer_fire(loop);
	loop->is_dispatching = 0;
	*missed += fired != due;
}

static void test_model(struct loop *loop)
{
	unsigned missed = 0, bad_next = 0;
	int64_t now = 0;

	srand(1);
	for (unsigned i = 0; i < TIMERS; i++) {
		timers[i].fn = on_timer;
		model[i] = -1;
	}
	for (unsigned step = 0; step < 50000; step++) {
		unsigned i = (unsigned)rand() % TIMERS;

		if (rand() % 3) {
			model[i] = now + 1 + rand() % 10000;
			loop_arm(loop, &timers[i], model[i]);
		} else {
			loop_disarm(loop, &timers[i]);
			model[i] = -1;
		}
		if (step % 50 == 0)
			advance(loop, now += rand() % 500, &missed, &bad_next);
	}
	advance(loop, now + 20000, &missed, &bad_next);
	ok(!missed, "every due timer fires, no other does");
	ok(!out_of_order && !wrong, "they fire in order, disarmed, at their own time");
	ok(!bad_next, "the next time is the earliest");
	ok(timer_next(loop) == INT64_MAX, "nothing is left");
}

static unsigned again_fired;

static void on_again(struct loop_timer *timer, int64_t now_ns)
{
	(void)now_ns;
	again_fired++;
	loop_arm(the_loop, timer, 5);
}

static void test_rearm_in_past(struct loop *loop)
{
	struct loop_timer timer = { .fn = on_again };

	the_loop = loop;
	loop_arm(loop, &timer, 1);
	for (unsigned turn = 0; turn < 2; turn++) {
		loop->now_ns = 100 + turn;
		loop->is_dispatching = 1;
		timer_fire(loop);
		loop->is_dispatching = 0;
	}
	ok(again_fired == 2, "a timer armed in the past from its own call waits for the next turn");
	ok(timer.at_ns == 5, "and keeps the time it was given");
	loop_disarm(loop, &timer);
	loop_disarm(loop, &timer);
	ok(!timer.place, "disarming twice does no harm");
}

int main(void)
{
	static struct loop loop;

	test_model(&loop);
	test_rearm_in_past(&loop);
	loop_arm(&loop, &timers[0], 1);
	timer_free(&loop);
	ok(!timers[0].place, "freeing disarms");
	return tap_done();
}
