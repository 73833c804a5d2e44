// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * prober.c - the tick: walk the calendar, submit, let the engine read its answers. The contract is
 * in prober.h.
 */
#include "sched/prober.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/list.h"
#include "sched/calendar.h"
#include "sched/rate.h"

#define DEFAULT_FLOWS 1000000u
#define TICK_MIN_NS   (1 * NS_PER_MS)
#define TICK_MAX_NS   (20 * NS_PER_MS)
#define DRAIN_NS      (10 * NS_PER_MS) /* answers are read at least this often while any is due */
#define BATCH         128              /* sends a system call */
#define WALK_BUDGET   1024 /* sends and skips a tick; the rest of a backlog waits a turn */

struct tenant {
	uint32_t generation;
	uint32_t is_present;
};

struct prober {
	struct prober_options options;
	struct loop *loop;
	struct engine *engine;
	struct calendar *calendar;
	struct tenant *tenants; /* by index */
	struct rate rate;
	struct loop_timer tick;
	int64_t now_ns;     /* of the batch being sent */
	int64_t tick_at_ns; /* when the latest tick began */
	unsigned batched;   /* sends since the last submit */
	int is_finishing;
	struct hist lateness_us;
};

/* The header's min(r / 250, 100,000 / r) ms, with r in millionths. */
static int64_t tick_length(uint64_t rate)
{
	uint64_t few_ns = rate / 250, many_ns = rate ? 100000000000000000ull / rate : 0;
	int64_t ns = (int64_t)(few_ns < many_ns ? few_ns : many_ns);

	return ns < TICK_MIN_NS ? TICK_MIN_NS : ns > TICK_MAX_NS ? TICK_MAX_NS : ns;
}

static int may_send(void *arg)
{
	struct prober *prober = arg;

	return rate_take(&prober->rate, prober->now_ns);
}

static void submit(struct prober *prober)
{
	loop_submit(prober->loop);
	prober->batched = 0;
	prober->now_ns = clock_now_ns();
}

static void send_one(void *arg, uint32_t index, uint32_t attempt, int64_t due_ns)
{
	struct prober *prober = arg;

	hist_add(&prober->lateness_us, (uint64_t)((prober->now_ns - due_ns) / NS_PER_US));
	engine_send(prober->engine, index, attempt, due_ns);
	if (++prober->batched == BATCH)
		submit(prober);
}

static void skip_one(void *arg, uint32_t index, uint32_t attempt, int64_t due_ns)
{
	struct prober *prober = arg;

	engine_skip(prober->engine, index, attempt, due_ns);
}

static int64_t next_tick(const struct prober *prober, enum calendar_stop stop)
{
	int64_t now_ns = prober->now_ns;
	int64_t floor_ns = prober->tick_at_ns + tick_length(calendar_rate(prober->calendar));
	int64_t until_ns = now_ns + (engine_in_flight(prober->engine) ? DRAIN_NS : TICK_MAX_NS);
	int64_t ready_ns = rate_ready_ns(&prober->rate, now_ns + TICK_MIN_NS);

	if (stop == CALENDAR_MORE)
		return now_ns;
	if (until_ns < floor_ns)
		until_ns = floor_ns;
	if (stop == CALENDAR_WAIT)
		return ready_ns < until_ns ? ready_ns : until_ns;
	return prober->is_finishing ? until_ns
				    : calendar_next(prober->calendar, floor_ns, until_ns);
}

static void on_tick(struct loop_timer *timer, int64_t now_ns)
{
	struct prober *prober = container_of(timer, struct prober, tick);
	const struct calendar_calls calls = { may_send, send_one, skip_one, prober };
	enum calendar_stop stop = CALENDAR_DONE;

	prober->tick_at_ns = prober->now_ns = now_ns;
	if (!prober->is_finishing)
		stop = calendar_walk(prober->calendar, now_ns, &calls, WALK_BUDGET);
	submit(prober);
	/* not a later time: which sends of this tick failed is heard of in the next */
	engine_turn(prober->engine, now_ns);
	if (prober->options.on_turn)
		prober->options.on_turn(prober->options.arg, prober->now_ns);
	/* the heap's room for the timer that just fired is still there: this cannot fail */
	loop_arm(prober->loop, timer, next_tick(prober, stop));
}

static int start(struct prober *prober, char *why, unsigned why_bytes)
{
	int64_t now_ns = clock_now_ns();
	int err;

	err = engine_new(&prober->engine, prober->loop, &prober->options.engine, why, why_bytes);
	if (err)
		return err;
	err = calendar_new(&prober->calendar, prober->options.max_flows, now_ns);
	if (!err)
		prober->tenants = calloc(prober->options.max_flows, sizeof(*prober->tenants));
	if (!err && !prober->tenants)
		err = -ENOMEM;
	rate_set(&prober->rate, prober->options.rate_cap, now_ns);
	if (!err)
		err = loop_arm(prober->loop, &prober->tick, now_ns);
	if (err)
		snprintf(why, why_bytes, "no room for a calendar of %u flows",
			 prober->options.max_flows);
	return err;
}

int prober_new(struct prober **ret, struct loop *loop, const struct prober_options *options,
	       char *why, unsigned why_bytes)
{
	struct prober *prober = calloc(1, sizeof(*prober));
	int err;

	if (!prober) {
		snprintf(why, why_bytes, "out of memory");
		return -ENOMEM;
	}
	prober->loop = loop;
	prober->options = *options;
	prober->tick.fn = on_tick;
	if (!prober->options.max_flows)
		prober->options.max_flows = DEFAULT_FLOWS;
	err = start(prober, why, why_bytes);
	if (err) {
		prober_free(prober);
		return err;
	}
	*ret = prober;
	return 0;
}

void prober_free(struct prober *prober)
{
	if (!prober)
		return;
	loop_disarm(prober->loop, &prober->tick);
	if (prober->engine)
		engine_free(prober->engine);
	calendar_free(prober->calendar);
	free(prober->tenants);
	free(prober);
}

/* A flow that is due before the next tick brings it forward. */
static int hasten(struct prober *prober, int64_t due_ns)
{
	int64_t floor_ns = prober->tick_at_ns + tick_length(calendar_rate(prober->calendar));
	int64_t at_ns = due_ns > floor_ns ? due_ns : floor_ns;

	/* inside the tick itself, the tick's end will see to it */
	if (!prober->tick.place || prober->tick.at_ns <= at_ns)
		return 0;
	return loop_arm(prober->loop, &prober->tick, at_ns);
}

int prober_add(struct prober *prober, const struct flow_spec *spec)
{
	int64_t due_ns;
	int err;

	if (spec->index >= prober->options.max_flows)
		return -ENOSPC;
	if (prober->tenants[spec->index].is_present)
		return -EEXIST;
	if (spec->interval_ns <= 0)
		return -EINVAL;
	due_ns = spec->first_due_ns ? spec->first_due_ns
				    : calendar_phased(spec->id, spec->interval_ns, clock_now_ns());
	err = engine_add(prober->engine, spec);
	if (err)
		return err;
	err = calendar_add(prober->calendar, spec->index, spec->interval_ns, due_ns,
			   spec->first_attempt, spec->count);
	if (err) {
		engine_delete(prober->engine, spec->index);
		return err;
	}
	prober->tenants[spec->index] = (struct tenant){ spec->generation, 1 };
	return hasten(prober, due_ns);
}

void prober_delete(struct prober *prober, uint32_t index, uint32_t generation)
{
	struct tenant *tenant;

	if (index >= prober->options.max_flows)
		return;
	tenant = &prober->tenants[index];
	if (!tenant->is_present || tenant->generation != generation)
		return;
	tenant->is_present = 0;
	calendar_delete(prober->calendar, index);
	engine_delete(prober->engine, index);
}

void prober_set_cap(struct prober *prober, uint64_t per_second)
{
	rate_set(&prober->rate, per_second, clock_now_ns());
}

int prober_is_idle(const struct prober *prober)
{
	return (prober->is_finishing || !calendar_count(prober->calendar)) &&
	       !engine_in_flight(prober->engine) && !engine_late_open(prober->engine);
}

void prober_finish(struct prober *prober)
{
	prober->is_finishing = 1;
}

struct engine *prober_engine(struct prober *prober)
{
	return prober->engine;
}

void prober_lateness(struct prober *prober, struct hist *ret)
{
	*ret = prober->lateness_us;
	hist_reset(&prober->lateness_us);
}
