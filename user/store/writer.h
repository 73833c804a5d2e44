/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * writer.h - the thread that owns LMDB writes.
 *
 * Samples are committed and synced each interval, store orders at once (all that
 * wait together in one commit). When the disk refuses, samples queue up to a
 * bound, then the oldest go and are counted on the board; it tries again by
 * itself, and reopens after MDB_PANIC.
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <stdint.h>

#include "base/ring.h"
#include "domain/board.h"
#include "domain/repository.h"

struct writer_options {
	struct repository *repository;
	struct board *board;
	struct ring *samples;       /* struct sample, from the judge */
	struct ring *orders;        /* struct store_order (domain/order.h) */
	struct ring *done;          /* struct store_order, back to the judge */
	int wake_event;             /* wakes us */
	int done_event;             /* we wake the judge */
	int64_t commit_interval_ns; /* default 1 s */
	uint32_t queue_max;         /* samples kept while the disk refuses; 0: 1,048,576 */
};

struct writer;

int writer_start(struct writer **ret, const struct writer_options *options);

/** writer_stop() - drain the rings, commit, end the thread, free. Loses nothing the disk takes. */
void writer_stop(struct writer *writer);

#endif /* STORE_WRITER_H */
