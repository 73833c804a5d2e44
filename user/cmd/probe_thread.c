// SPDX-License-Identifier: GPL-2.0 OR MIT
/* probe_thread.c - the contract is in probe_thread.h. */
#include "cmd/probe_thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/order.h"

#define ORDERS_A_TURN     1024 /* adding a hundred thousand flows must not hold up probes */
#define BEAT_NS           (50 * NS_PER_MS)
#define AT_ONCE_SPREAD_NS (500 * NS_PER_MS) /* many added together must not leave together */

struct probe_thread {
	struct probe_thread_options options;
	struct loop *loop;
	struct prober *prober;
	struct loop_timer beat;
	int64_t published_ns;
	int64_t stop_by_ns; /* 0: not stopping */
	int64_t patience_ns;
	int has_results; /* since the judge was last woken */
	int stop_event;
	pthread_t thread;
	sem_t is_up;
	int err;
	char why[256];
};

static void on_result(void *arg, const struct result *result)
{
	struct probe_thread *t = arg;

	/* a full ring counts its own losses; the judge publishes them */
	ring_push(t->options.results, result);
	t->has_results = 1;
}

static void publish(struct probe_thread *t, int64_t now_ns)
{
	struct board *board = t->options.board;
	struct kern *kern = engine_kern(prober_engine(t->prober));
	struct hist lateness;

	if (now_ns - t->published_ns < NS_PER_SEC)
		return;
	t->published_ns = now_ns;
	prober_lateness(t->prober, &lateness);
	board_set(board, BOARD_LATENESS_US, lateness.max);
	board_set(board, BOARD_RING_NO_ROOM, kern_counter(kern, SONDE_COUNT_NO_ROOM));
	board_set(board, BOARD_FOREIGN, kern_counter(kern, SONDE_COUNT_FOREIGN_ECHO));
}

static void on_turn(void *arg, int64_t now_ns)
{
	struct probe_thread *t = arg;

	if (t->has_results)
		eventfd_write(t->options.results_event, 1);
	t->has_results = 0;
	board_beat(t->options.board, BOARD_HEART_PROBE, now_ns);
	board_add(t->options.board, BOARD_TICKS, 1);
	publish(t, now_ns);
	if (t->stop_by_ns &&
	    (now_ns >= t->stop_by_ns || !engine_in_flight(prober_engine(t->prober))))
		loop_stop(t->loop);
}

static void add_flow(struct probe_thread *t, const struct flow_order *order)
{
	struct check *check = order->check;
	struct flow_spec spec = { .index = order->index,
				  .generation = order->generation,
				  .id = check->id,
				  .icmp = check->icmp,
				  .interval_ns = check->interval_ns,
				  .timeout_ns = check->timeout_ns,
				  .late_ns = check->late_ns };

	/* from then on it keeps that phase; after a restart it has its own again */
	if (order->at_once)
		spec.first_due_ns = loop_now(t->loop) + (int64_t)(check->id % AT_ONCE_SPREAD_NS);
	snprintf(spec.target, sizeof(spec.target), "%s", check->target);
	/* the table was sized with the registry; memory alone can be short, and then the check
	 * stays pending, which is what is true of it */
	(void)prober_add(t->prober, &spec);
	check_clear(check);
	free(check);
}

static void on_orders(void *arg, int fd, unsigned events)
{
	struct probe_thread *t = arg;
	struct flow_order order;
	eventfd_t value;
	int n = 0;

	(void)events;
	eventfd_read(fd, &value);
	while (n++ < ORDERS_A_TURN && ring_pop(t->options.flow_orders, &order, 1)) {
		if (order.type == FLOW_ADD)
			add_flow(t, &order);
		else if (order.type == FLOW_DELETE)
			prober_delete(t->prober, order.index, order.generation);
		else
			prober_set_cap(t->prober, order.rate_cap);
	}
	if (n > ORDERS_A_TURN)
		eventfd_write(fd, 1); /* the rest next turn */
}

static void on_stop(void *arg, int fd, unsigned events)
{
	struct probe_thread *t = arg;
	eventfd_t value;

	(void)events;
	eventfd_read(fd, &value);
	prober_finish(t->prober);
	t->stop_by_ns = loop_now(t->loop) + t->patience_ns;
}

/* Nothing due for long must not look like a hang. */
static void on_beat(struct loop_timer *timer, int64_t now_ns)
{
	struct probe_thread *t = (void *)((char *)timer - offsetof(struct probe_thread, beat));

	on_turn(t, now_ns);
	loop_arm(t->loop, timer, now_ns + BEAT_NS);
}

static int set_up(struct probe_thread *t)
{
	struct prober_options options = { .engine = t->options.engine,
					  .max_flows = t->options.max_flows,
					  .on_turn = on_turn,
					  .arg = t };
	int err = loop_new(&t->loop);

	if (err) {
		snprintf(t->why, sizeof(t->why), "%s", loop_refusal(err));
		return err;
	}
	options.engine.on_result = on_result;
	options.engine.arg = t;
	err = prober_new(&t->prober, t->loop, &options, t->why, sizeof(t->why));
	if (!err)
		err = loop_watch(t->loop, t->options.flow_event, POLLIN, on_orders, t);
	if (!err)
		err = loop_watch(t->loop, t->stop_event, POLLIN, on_stop, t);
	if (!err)
		err = loop_arm(t->loop, &t->beat, clock_now_ns());
	if (err && !*t->why)
		snprintf(t->why, sizeof(t->why), "%s", strerror(-err));
	return err;
}

static void *probe_main(void *arg)
{
	struct probe_thread *t = arg;

	t->beat.fn = on_beat;
	t->err = set_up(t);
	sem_post(&t->is_up);
	if (!t->err) {
		t->err = loop_run(t->loop);
		if (t->err) {
			log_event(LOG_ERROR, "the probe thread has ended", "error=\"%s\"",
				  strerror(-t->err));
			/* a daemon that no longer measures must not look alive; the guardian starts anew */
			abort();
		}
	}
	prober_free(t->prober);
	loop_free(t->loop);
	return NULL;
}

int probe_thread_start(struct probe_thread **ret, const struct probe_thread_options *options,
		       char *why, unsigned why_bytes)
{
	struct probe_thread *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->options = *options;
	sem_init(&t->is_up, 0, 0);
	t->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = t->stop_event < 0 ? -errno : -pthread_create(&t->thread, NULL, probe_main, t);
	if (err) {
		snprintf(why, why_bytes, "%s", strerror(-err));
		goto fail;
	}
	pthread_setname_np(t->thread, "sonde-probe");
	while (sem_wait(&t->is_up))
		;
	err = t->err;
	if (err) {
		pthread_join(t->thread, NULL);
		snprintf(why, why_bytes, "%s", t->why);
		goto fail;
	}
	*ret = t;
	return 0;
fail:
	if (t->stop_event >= 0)
		close(t->stop_event);
	free(t);
	return err;
}

const char *probe_thread_rx(const struct probe_thread *t)
{
	return engine_rx_name(prober_engine(t->prober));
}

void probe_thread_stop(struct probe_thread *t, int64_t patience_ns)
{
	if (!t)
		return;
	t->patience_ns = patience_ns;
	/* the write orders patience_ns before the thread's read of the event */
	eventfd_write(t->stop_event, 1);
	pthread_join(t->thread, NULL);
	sem_destroy(&t->is_up);
	close(t->stop_event);
	free(t);
}
