/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * inside.h - what the files of loop/ share; nobody else includes it.
 *
 * loop.c owns the ring and the turn; each kind of waiting has its file, gets
 * its submission entries from loop_sqe() and its completions by kind.
 */
#ifndef LOOP_INSIDE_H
#define LOOP_INSIDE_H

#include <liburing.h>

#include "loop/loop.h"

/* user_data: kind:8, then 56 bits of the kind's own; for most of them generation:24 slot:32. */
enum loop_kind {
	LOOP_IGNORE, /* cancellations: whatever they say, nobody waits for it */
	LOOP_WATCH,
	LOOP_SEND, /* generation:16 handle:16 cookie:24 */
	LOOP_KIND_MAX,
};

#define LOOP_GENERATION_MASK 0xffffffu
#define LOOP_SOCKETS_MAX     1024 /* fixed files; a handle has 16 bits in user_data */

struct timer_entry {
	int64_t key_ns; /* when it may fire: at_ns, but never in the turn that armed it */
	struct loop_timer *timer;
};

struct timer_heap {
	struct timer_entry *entries; /* binary heap, soonest first */
	uint32_t count, room;
};

struct watch;

struct send_socket {
	loop_failed_fn failed;
	void *arg;
	uint16_t generation;
	uint16_t in_use;
};

struct completion {
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
};

struct loop {
	struct io_uring ring;
	struct completion *done; /* copied out of the ring, waiting for dispatch */
	unsigned ndone, done_room;
	int64_t now_ns;
	int is_dispatching, must_stop;
	int is_starved; /* something could not be re-armed: try at the next turn */
	struct loop_counts counts;
	struct timer_heap timers;
	struct watch *watches; /* by descriptor */
	unsigned nwatches;
	struct send_socket sockets[LOOP_SOCKETS_MAX];
	unsigned nsockets; /* of them usable */
	int signal_fd;     /* -1: none */
	void (*on_signal)(void *arg, int signal);
	void *signal_arg;
};

static inline uint64_t loop_tag(enum loop_kind kind, uint32_t generation, uint32_t slot)
{
	return (uint64_t)kind << 56 | (uint64_t)(generation & LOOP_GENERATION_MASK) << 32 | slot;
}

/** loop_sqe() - a cleared submission entry; submits when the queue is full. NULL: no room even then. */
struct io_uring_sqe *loop_sqe(struct loop *loop);

/** loop_cancel() - end the request with this user_data; its completion comes later. 0 or -EBUSY. */
int loop_cancel(struct loop *loop, uint64_t tag);

/** timer_next() - when the next timer wants to fire; INT64_MAX: none. */
int64_t timer_next(const struct loop *loop);

/** timer_fire() - call all that are due at loop->now_ns; what they arm waits for the next turn. */
void timer_fire(struct loop *loop);

/** timer_free() - disarm all and free the heap. */
void timer_free(struct loop *loop);

/* Completions, by kind. @generation: 24 bits. */
void watch_complete(struct loop *loop, const struct completion *done);
void sender_complete(struct loop *loop, const struct completion *done);

/** watch_rearm_all() - what loop_sqe() refused before. */
void watch_rearm_all(struct loop *loop);

void watch_free(struct loop *loop);
void signals_free(struct loop *loop);

#endif /* LOOP_INSIDE_H */
