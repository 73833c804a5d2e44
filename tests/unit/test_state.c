// SPDX-License-Identifier: GPL-2.0 OR MIT
/* States follow runs of attempts as the drawing in state.h says. */
#include "domain/state.c"

#include "../tap.h"

static uint8_t feed(struct state *state, unsigned class, int times)
{
	while (times--)
		state_close(state, class);
	return state->now;
}

int main(void)
{
	struct state s;

	state_init(&s);
	ok(s.now == BOARD_PENDING, "begins pending");
	ok(feed(&s, RESULT_OK, 1) == BOARD_UP, "the first answer: up");
	ok(feed(&s, RESULT_LOST, 2) == BOARD_UP, "two losses change nothing");
	ok(feed(&s, RESULT_NOT_SENT, 2) == BOARD_UP, "local failures neither");
	ok(feed(&s, RESULT_LOST, 1) == BOARD_DOWN, "the third loss in a row: down");
	ok(feed(&s, RESULT_OK, 1) == BOARD_DOWN, "one answer is not enough");
	ok(feed(&s, RESULT_LATE, 1) == BOARD_DOWN && feed(&s, RESULT_OK, 1) == BOARD_DOWN,
	   "a late one breaks the run");
	ok(feed(&s, RESULT_OK, 1) == BOARD_UP, "two in a row: up");
	ok(feed(&s, RESULT_OK, 1) == BOARD_DEGRADED, "but lossy: degraded");
	ok(feed(&s, RESULT_OK, 26) == BOARD_DEGRADED && feed(&s, RESULT_OK, 8) == BOARD_UP,
	   "healed when the losses have gone by");
	ok(feed(&s, RESULT_RESOLVE_ERROR, 3) == BOARD_UNKNOWN, "three local failures: unknown");
	ok(feed(&s, RESULT_OK, 1) == BOARD_UP, "and back by one answer");
	state_init(&s);
	ok(feed(&s, RESULT_LOST, 2) == BOARD_PENDING && feed(&s, RESULT_LOST, 1) == BOARD_DOWN,
	   "never answered: pending, then down");
	return tap_done();
}
