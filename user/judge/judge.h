/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * judge.h - the thread that owns registry and state.
 *
 * Results come in by one ring, become rows of the board, events and samples,
 * and go out to the writer by another; it never waits for the disk. Commands
 * come by socket: judge -> writer commits and syncs -> judge applies -> answer.
 */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include <stdint.h>

#include "base/ring.h"
#include "domain/board.h"
#include "domain/check.h"
#include "domain/order.h"

/* The ends of the rings the judge works between; it owns none of them. eventfds wake the reader
 * of a ring once a batch. */
struct judge_options {
	struct board *board;
	struct ring *results; /* struct result, from the probe thread */
	int results_event;
	struct ring *flow_orders; /* struct flow_order, to the probe thread */
	int flow_event;
	struct ring *samples;      /* struct sample, to the writer */
	struct ring *store_orders; /* struct store_order, to the writer */
	struct ring *store_done;   /* struct store_order, from the writer */
	int store_event;           /* wakes the writer */
	int done_event;            /* wakes the judge: something in store_done */
	int commands;              /* our end of the SOCK_SEQPACKET pair */
	uint64_t rate_cap;         /* explicit cap, probes/s; 0: twice the configured rate */
	uint32_t epoch;            /* number of this start, for samples */
};

struct judge;

/**
 * judge_new() - Return: 0, -ENOMEM.
 * judge_load() - before the thread starts: take @n checks that are durable already (from the
 *   configuration and the store); copies them.
 *   Return: 0, -EEXIST (an id twice), -ENOSPC, -E2BIG (rate above the explicit cap), -ENOMEM.
 * judge_start()/judge_stop() - the thread; stop drains the results ring first.
 */
int judge_new(struct judge **ret, const struct judge_options *options);
int judge_load(struct judge *judge, const struct check *checks, uint32_t n);
int judge_start(struct judge *judge);
void judge_stop(struct judge *judge);
void judge_free(struct judge *judge);

#endif /* JUDGE_JUDGE_H */
