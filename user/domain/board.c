// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * board.c - the shared table; the contract is in board.h.
 *
 * Rows and events are written word by word with relaxed atomics between two
 * bumps of their sequence count, so that a reader's copy races with nothing in
 * the sense of C11; no fences, which the thread sanitizer does not model.
 */
#include "domain/board.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

#define BOARD_MAGIC 0x736f6e64626f6131ull
#define ROWS_MAX    4194304u
#define LINE_WORDS  8

/* 64 bytes as the readers see them. The first word of a row holds sequence and generation. */
struct line {
	_Atomic uint64_t word[LINE_WORDS];
};

struct shared {
	uint64_t magic;
	uint64_t epoch;
	uint32_t rows;
	_Atomic uint32_t tick;
	_Atomic uint64_t last_event;
	_Alignas(64) _Atomic uint64_t counter[BOARD_COUNTER_MAX];
	_Alignas(64) _Atomic int64_t heart[BOARD_HEART_MAX];
	_Alignas(64) struct line event[BOARD_EVENTS];
	struct line row[];
};

struct board {
	struct shared *shared;
	size_t bytes;
	int fd;
	int owns_fd;
};

static size_t bytes_of(uint32_t rows)
{
	return sizeof(struct shared) + (size_t)rows * sizeof(struct line);
}

int board_new(struct board **ret, uint32_t rows)
{
	struct board *b;
	int err;

	if (!rows || rows > ROWS_MAX)
		return -EINVAL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->bytes = bytes_of(rows);
	b->owns_fd = 1;
	b->shared = MAP_FAILED;
	b->fd = memfd_create("sonde-board", MFD_CLOEXEC);
	if (b->fd < 0 || ftruncate(b->fd, (off_t)b->bytes))
		goto fail;
	b->shared = mmap(NULL, b->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, 0);
	if (b->shared == MAP_FAILED)
		goto fail;
	b->shared->magic = BOARD_MAGIC;
	b->shared->rows = rows;
	err = random_bytes(&b->shared->epoch, sizeof(b->shared->epoch));
	if (err) {
		board_free(b);
		return err;
	}
	*ret = b;
	return 0;
fail:
	err = -errno;
	board_free(b);
	return err;
}

int board_attach(struct board **ret, int fd)
{
	struct board *b;
	struct stat st;
	int err;

	if (fstat(fd, &st))
		return -errno;
	if ((size_t)st.st_size < sizeof(struct shared))
		return -EINVAL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->fd = fd;
	b->bytes = (size_t)st.st_size;
	b->shared = mmap(NULL, b->bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (b->shared == MAP_FAILED) {
		err = -errno;
		free(b);
		return err;
	}
	if (b->shared->magic != BOARD_MAGIC || bytes_of(b->shared->rows) != b->bytes) {
		board_free(b);
		return -EINVAL;
	}
	*ret = b;
	return 0;
}

int board_fd(const struct board *board)
{
	return board->fd;
}

void board_free(struct board *board)
{
	if (!board)
		return;
	if (board->shared != MAP_FAILED)
		munmap(board->shared, board->bytes);
	if (board->owns_fd && board->fd >= 0)
		close(board->fd);
	free(board);
}

uint32_t board_rows(const struct board *board)
{
	return board->shared->rows;
}

/*
 * The count sits in the low half of a row's first word. Odd: being written. Each store is a
 * release, so a reader that sees any new word also sees the odd count before it.
 */
void board_write_row(struct board *board, uint32_t index, const struct board_row *row)
{
	struct line *line = &board->shared->row[index];
	uint64_t words[LINE_WORDS], first;
	uint32_t sequence;

	memcpy(words, row, sizeof(words));
	first = atomic_load_explicit(&line->word[0], memory_order_relaxed);
	sequence = (uint32_t)first;
	atomic_store_explicit(&line->word[0], (first & ~0xffffffffull) | (uint32_t)(sequence + 1),
			      memory_order_relaxed);
	for (int i = 1; i < LINE_WORDS; i++)
		atomic_store_explicit(&line->word[i], words[i], memory_order_release);
	/* release: every word is in place before the count is even again */
	atomic_store_explicit(&line->word[0],
			      (words[0] & ~0xffffffffull) | (uint32_t)(sequence + 2),
			      memory_order_release);
}

/* Copy until the count was even and the same before and after. */
static void read_line(const struct line *line, uint64_t *words)
{
	uint64_t before, after;

	do {
		/* acquire: pairs with the writer's last store */
		before = atomic_load_explicit(&line->word[0], memory_order_acquire);
		for (int i = 1; i < LINE_WORDS; i++)
			words[i] = atomic_load_explicit(&line->word[i], memory_order_acquire);
		after = atomic_load_explicit(&line->word[0], memory_order_relaxed);
	} while ((before & 1) || before != after);
	words[0] = before;
}

int board_read_row(const struct board *board, uint32_t index, struct board_row *ret)
{
	uint64_t words[LINE_WORDS];

	if (index >= board->shared->rows)
		return -EINVAL;
	read_line(&board->shared->row[index], words);
	memcpy(ret, words, sizeof(*ret));
	return 0;
}

uint32_t board_tick(const struct board *board)
{
	return atomic_load_explicit(&board->shared->tick, memory_order_acquire);
}

void board_next_tick(struct board *board)
{
	uint32_t tick = atomic_load_explicit(&board->shared->tick, memory_order_relaxed);

	atomic_store_explicit(&board->shared->tick, tick + 1, memory_order_release);
}

void board_emit(struct board *board, const struct board_event *event)
{
	uint64_t sequence =
		atomic_load_explicit(&board->shared->last_event, memory_order_relaxed) + 1;
	struct line *line = &board->shared->event[sequence & (BOARD_EVENTS - 1)];
	uint64_t words[LINE_WORDS];

	memcpy(words, event, sizeof(words));
	/* 0 while being written; a reader of the old or the new number sees neither */
	atomic_store_explicit(&line->word[0], 0, memory_order_relaxed);
	for (int i = 1; i < LINE_WORDS; i++)
		atomic_store_explicit(&line->word[i], words[i], memory_order_release);
	atomic_store_explicit(&line->word[0], sequence, memory_order_release);
	atomic_store_explicit(&board->shared->last_event, sequence, memory_order_release);
}

uint64_t board_last_event(const struct board *board)
{
	return atomic_load_explicit(&board->shared->last_event, memory_order_acquire);
}

int board_read_event(const struct board *board, uint64_t sequence, struct board_event *ret)
{
	const struct line *line = &board->shared->event[sequence & (BOARD_EVENTS - 1)];
	uint64_t words[LINE_WORDS], after;

	if (!sequence || sequence > board_last_event(board))
		return -EAGAIN;
	words[0] = atomic_load_explicit(&line->word[0], memory_order_acquire);
	for (int i = 1; i < LINE_WORDS; i++)
		words[i] = atomic_load_explicit(&line->word[i], memory_order_acquire);
	after = atomic_load_explicit(&line->word[0], memory_order_relaxed);
	if (words[0] != sequence || after != sequence)
		return -ESTALE;
	memcpy(ret, words, sizeof(*ret));
	return 0;
}

uint64_t board_epoch(const struct board *board)
{
	return board->shared->epoch;
}

void board_add(struct board *board, unsigned counter, uint64_t n)
{
	atomic_fetch_add_explicit(&board->shared->counter[counter], n, memory_order_relaxed);
}

void board_set(struct board *board, unsigned counter, uint64_t value)
{
	atomic_store_explicit(&board->shared->counter[counter], value, memory_order_relaxed);
}

uint64_t board_get(const struct board *board, unsigned counter)
{
	return atomic_load_explicit(&board->shared->counter[counter], memory_order_relaxed);
}

void board_beat(struct board *board, unsigned heart, int64_t now_ns)
{
	atomic_store_explicit(&board->shared->heart[heart], now_ns, memory_order_relaxed);
}

int64_t board_beat_age_ns(const struct board *board, unsigned heart, int64_t now_ns)
{
	return now_ns - atomic_load_explicit(&board->shared->heart[heart], memory_order_relaxed);
}

const char *board_state_name(unsigned state)
{
	static const char *const names[] = {
		[BOARD_FREE] = "free", [BOARD_PENDING] = "pending",
		[BOARD_UP] = "up",     [BOARD_DEGRADED] = "degraded",
		[BOARD_DOWN] = "down", [BOARD_UNKNOWN] = "unknown",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}
