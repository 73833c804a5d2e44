/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * state.h - what a series of attempts says of a target.
 *
 *   PENDING ──first answer──▶ UP ◀──recover answers── DOWN
 *      └──fail failures──▶ DOWN ◀──fail failures── UP, DEGRADED
 *   UP ⇄ DEGRADED by the loss over the recent attempts
 *   any ──fail local failures──▶ UNKNOWN ──anything else──▶ as PENDING
 *
 * Local failures say nothing about the target: they neither count as answers
 * nor break a run of either kind.
 */
#ifndef DOMAIN_STATE_H
#define DOMAIN_STATE_H

#include <stdint.h>

#define STATE_FAIL    3 /* failures in a row until DOWN */
#define STATE_RECOVER 2 /* answers in a row until UP again */
/* DEGRADED from 4 lost of the last 32 attempts (1/8) on, UP again at 1 or none. */
#define STATE_DEGRADED_LOST 4
#define STATE_HEALED_LOST   1

struct state {
	uint8_t now;     /* enum board_state */
	uint8_t run;     /* length of the run below, saturating */
	uint8_t outcome; /* what the run is made of: enum state_outcome */
	uint8_t local_run;
	uint32_t recent;       /* bit i: the attempt i ago was answered */
	uint32_t recent_local; /* bit i: it was local */
	uint32_t attempts;     /* bits that are real, saturating */
};

/** state_init() - PENDING, no history. */
void state_init(struct state *state);

/** state_close() - account one closed attempt; @class is an enum result_class. Returns the new
 * state; compare with the old one to see a change. */
uint8_t state_close(struct state *state, unsigned class);

#endif /* DOMAIN_STATE_H */
