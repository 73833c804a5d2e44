// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_prober.c - the prober in virtual time, on a loop and an engine made of counters. */
#define engine_new       fake_engine_new
#define engine_free      fake_engine_free
#define engine_add       fake_engine_add
#define engine_delete    fake_engine_delete
#define engine_send      fake_engine_send
#define engine_skip      fake_engine_skip
#define engine_turn      fake_engine_turn
#define engine_in_flight fake_engine_in_flight
#define engine_late_open fake_engine_late_open
#define engine_kern      fake_engine_kern
#define engine_rx_name   fake_engine_rx_name
#define loop_arm         fake_loop_arm
#define loop_disarm      fake_loop_disarm
#define loop_submit      fake_loop_submit
#define clock_now_ns     fake_clock_now_ns
#include "sched/prober.c"

#include <string.h>

#include "../tap.h"

#define FLOWS 100000

struct engine {
	uint32_t next_attempt[FLOWS];
	uint8_t is_present[FLOWS];
	unsigned sends, skips, wrong, submits, turns, queued, most_queued, ended;
	int64_t latest_ns; /* worst lateness of a send */
	int64_t turn_ns;   /* time of the latest turn */
	int64_t first_send_ns, submit_takes_ns;
	uint32_t in_flight, late_open;
	int add_error;
};

static struct engine engine;
static int64_t now = 1000 * NS_PER_SEC;
static struct loop_timer *armed;
static unsigned ticks;
static int64_t longest_pause_ns, last_turn_ns;

int64_t fake_clock_now_ns(void)
{
	return now;
}

int fake_loop_arm(struct loop *loop, struct loop_timer *timer, int64_t at_ns)
{
	(void)loop;
	timer->at_ns = at_ns;
	timer->place = 1;
	armed = timer;
	return 0;
}

void fake_loop_disarm(struct loop *loop, struct loop_timer *timer)
{
	(void)loop;
	timer->place = 0;
	armed = NULL;
}

int fake_loop_submit(struct loop *loop)
{
	(void)loop;
	engine.submits += engine.queued > 0;
	engine.most_queued =
		engine.queued > engine.most_queued ? engine.queued : engine.most_queued;
	now += engine.queued ? engine.submit_takes_ns : 0;
	engine.queued = 0;
	return 0;
}

int fake_engine_new(struct engine **ret, struct loop *loop, const struct engine_options *options,
		    char *why, unsigned why_bytes)
{
	(void)loop;
	(void)why;
	(void)why_bytes;
	if (options->verdict_pass)
		return -EPERM;
	memset(&engine, 0, sizeof(engine));
	*ret = &engine;
	return 0;
}

void fake_engine_free(struct engine *e)
{
	e->ended++;
}

int fake_engine_add(struct engine *e, const struct flow_spec *spec)
{
	if (e->add_error)
		return e->add_error;
	e->wrong += e->is_present[spec->index];
	e->is_present[spec->index] = 1;
	e->next_attempt[spec->index] = spec->first_attempt;
	return 0;
}

void fake_engine_delete(struct engine *e, uint32_t index)
{
	e->wrong += !e->is_present[index];
	e->is_present[index] = 0;
}

static void account(struct engine *e, uint32_t index, uint32_t attempt)
{
	e->wrong += !e->is_present[index] || e->next_attempt[index] != attempt;
	e->next_attempt[index] = attempt + 1;
}

void fake_engine_send(struct engine *e, uint32_t index, uint32_t attempt, int64_t due_ns)
{
	e->sends++;
	e->queued++;
	if (!e->first_send_ns)
		e->first_send_ns = now;
	e->latest_ns = now - due_ns > e->latest_ns ? now - due_ns : e->latest_ns;
	account(e, index, attempt);
}

void fake_engine_skip(struct engine *e, uint32_t index, uint32_t attempt, int64_t due_ns)
{
	e->skips++;
	e->wrong += due_ns > now;
	account(e, index, attempt);
}

void fake_engine_turn(struct engine *e, int64_t now_ns)
{
	e->turns++;
	e->turn_ns = now_ns;
	e->wrong += e->queued || now_ns > now;
}

uint32_t fake_engine_in_flight(const struct engine *e)
{
	return e->in_flight;
}

uint32_t fake_engine_late_open(const struct engine *e)
{
	return e->late_open;
}

static void on_turn(void *arg, int64_t now_ns)
{
	ticks += *(int *)arg;
	if (last_turn_ns && now_ns - last_turn_ns > longest_pause_ns)
		longest_pause_ns = now_ns - last_turn_ns;
	last_turn_ns = now_ns;
}

static struct prober *new_prober(uint64_t cap, uint32_t max_flows)
{
	static int one = 1;
	struct prober_options options = {
		.rate_cap = cap, .max_flows = max_flows, .on_turn = on_turn, .arg = &one
	};
	struct prober *prober = NULL;
	char why[100];

	ticks = 0;
	longest_pause_ns = last_turn_ns = 0;
	if (prober_new(&prober, NULL, &options, why, sizeof(why)))
		abort();
	return prober;
}

/* Let the timer fire until @until_ns; the loop wakes a little late, as loops do. */
static void run_until(int64_t until_ns)
{
	struct loop_timer *timer = armed;

	while (timer->at_ns <= until_ns) {
		if (timer->at_ns > now)
			now = timer->at_ns;
		now += 1000;
		timer->place = 0;
		timer->fn(timer, now);
	}
	now = until_ns;
}

static int add_flow(struct prober *prober, uint32_t index, int64_t interval_ns, int64_t due_ns,
		    uint32_t count)
{
	struct flow_spec spec = { .index = index,
				  .generation = 3,
				  .id = index,
				  .interval_ns = interval_ns,
				  .first_due_ns = due_ns,
				  .count = count };

	return prober_add(prober, &spec);
}

/* @n flows at 1 Hz for ten seconds. */
static void test_rate_of(uint32_t n, int64_t latest_ns, unsigned least_batch, unsigned most_batch)
{
	struct prober *prober = new_prober(0, n);
	struct hist *lateness = calloc(1, sizeof(*lateness));
	int64_t began = now;
	unsigned batch;

	for (uint32_t i = 0; i < n; i++)
		add_flow(prober, i, NS_PER_SEC, 0, 0);
	run_until(began + 10 * NS_PER_SEC);
	ok(!engine.wrong && !engine.skips && engine.sends <= 10 * n &&
		   engine.sends >= 10 * n - n / 40,
	   "%u flows: %u sends in ten seconds, none skipped", n, engine.sends);
	batch = engine.sends / engine.submits;
	ok(engine.latest_ns <= latest_ns && batch >= least_batch && batch <= most_batch &&
		   engine.most_queued <= BATCH,
	   "at most %lld us late, %u a call", (long long)(engine.latest_ns / 1000), batch);
	prober_lateness(prober, lateness);
	ok(lateness->count == engine.sends && lateness->max == (uint64_t)engine.latest_ns / 1000,
	   "lateness is measured");
	prober_lateness(prober, lateness);
	ok(!lateness->count, "and begins anew");
	free(lateness);
	prober_free(prober);
}

static void test_idle(void)
{
	struct prober *prober = new_prober(0, 10);

	run_until(now + NS_PER_SEC);
	ok(ticks >= 50 && ticks <= 60 && longest_pause_ns < 21 * NS_PER_MS,
	   "with nothing to do there is a tick every 20 ms (%u)", ticks);
	engine.in_flight = 1;
	ticks = 0;
	run_until(now + NS_PER_SEC);
	ok(ticks >= 98 && ticks <= 102, "every 10 ms while something is in flight (%u)", ticks);
	ok(!prober_is_idle(prober), "which is not idle");
	engine.in_flight = 0;
	engine.late_open = 1;
	ok(!prober_is_idle(prober), "nor is a late window");
	engine.late_open = 0;
	ok(prober_is_idle(prober), "then it is");
	run_until(armed->at_ns);
	add_flow(prober, 1, NS_PER_SEC, now + 5 * NS_PER_MS, 0);
	ok(!prober_is_idle(prober), "not with a flow");
	ok(armed->at_ns == now + 5 * NS_PER_MS, "which brings the next tick forward");
	run_until(now + NS_PER_SEC);
	ok(engine.sends == 1 && engine.latest_ns < NS_PER_MS, "and is sent at its first due time");
	prober_finish(prober);
	run_until(now + 10 * NS_PER_SEC);
	ok(engine.sends == 1 && prober_is_idle(prober), "finished, nothing is scheduled any more");
	prober_free(prober);
	ok(engine.ended == 1 && !armed, "freed, nothing is left");
}

static void test_stall(void)
{
	struct prober *prober = new_prober(0, 2000);
	unsigned attempts = 0;

	for (uint32_t i = 0; i < 2000; i++)
		add_flow(prober, i, 100 * NS_PER_MS, now + i * 50 * NS_PER_US, 0);
	run_until(now + NS_PER_SEC - 1);
	now += 5 * NS_PER_SEC; /* stopped */
	run_until(now + NS_PER_SEC);
	for (uint32_t i = 0; i < 2000; i++)
		attempts += engine.next_attempt[i];
	ok(!engine.wrong && attempts == engine.sends + engine.skips,
	   "a stall of 5 s: every attempt is sent or skipped, once (%u, %u)", engine.sends,
	   engine.skips);
	ok(attempts >= 2000 * 69 && attempts <= 2000 * 70, "all that were due (%u)", attempts);
	ok(engine.skips >= 2000 * 48 && engine.skips <= 2000 * 50,
	   "what the next attempt overtook is skipped, not sent in a heap");
	prober_free(prober);
}

/* Failed sends of a tick are only heard of in the next: nothing sent in this one may expire in it. */
static void test_slow_submit(void)
{
	struct prober *prober = new_prober(0, 300);

	for (uint32_t i = 0; i < 300; i++)
		add_flow(prober, i, NS_PER_SEC, now + NS_PER_MS, 1);
	engine.submit_takes_ns = 3 * NS_PER_SEC;
	run_until(now + 2 * NS_PER_MS);
	ok(engine.sends == 300 && engine.turns && engine.turn_ns <= engine.first_send_ns,
	   "a turn's time is not after the sends of its own tick");
	prober_free(prober);
}

static void test_late_count(void)
{
	struct prober *prober = new_prober(1000, 200);
	int64_t began = now;

	for (uint32_t i = 0; i < 200; i++)
		add_flow(prober, i, 20 * NS_PER_MS, now + NS_PER_MS, 10);
	run_until(now + 50 * NS_PER_MS);
	now += 5 * NS_PER_SEC; /* stopped */
	run_until(now + 3 * NS_PER_SEC);
	ok(engine.sends == 2000 && !engine.skips && !engine.wrong && prober_is_idle(prober),
	   "counted flows over the cap, and stopped meanwhile: late, but all of them (%u, %u)",
	   engine.sends, engine.skips);
	ok(now - began >= 7 * NS_PER_SEC, "at the cap's pace");
	prober_free(prober);
}

static void test_cap(void)
{
	struct prober *prober = new_prober(500, 100);
	unsigned first;

	for (uint32_t i = 0; i < 100; i++)
		add_flow(prober, i, 100 * NS_PER_MS, 0, 0);
	run_until(now + 10 * NS_PER_SEC);
	ok(!engine.wrong && engine.sends >= 4950 && engine.sends <= 5010,
	   "1,000 a second capped at 500: %u in ten seconds", engine.sends);
	ok(engine.skips >= 4700 && engine.skips <= 5100, "the rest is skipped (%u)", engine.skips);
	first = engine.sends;
	prober_set_cap(prober, 2000);
	run_until(now + 10 * NS_PER_SEC);
	ok(engine.sends - first >= 9990 && engine.sends - first <= 10110,
	   "a cap above the rate, set at run time, cuts nothing (%u)", engine.sends - first);
	prober_free(prober);
}

static void test_burst(void)
{
	struct prober *prober = new_prober(0, 5000);

	for (uint32_t i = 0; i < 5000; i++)
		add_flow(prober, i, NS_PER_SEC, now + 2 * NS_PER_MS, 1);
	run_until(now + 30 * NS_PER_MS);
	ok(engine.sends == 5000 && engine.turns >= 5 && engine.most_queued == BATCH,
	   "5,000 due at once leave in batches, over several turns (%u)", engine.turns);
	ok(prober_is_idle(prober), "counted flows end by themselves");
	ok(add_flow(prober, 7, NS_PER_SEC, 0, 1) == -EEXIST, "but stay known");
	prober_delete(prober, 7, 3);
	ok(!add_flow(prober, 7, NS_PER_SEC, 0, 1), "until they are deleted");
	prober_free(prober);
}

static void test_refusals(void)
{
	struct prober *prober = new_prober(0, 10);
	struct prober_options options = { .engine.verdict_pass = 1 };
	struct prober *none;
	char why[100] = "";

	ok(add_flow(prober, 10, NS_PER_SEC, 0, 0) == -ENOSPC, "too many flows");
	ok(add_flow(prober, 1, 0, 0, 0) == -EINVAL, "no interval");
	ok(add_flow(prober, 1, 100, 0, 0) == -EINVAL && !engine.is_present[1],
	   "too short an interval leaves nothing in the engine");
	engine.add_error = -ENOMEM;
	ok(add_flow(prober, 1, NS_PER_SEC, 0, 0) == -ENOMEM, "the engine's refusal is passed on");
	engine.add_error = 0;
	ok(!add_flow(prober, 1, NS_PER_SEC, 0, 0), "and leaves nothing here");
	ok(add_flow(prober, 1, NS_PER_SEC, 0, 0) == -EEXIST, "one tenant at a time");
	prober_delete(prober, 1, 2);
	ok(engine.is_present[1], "another generation's deletion does nothing");
	prober_delete(prober, 1, 3);
	prober_delete(prober, 1, 3);
	prober_delete(prober, 99, 3);
	run_until(now + 3 * NS_PER_SEC);
	ok(!engine.is_present[1] && !engine.sends && !engine.wrong, "its own ends it");
	prober_free(prober);
	prober_free(NULL);
	ok(prober_new(&none, NULL, &options, why, sizeof(why)) == -EPERM, "no engine, no prober");
}

int main(void)
{
	test_rate_of(100, NS_PER_MS + 1000, 1, 2);
	test_rate_of(1000, 4 * NS_PER_MS + 5000, 3, 6);
	test_rate_of(5000, 20 * NS_PER_MS + 5000, 60, 128);
	test_rate_of(10000, 10 * NS_PER_MS + 5000, 60, 128);
	test_rate_of(100000, NS_PER_MS + 5000, 60, 128);
	test_idle();
	test_stall();
	test_slow_submit();
	test_late_count();
	test_cap();
	test_burst();
	test_refusals();
	return tap_done();
}
