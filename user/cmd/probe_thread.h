/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * probe_thread.h - the thread that measures: a prober on its loop, between two rings.
 */
#ifndef CMD_PROBE_THREAD_H
#define CMD_PROBE_THREAD_H

#include <stdint.h>

#include "base/ring.h"
#include "domain/board.h"
#include "sched/prober.h"

struct probe_thread_options {
	struct board *board;
	struct ring *results;     /* struct result, to the judge */
	int results_event;        /* wakes the judge, once a turn */
	struct ring *flow_orders; /* struct flow_order, from the judge */
	int flow_event;
	struct engine_options engine; /* its callbacks are set here */
	uint32_t max_flows;
};

struct probe_thread;

/**
 * probe_thread_start() - start the thread and wait until it can measure.
 * @why: a sentence when it cannot.
 * Return: 0 or -errno.
 */
int probe_thread_start(struct probe_thread **ret, const struct probe_thread_options *options,
		       char *why, unsigned why_bytes);

/** probe_thread_rx() - the rung it measures on: "xdp", "tc", "socket", "clock". */
const char *probe_thread_rx(const struct probe_thread *thread);

/**
 * probe_thread_stop() - schedule nothing more, let what is in flight close for at most
 * @patience_ns, end the thread, free. NULL is a no-op.
 */
void probe_thread_stop(struct probe_thread *thread, int64_t patience_ns);

#endif /* CMD_PROBE_THREAD_H */
