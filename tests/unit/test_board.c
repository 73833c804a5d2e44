// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The board: rows read whole while they are written, events that are never wrong. */
#include "domain/board.c"

#include <pthread.h>

#include "../tap.h"

#define ROUNDS 200000

static struct board *board;
static _Atomic int done;

/* Every word of a row carries the same number. */
static void *write_rows(void *arg)
{
	struct board_row row = { 0 };

	for (uint32_t i = 1; i <= ROUNDS; i++) {
		row.generation = i;
		row.id = i;
		row.sent_wall_ns = i;
		row.rtt_ns = i;
		row.attempts = row.lost = i;
		row.recent = row.recent_local = i;
		board_write_row(board, 3, &row);
		board_emit(board, &(struct board_event){ .id = i, .wall_ns = i, .row = i });
	}
	atomic_store(&done, 1);
	return arg;
}

static void test_rows_and_events(void)
{
	struct board_event event;
	struct board_row row;
	unsigned torn = 0, torn_events = 0, reads = 0;
	pthread_t thread;

	pthread_create(&thread, NULL, write_rows, NULL);
	while (!atomic_load(&done)) {
		board_read_row(board, 3, &row);
		torn += row.generation != row.id || (uint64_t)row.rtt_ns != row.id ||
			row.attempts != row.recent_local || row.attempts != row.generation;
		if (!board_read_event(board, board_last_event(board), &event))
			torn_events += event.sequence != event.id || event.row != event.id;
		reads++;
	}
	pthread_join(thread, NULL);
	ok(reads && !torn, "%u reads of a row under writing, none torn", reads);
	ok(!torn_events, "no event torn");
	ok(board_read_event(board, 1, &event) == -ESTALE, "an overwritten event is told");
	ok(board_read_event(board, ROUNDS + 1, &event) == -EAGAIN, "a future one too");
}

static void test_second_mapping(void)
{
	struct board_row row;
	struct board *reader;

	ok(!board_attach(&reader, board_fd(board)), "a second mapping opens");
	ok(!board_read_row(reader, 3, &row) && row.id == ROUNDS, "and sees the rows");
	board_add(board, BOARD_ATTEMPTS, 5);
	ok(board_get(reader, BOARD_ATTEMPTS) == 5, "and the counters");
	ok(board_epoch(reader) == board_epoch(board), "and the epoch");
	ok(board_read_row(reader, 64, &row) == -EINVAL, "a row beyond the table is refused");
	board_free(reader);
}

int main(void)
{
	ok(board_new(&board, 0) == -EINVAL, "no rows: refused");
	ok(!board_new(&board, 64), "a board of 64 rows");
	test_rows_and_events();
	test_second_mapping();
	board_free(board);
	return tap_done();
}
