/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * summary.h - the counters of the whole prober as JSON.
 */
#ifndef API_SUMMARY_H
#define API_SUMMARY_H

#include "api/server.h"
#include "base/json.h"

/* How many checks are in each state; a check without a row is pending. */
struct summary_states {
	uint32_t count[BOARD_UNKNOWN + 1];
};

/** summary_states() - count them. */
void summary_count_states(const struct server *server, struct summary_states *ret);

/** summary_sums() - the board's counters as sums of attempts and packets. */
void summary_read_sums(const struct board *board, struct result_sums *ret);

/** summary_write() - one object, in @has_version its version too. */
void summary_write(const struct server *server, struct json *to, int has_version);

#endif /* API_SUMMARY_H */
