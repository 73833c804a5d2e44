// SPDX-License-Identifier: GPL-2.0 OR MIT
/* daemon.c - the contract is in daemon.h. */
#include "cmd/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/ring.h"
#include "cmd/discover.h"
#include "cmd/probe_thread.h"
#include "cmd/reconcile.h"
#include "cmd/version.h"
#include "domain/board.h"
#include "domain/order.h"
#include "judge/judge.h"
#include "store/store.h"
#include "store/writer.h"

/* Records. Results and samples: what the busiest second brings while the reader is held up; the
 * rest: changes under way at a time. */
#define RESULTS      (1u << 17)
#define SAMPLES      (1u << 18)
#define FLOW_ORDERS  4096
#define STORE_ORDERS 1024
#define PATIENCE_NS  (500 * NS_PER_MS)
#define LOCKED_NS    (5 * NS_PER_SEC) /* a predecessor that is ending needs less */

enum wake {
	WAKE_RESULTS,
	WAKE_FLOWS,
	WAKE_STORE,
	WAKE_DONE,
	WAKE_MAX,
};

struct daemon {
	struct daemon_options options;
	struct repository *repository;
	struct board *board;
	struct ring *results, *samples, *flow_orders, *store_orders, *store_done;
	int wake[WAKE_MAX];
	int commands[2]; /* web's end, judge's end */
	struct reconciled checks;
	uint32_t epoch;
	struct writer *writer;
	struct probe_thread *probe;
	struct judge *judge;
	struct api *api;
};

static int make_borders(struct daemon *d)
{
	int err = board_new(&d->board, d->options.max_checks);

	if (!err) {
		board_set(d->board, BOARD_CONFIG_OK, 1);
		err = ring_new(&d->results, RESULTS, sizeof(struct result));
	}
	if (!err)
		err = ring_new(&d->samples, SAMPLES, sizeof(struct sample));
	if (!err)
		err = ring_new(&d->flow_orders, FLOW_ORDERS, sizeof(struct flow_order));
	if (!err)
		err = ring_new(&d->store_orders, STORE_ORDERS, sizeof(struct store_order));
	if (!err)
		err = ring_new(&d->store_done, STORE_ORDERS, sizeof(struct store_order));
	for (int i = 0; !err && i < WAKE_MAX; i++) {
		d->wake[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		err = d->wake[i] < 0 ? -errno : 0;
	}
	if (!err &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, d->commands))
		err = -errno;
	return err;
}

/* Whoever was told to start us anew may not have waited for the last one's end. */
static int open_repository(struct daemon *d, const struct store_options *options, char *notice,
			   unsigned notice_bytes)
{
	struct timespec pause = { .tv_nsec = 20 * NS_PER_MS };
	int64_t until_ns = clock_now_ns() + LOCKED_NS;
	char quoted[LOG_QUOTED];
	int err = store_open(&d->repository, options, notice, notice_bytes);

	if (err == -EBUSY)
		log_event(LOG_INFO, "waiting for another sonde to end", "dir=%s",
			  log_quote(options->dir, quoted, sizeof(quoted)));
	while (err == -EBUSY && clock_now_ns() < until_ns) {
		nanosleep(&pause, NULL);
		err = store_open(&d->repository, options, notice, notice_bytes);
	}
	return err;
}

static int open_store(struct daemon *d, char *why, unsigned why_bytes)
{
	const struct config *config = d->options.config;
	struct store_options options = { .dir = config->data_dir,
					 .journal_bytes = config->journal_bytes };
	char notice[512] = "", quoted[LOG_QUOTED];
	int err = open_repository(d, &options, notice, sizeof(notice));

	if (*notice)
		log_event(LOG_WARN, "store", "notice=%s",
			  log_quote(notice, quoted, sizeof(quoted)));
	if (!err)
		err = store_next_epoch(d->repository, &d->epoch);
	if (!err)
		err = reconcile_checks(d->repository, config->checks, config->nchecks, &d->checks);
	if (err)
		snprintf(why, why_bytes, "%s: %s", config->data_dir,
			 *notice ? notice : strerror(-err));
	return err;
}

static int start_writer(struct daemon *d)
{
	struct writer_options options = { .repository = d->repository,
					  .board = d->board,
					  .samples = d->samples,
					  .orders = d->store_orders,
					  .done = d->store_done,
					  .wake_event = d->wake[WAKE_STORE],
					  .done_event = d->wake[WAKE_DONE],
					  .commit_interval_ns =
						  d->options.config->commit_interval_ns };

	return writer_start(&d->writer, &options);
}

static int start_probe(struct daemon *d, char *why, unsigned why_bytes)
{
	const struct config *config = d->options.config;
	struct probe_thread_options options = {
		.board = d->board,
		.results = d->results,
		.results_event = d->wake[WAKE_RESULTS],
		.flow_orders = d->flow_orders,
		.flow_event = d->wake[WAKE_FLOWS],
		.engine = { .rx = (enum engine_rx)config->rx,
			    .tc = (enum kern_tc)config->tc,
			    .slot_bits = config->slot_bits,
			    .guard_fd = d->options.guard_fd,
			    .dns_servers = config->dns_servers },
		.max_flows = d->options.max_checks,
	};

	return probe_thread_start(&d->probe, &options, why, why_bytes);
}

static int start_judge(struct daemon *d, char *why, unsigned why_bytes)
{
	struct judge_options options = { .board = d->board,
					 .results = d->results,
					 .results_event = d->wake[WAKE_RESULTS],
					 .flow_orders = d->flow_orders,
					 .flow_event = d->wake[WAKE_FLOWS],
					 .samples = d->samples,
					 .store_orders = d->store_orders,
					 .store_done = d->store_done,
					 .store_event = d->wake[WAKE_STORE],
					 .done_event = d->wake[WAKE_DONE],
					 .commands = d->commands[1],
					 .rate_cap = d->options.config->rate_cap,
					 .epoch = d->epoch };
	int err = judge_new(&d->judge, &options);

	if (!err)
		err = judge_load(d->judge, d->checks.checks, d->checks.n);
	if (err == -ENOSPC)
		snprintf(why, why_bytes, "%u checks are more than --max-checks %u", d->checks.n,
			 d->options.max_checks);
	else if (err == -E2BIG)
		snprintf(why, why_bytes,
			 "with the checks added by the API the rate would exceed rate_cap");
	if (!err)
		err = judge_start(d->judge);
	return err;
}

static int start_api(struct daemon *d, char *why, unsigned why_bytes)
{
	const struct config *config = d->options.config;
	struct api_options options = { .board = d->board,
				       .repository = d->repository,
				       .commands = d->commands[0],
				       .listen = (const char *const *)config->listen,
				       .nlisten = config->nlisten,
				       .hosts = (const char *const *)config->hosts,
				       .nhosts = config->nhosts,
				       .token = d->options.token,
				       .tls_cert = config->tls_cert,
				       .tls_key = config->tls_key,
				       .suggest = discover_suggestions,
				       .rate_cap = config->rate_cap,
				       .version = version_text() };

	return api_start(&d->api, &options, why, why_bytes);
}

int daemon_start(struct daemon **ret, const struct daemon_options *options, char *why,
		 unsigned why_bytes)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int err;

	*why = '\0';
	if (!d)
		return -ENOMEM;
	d->options = *options;
	d->commands[0] = d->commands[1] = -1;
	for (int i = 0; i < WAKE_MAX; i++)
		d->wake[i] = -1;
	err = make_borders(d);
	if (!err)
		err = open_store(d, why, why_bytes);
	if (!err)
		err = start_writer(d);
	if (!err)
		err = start_probe(d, why, why_bytes);
	if (!err)
		err = start_judge(d, why, why_bytes);
	if (!err)
		err = start_api(d, why, why_bytes);
	if (err) {
		if (!*why)
			snprintf(why, why_bytes, "%s", strerror(-err));
		daemon_stop(d);
		return err;
	}
	*ret = d;
	return 0;
}

static void close_borders(struct daemon *d)
{
	for (int i = 0; i < WAKE_MAX; i++)
		if (d->wake[i] >= 0)
			close(d->wake[i]);
	for (int i = 0; i < 2; i++)
		if (d->commands[i] >= 0)
			close(d->commands[i]);
	ring_free(d->results);
	ring_free(d->samples);
	ring_free(d->flow_orders);
	ring_free(d->store_orders);
	ring_free(d->store_done);
	board_free(d->board);
}

/* Orders the probe thread did not live to take. */
static void drop_flow_orders(struct daemon *d)
{
	struct flow_order order;

	while (d->flow_orders && ring_pop(d->flow_orders, &order, 1)) {
		if (order.check)
			check_clear(order.check);
		free(order.check);
	}
}

void daemon_stop(struct daemon *d)
{
	if (!d)
		return;
	if (d->api)
		api_stop(d->api);
	probe_thread_stop(d->probe, PATIENCE_NS);
	if (d->judge)
		judge_stop(d->judge);
	if (d->writer)
		writer_stop(d->writer);
	judge_free(d->judge);
	drop_flow_orders(d);
	reconciled_clear(&d->checks);
	if (d->repository)
		d->repository->ops->close(d->repository);
	close_borders(d);
	free(d);
}

int daemon_origin(const struct daemon *d, char *text, size_t room)
{
	return api_origin(d->api, text, room);
}

const char *daemon_rx(const struct daemon *d)
{
	return probe_thread_rx(d->probe);
}

uint32_t daemon_checks(const struct daemon *d)
{
	return d->checks.n;
}
