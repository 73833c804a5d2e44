/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* ping_tally.h - what is known of each target so far, and of all together. */
#ifndef CMD_PING_TALLY_H
#define CMD_PING_TALLY_H

#include <stdint.h>

#include "base/hist.h"
#include "domain/result.h"

/* Small, for there may be a million of them. */
struct ping_target_tally {
	uint32_t attempts;
	uint32_t unsent, dropped; /* of them: never reached the network; answer lost in our ring */
	uint32_t answers;
	int64_t min_ns, max_ns, sum_ns; /* of the answers' RTTs */
};

struct ping_tally {
	struct ping_target_tally *of; /* by target */
	uint32_t count;
	struct result_sums sums;
	struct hist rtt_ns; /* of answers */
	unsigned stamps;    /* bit 1 << enum result_stamp of each stamp seen */
};

/** ping_tally_new() - for @count targets. Return: 0 or -ENOMEM. */
int ping_tally_new(struct ping_tally **ret, uint32_t count);
void ping_tally_free(struct ping_tally *tally);

/** ping_tally_add() - one result of any kind. */
void ping_tally_add(struct ping_tally *tally, const struct result *result);

/** ping_tally_sent() - attempts that reached the network: all but the local classes, and dropped. */
uint64_t ping_tally_sent(const struct ping_tally *tally);

/** ping_tally_answered() - targets with at least one answer. */
uint32_t ping_tally_answered(const struct ping_tally *tally);

/** ping_target_mean_ns() - of the answers; -1 without any. */
int64_t ping_target_mean_ns(const struct ping_target_tally *of);

/** ping_target_loss() - percent, rounded down as fping does; 100 only when nothing came back. -1 when
 * nothing has left. */
int ping_target_loss(const struct ping_target_tally *of);

#endif /* CMD_PING_TALLY_H */
