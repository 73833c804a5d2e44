// SPDX-License-Identifier: GPL-2.0 OR MIT
/* state.c - the contract is in state.h. */
#include "domain/state.h"

#include "domain/board.h"
#include "domain/result.h"

enum state_outcome {
	STATE_ANSWERED,
	STATE_FAILED,
};

void state_init(struct state *state)
{
	*state = (struct state){ .now = BOARD_PENDING };
}

static void remember(struct state *state, int answered, int local)
{
	state->recent = state->recent << 1 | (uint32_t)answered;
	state->recent_local = state->recent_local << 1 | (uint32_t)local;
	if (state->attempts < UINT32_MAX)
		state->attempts++;
}

/* Attempts of the last 32 that were lost on the network. */
static int recent_lost(const struct state *state)
{
	uint32_t known = state->attempts >= 32 ? UINT32_MAX : (1u << state->attempts) - 1;

	return __builtin_popcount(known & ~state->recent & ~state->recent_local);
}

static uint8_t close_local(struct state *state)
{
	if (state->local_run < UINT8_MAX)
		state->local_run++;
	if (state->local_run >= STATE_FAIL)
		state->now = BOARD_UNKNOWN;
	return state->now;
}

static uint8_t judge_run(const struct state *state)
{
	int lost = recent_lost(state);

	if (state->outcome == STATE_FAILED && state->run >= STATE_FAIL)
		return BOARD_DOWN;
	if (state->now == BOARD_DOWN)
		return state->outcome == STATE_ANSWERED && state->run >= STATE_RECOVER ? BOARD_UP
										       : BOARD_DOWN;
	if (state->now == BOARD_PENDING)
		return state->outcome == STATE_ANSWERED ? BOARD_UP : BOARD_PENDING;
	if (state->now == BOARD_UP && lost >= STATE_DEGRADED_LOST)
		return BOARD_DEGRADED;
	if (state->now == BOARD_DEGRADED && lost <= STATE_HEALED_LOST)
		return BOARD_UP;
	return state->now;
}

uint8_t state_close(struct state *state, unsigned class)
{
	int local = result_is_local(class);
	uint8_t outcome = class == RESULT_OK ? STATE_ANSWERED : STATE_FAILED;

	remember(state, class == RESULT_OK, local);
	if (local)
		return close_local(state);
	state->local_run = 0;
	if (state->now == BOARD_UNKNOWN)
		state->now = BOARD_PENDING;
	if (state->outcome != outcome)
		state->run = 0;
	state->outcome = outcome;
	if (state->run < UINT8_MAX)
		state->run++;
	state->now = judge_run(state);
	return state->now;
}
