/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ping_progress.h - one line on a terminal that tells how a long run is getting on.
 *
 * On standard error, several times a second, only when that is a terminal; never in pipes.
 */
#ifndef CMD_PING_PROGRESS_H
#define CMD_PING_PROGRESS_H

#include "cmd/ping_tally.h"

struct ping_progress {
	int is_on;
	int is_shown;
	int64_t start_ns, end_ns, next_ns; /* end_ns 0: never */
	uint64_t attempts;                 /* in all; 0: no end */
};

/**
 * ping_progress_start() - from @start_ns, with the end expected at @end_ns or never (0).
 * @is_wanted: lines of results would only be disturbed by it.
 */
void ping_progress_start(struct ping_progress *progress, int is_wanted, int64_t start_ns,
			 int64_t end_ns, uint64_t attempts);

/** ping_progress_turn() - show it again when it is time. */
void ping_progress_turn(struct ping_progress *progress, const struct ping_tally *tally,
			int64_t now_ns);

/** ping_progress_end() - take the line away. */
void ping_progress_end(struct ping_progress *progress);

#endif /* CMD_PING_PROGRESS_H */
