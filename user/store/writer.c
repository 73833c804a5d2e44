// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * writer.c - the thread that owns LMDB writes; the contract is in writer.h.
 *
 * A turn: wait, take what the rings hold, carry out orders, commit samples when
 * it is time. Samples leave the queue only after they are durable.
 */
#include "store/writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/order.h"
#include "store/queue.h"

#define TURN_MS     50 /* at most; a heart beat is due each 100 ms */
#define INTERVAL_NS NS_PER_SEC
#define QUEUE_MAX   (1u << 20)
#define ORDERS_MAX  1024  /* in one commit */
#define POP_MAX     256   /* samples at once */
#define DRAIN_MAX   65536 /* samples a turn, so that orders do not wait for ever */
#define BATCH_MAX   65536 /* samples a commit */
#define BATCH_MIN   256
#define TRIES_MAX   3 /* of an order, and of the last commit */

struct writer {
	struct writer_options options;
	pthread_t thread;
	_Atomic int is_stopping;
	struct queue queue;
	struct store_order orders[ORDERS_MAX];
	uint32_t norders, nreturned; /* taken, and of those already given back */
	uint32_t batch;    /* samples in a commit: halved by failure, doubled by success */
	int64_t commit_ns; /* next one of samples */
	int failing;       /* errno that has been logged */
};

static void report(struct writer *w, int err)
{
	struct board *board = w->options.board;

	board_add(board, err ? BOARD_STORE_ERRORS : BOARD_STORE_COMMITS, 1);
	board_set(board, BOARD_STORE_LAST_ERROR, (uint64_t)-err);
	if (err && w->failing != -err)
		log_event(LOG_ERROR, "store cannot commit, results wait in memory",
			  "error=\"%s\" queued=%u", strerror(-err), w->queue.n);
	if (!err && w->failing)
		log_event(LOG_INFO, "store commits again", "queued=%u", w->queue.n);
	w->failing = -err;
	if (!err)
		board_set(board, BOARD_STORE_BYTES,
			  w->options.repository->ops->used_bytes(w->options.repository));
}

static int commit(struct writer *w)
{
	int err = w->options.repository->ops->commit(w->options.repository);

	report(w, err);
	return err;
}

static void show_queue(struct writer *w)
{
	board_set(w->options.board, BOARD_STORE_QUEUED,
		  w->queue.n + (uint64_t)ring_count(w->options.samples));
}

/* Return: samples taken. */
static uint32_t drain_samples(struct writer *w)
{
	struct sample samples[POP_MAX];
	uint64_t forgotten = 0;
	uint32_t n, taken = 0;

	while (taken < DRAIN_MAX && (n = ring_pop(w->options.samples, samples, POP_MAX))) {
		forgotten += queue_push(&w->queue, samples, n);
		taken += n;
	}
	if (forgotten)
		board_add(w->options.board, BOARD_STORE_DROPPED, forgotten);
	return taken;
}

/* The oldest samples, as many as a commit takes. Return: 0 or -errno; they stay queued then. */
static int commit_batch(struct writer *w)
{
	struct repository *r = w->options.repository;
	const struct sample *samples;
	uint32_t n = 0, part;
	int err = -ENOMEM;

	while (n < w->batch && (part = queue_peek(&w->queue, n, &samples))) {
		if (part > w->batch - n)
			part = w->batch - n;
		if (r->ops->append(r, samples, part))
			break;
		n += part;
	}
	/* Without memory for all of them those that went in are tried, the rest later. */
	if (n)
		err = commit(w);
	if (err) {
		w->batch = w->batch / 2 > BATCH_MIN ? w->batch / 2 : BATCH_MIN;
		return err;
	}
	queue_drop(&w->queue, n);
	board_add(w->options.board, BOARD_STORE_SAMPLES, n);
	w->batch = w->batch < BATCH_MAX / 2 ? w->batch * 2 : BATCH_MAX;
	return 0;
}

static void commit_samples(struct writer *w, int64_t now_ns)
{
	uint32_t left = w->queue.n;

	if (now_ns < w->commit_ns)
		return;
	w->commit_ns = now_ns + w->options.commit_interval_ns;
	/* What came meanwhile is for the next interval. */
	while (left) {
		uint32_t before = w->queue.n;

		if (commit_batch(w))
			return;
		left -= left < before - w->queue.n ? left : before - w->queue.n;
		board_beat(w->options.board, BOARD_HEART_WRITER, clock_now_ns());
	}
}

static int apply_order(struct writer *w, struct store_order *order)
{
	struct repository *r = w->options.repository;

	switch (order->type) {
	case STORE_PUT:
		return r->ops->put_check(r, order->check);
	case STORE_DELETE:
		return r->ops->delete_check(r, order->id);
	default:
		return -EINVAL;
	}
}

/* One that cannot even be prepared fails alone; the commit is everybody's. */
static void run_orders(struct writer *w)
{
	int err = -EAGAIN;

	for (int try = 0; err && try < TRIES_MAX; try++) {
		for (uint32_t i = 0; i < w->norders; i++)
			w->orders[i].error = apply_order(w, &w->orders[i]);
		err = commit(w);
	}
	for (uint32_t i = 0; err && i < w->norders; i++)
		if (!w->orders[i].error)
			w->orders[i].error = err == -ENOSPC ? -ENOSPC : -EIO;
}

/* Give answers back; what does not fit now waits for the next turn. */
static void return_orders(struct writer *w)
{
	uint32_t before = w->nreturned;

	while (w->nreturned < w->norders && !ring_push(w->options.done, &w->orders[w->nreturned]))
		w->nreturned++;
	if (w->nreturned != before)
		eventfd_write(w->options.done_event, 1);
	if (w->nreturned == w->norders)
		w->norders = w->nreturned = 0;
}

static void take_orders(struct writer *w)
{
	return_orders(w);
	while (!w->norders) {
		w->norders = ring_pop(w->options.orders, w->orders, ORDERS_MAX);
		if (!w->norders)
			return;
		run_orders(w);
		return_orders(w);
	}
}

static void wait_for_work(struct writer *w)
{
	struct pollfd pfd = { .fd = w->options.wake_event, .events = POLLIN };
	int64_t until_commit_ms = (w->commit_ns - clock_now_ns()) / NS_PER_MS + 1;
	int ms = TURN_MS;
	eventfd_t count;

	if (w->queue.n && until_commit_ms < ms)
		ms = until_commit_ms > 0 ? (int)until_commit_ms : 0;
	if (poll(&pfd, 1, ms) > 0)
		eventfd_read(w->options.wake_event, &count);
}

static void finish(struct writer *w)
{
	int tries = 0;

	while (drain_samples(w) == DRAIN_MAX)
		;
	take_orders(w);
	/* Nobody fetches answers any more; what was ordered is done nevertheless. */
	while (ring_count(w->options.orders)) {
		w->norders = w->nreturned = 0;
		take_orders(w);
	}
	while (w->queue.n && tries < TRIES_MAX)
		tries = commit_batch(w) ? tries + 1 : 0;
	if (w->queue.n) {
		board_add(w->options.board, BOARD_STORE_DROPPED, w->queue.n);
		log_event(LOG_ERROR, "results lost at the end, the disk takes none", "lost=%u",
			  w->queue.n);
	}
	queue_clear(&w->queue);
	show_queue(w);
}

static void *run(void *arg)
{
	struct writer *w = arg;

	w->commit_ns = clock_now_ns() + w->options.commit_interval_ns;
	/* acquire: what the stopping thread pushed before is seen by finish() */
	while (!atomic_load_explicit(&w->is_stopping, memory_order_acquire)) {
		int64_t now_ns = clock_now_ns();

		board_beat(w->options.board, BOARD_HEART_WRITER, now_ns);
		drain_samples(w);
		take_orders(w);
		commit_samples(w, now_ns);
		show_queue(w);
		wait_for_work(w);
	}
	finish(w);
	return NULL;
}

int writer_start(struct writer **ret, const struct writer_options *options)
{
	struct writer *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->options = *options;
	if (w->options.commit_interval_ns <= 0)
		w->options.commit_interval_ns = INTERVAL_NS;
	w->batch = BATCH_MAX;
	queue_init(&w->queue, options->queue_max ? options->queue_max : QUEUE_MAX);
	err = pthread_create(&w->thread, NULL, run, w);
	if (err) {
		free(w);
		return -err;
	}
	*ret = w;
	return 0;
}

void writer_stop(struct writer *writer)
{
	/* release: pairs with the acquire in run() */
	atomic_store_explicit(&writer->is_stopping, 1, memory_order_release);
	eventfd_write(writer->options.wake_event, 1);
	pthread_join(writer->thread, NULL);
	free(writer);
}
