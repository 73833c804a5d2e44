/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * loop.h - one io_uring and what waits on it: sends, descriptors, timers.
 *
 * A loop belongs to one thread. Each turn submits everything queued, waits for
 * completions or the next timer, and dispatches. A completion's user_data is
 * kind:8 generation:24 slot:32; a stale generation is dropped, so an object may
 * be released while the kernel still works on it. Ring: SINGLE_ISSUER,
 * DEFER_TASKRUN, SUBMIT_ALL, fixed files, registered ring descriptor; fewer of
 * them where the kernel is older. Linux 6.0 is the oldest that will do.
 *
 * Any callback may call anything here but loop_turn(), loop_run(), loop_free().
 *
 * The only code that sees liburing.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct loop;

/**
 * loop_new() - set up the ring. Call it in the thread that will run it.
 * @ret: the caller owns it and calls loop_free().
 * Return: 0, -ENOSYS or -EPERM (io_uring too old, or refused by the kernel or a seccomp filter),
 * -ENOMEM.
 */
int loop_new(struct loop **ret);

/** loop_refusal() - what loop_new() returned, in a sentence for people. Nothing stands in for io_uring. */
const char *loop_refusal(int err);

/** loop_free() - close the ring; queued work is dropped. NULL is a no-op. */
void loop_free(struct loop *loop);

/** loop_now() - CLOCK_MONOTONIC ns, read once at the start of this turn's dispatch. */
int64_t loop_now(const struct loop *loop);

/** loop_run() - turn until loop_stop(). Return: 0 or the -errno that ended it. */
int loop_run(struct loop *loop);

/** loop_turn() - one turn, waiting at most until @deadline_ns. Return: 0 or -errno. */
int loop_turn(struct loop *loop, int64_t deadline_ns);

/** loop_stop() - loop_run() returns after this turn. */
void loop_stop(struct loop *loop);

/* What happened inside, for metrics. */
struct loop_counts {
	uint64_t turns;
	uint64_t sends, sends_failed;
	uint64_t
		overflows; /* turns that found more completions than the ring holds; none is lost */
};

/** loop_counts() - since the start. The pointer lives as long as the loop. */
const struct loop_counts *loop_counts(const struct loop *loop);

/* A timer lives in its owner's object; zero it before first use. */
struct loop_timer {
	void (*fn)(struct loop_timer *timer, int64_t now_ns);
	int64_t at_ns;
	uint32_t place; /* heap index + 1; 0: not armed */
};

/** loop_arm() - fire once at @at_ns (in the past: next turn); re-arming moves it. 0 or -ENOMEM. */
int loop_arm(struct loop *loop, struct loop_timer *timer, int64_t at_ns);

/** loop_disarm() - no-op when not armed. */
void loop_disarm(struct loop *loop, struct loop_timer *timer);

typedef void (*loop_ready_fn)(void *arg, int fd, unsigned events);

/**
 * loop_watch() - call @fn whenever @fd has one of @events (POLLIN, POLLOUT; POLLERR and POLLHUP
 * always), once a turn for as long as it has (level-triggered). Watching the same descriptor
 * again replaces events, function and argument. A descriptor closed without loop_unwatch() gives
 * one last call with POLLNVAL.
 * Return: 0, -EBADF (negative), -ENOMEM, -EBUSY (the ring cannot take it even after submitting).
 */
int loop_watch(struct loop *loop, int fd, unsigned events, loop_ready_fn fn, void *arg);

/** loop_unwatch() - before the descriptor is closed; no-op when not watched. */
void loop_unwatch(struct loop *loop, int fd);

/* Completion of a send that failed; successful ones are silent (IOSQE_CQE_SKIP_SUCCESS). */
typedef void (*loop_failed_fn)(void *arg, uint32_t cookie, int error);

/**
 * loop_socket() - register a socket as a fixed file for loop_send().
 * @failed: called in a later dispatch with the cookie of the send and -errno.
 * Return: handle >= 0, -ENOSPC (1024 are in use) or -errno. The descriptor stays the caller's and may be closed after
 * loop_socket_drop().
 */
int loop_socket(struct loop *loop, int fd, loop_failed_fn failed, void *arg);

/** loop_socket_drop() - forget the handle; sends in flight finish silently. */
void loop_socket_drop(struct loop *loop, int handle);

/**
 * loop_send() - queue one datagram; it leaves at the next submit, in order. Never waits: a full
 * socket buffer fails with -EAGAIN.
 * @buf, @to: copied by the kernel at submission, so they must stay until loop_submit() or the end
 * of the turn.
 * @to: NULL for a connected or bound socket, @to_len 0 then.
 * @cookie: any number of 24 bits; given back on failure.
 * Return: 0, -EBADF (no such handle), -EBUSY when the ring cannot take it even after submitting.
 */
int loop_send(struct loop *loop, int handle, const void *buf, size_t len, const struct sockaddr *to,
	      socklen_t to_len, uint32_t cookie);

/**
 * loop_submit() - hand over all that is queued now; costs nothing when nothing is.
 * Return: number submitted, nothing is queued any more; or -errno.
 */
int loop_submit(struct loop *loop);

/**
 * loop_signals() - block @n signals in this thread and deliver them as calls (signalfd). Once a
 * loop; threads started later inherit the block.
 * Return: 0, -EBUSY (called before) or -errno.
 */
int loop_signals(struct loop *loop, const int *signals, unsigned n,
		 void (*fn)(void *arg, int signal), void *arg);

#endif /* LOOP_LOOP_H */
