// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * loop.c - the ring and its turn. The contract is in loop.h.
 *
 * Completions are copied out of the ring before any is dispatched: a callback
 * may submit, and what the kernel then completes must find room.
 */
#include "loop/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "loop/inside.h"

#define SQ_ENTRIES 1024
#define CQ_ENTRIES 4096

/* Best first; the later ones serve kernels before 6.1. */
static const unsigned setups[] = {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
	IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL,
	0,
};

#define SETUPS (sizeof(setups) / sizeof(setups[0]))

static int setup_ring(struct io_uring *ring, unsigned sq_entries, unsigned cq_entries,
		      unsigned first)
{
	struct io_uring_params params;
	int err = -EINVAL;

	for (unsigned i = first; err == -EINVAL && i < SETUPS; i++) {
		params = (struct io_uring_params){ .flags = setups[i] | IORING_SETUP_CQSIZE,
						   .cq_entries = cq_entries };
		err = io_uring_queue_init_params(sq_entries, ring, &params);
	}
	return err;
}

/* SEND_ZC came with 6.0, together with SEND's address and multishot recvmsg, which no other
 * question reveals. */
static int is_capable(struct io_uring *ring)
{
	const unsigned needs = IORING_FEAT_CQE_SKIP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG;
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	int capable = probe && io_uring_opcode_supported(probe, IORING_OP_SEND_ZC) &&
		      (ring->features & needs) == needs;

	io_uring_free_probe(probe);
	return capable;
}

/* The kernel takes no more fixed files than the process may open. */
static int reserve_files(struct loop *loop)
{
	struct rlimit limit = { LOOP_SOCKETS_MAX, LOOP_SOCKETS_MAX };

	getrlimit(RLIMIT_NOFILE, &limit);
	loop->nsockets =
		limit.rlim_cur < LOOP_SOCKETS_MAX ? (unsigned)limit.rlim_cur : LOOP_SOCKETS_MAX;
	return io_uring_register_files_sparse(&loop->ring, loop->nsockets);
}

/* @first: of setups[], where to begin. */
static int new_sized(struct loop **ret, unsigned sq_entries, unsigned cq_entries, unsigned first)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int err;

	if (!loop)
		return -ENOMEM;
	err = setup_ring(&loop->ring, sq_entries, cq_entries, first);
	if (err) {
		free(loop);
		return err;
	}
	loop->signal_fd = -1;
	loop->now_ns = clock_now_ns();
	loop->done_room = 2 * cq_entries;
	loop->done = calloc(loop->done_room, sizeof(*loop->done));
	err = !loop->done ? -ENOMEM : !is_capable(&loop->ring) ? -ENOSYS : reserve_files(loop);
	if (err) {
		loop_free(loop);
		return err;
	}
	/* saves a lookup a call; without it everything works */
	io_uring_register_ring_fd(&loop->ring);
	*ret = loop;
	return 0;
}

int loop_new(struct loop **ret)
{
	return new_sized(ret, SQ_ENTRIES, CQ_ENTRIES, 0);
}

const char *loop_refusal(int err)
{
	switch (-err) {
	case ENOSYS:
		return "sonde cannot do without io_uring: it is older here than Linux 6.0, "
		       "or a seccomp profile hides it";
	case EPERM:
	case EACCES:
		return "sonde cannot do without io_uring: it is forbidden here, "
		       "by kernel.io_uring_disabled or a seccomp profile";
	case ENOMEM:
		return "no memory for an io_uring: see ulimit -l";
	}
	return strerror(-err);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	signals_free(loop);
	io_uring_queue_exit(&loop->ring);
	watch_free(loop);
	timer_free(loop);
	free(loop->done);
	free(loop);
}

int64_t loop_now(const struct loop *loop)
{
	return loop->now_ns;
}

const struct loop_counts *loop_counts(const struct loop *loop)
{
	return &loop->counts;
}

/* Copy out what is there, as far as there is room. */
static void reap(struct loop *loop)
{
	struct io_uring_cqe *cqe;
	unsigned head, taken = 0;

	io_uring_for_each_cqe(&loop->ring, head, cqe)
	{
		if (loop->ndone == loop->done_room)
			break;
		loop->done[loop->ndone++] =
			(struct completion){ cqe->user_data, cqe->res, cqe->flags };
		taken++;
	}
	io_uring_cq_advance(&loop->ring, taken);
}

/* One system call; an overflown completion queue makes the kernel refuse new work. */
static int submit_some(struct loop *loop)
{
	int n = io_uring_submit(&loop->ring);

	if (n != -EBUSY && n != -EAGAIN)
		return n;
	reap(loop);
	io_uring_get_events(&loop->ring);
	reap(loop);
	return io_uring_submit(&loop->ring);
}

int loop_submit(struct loop *loop)
{
	int n, sum = 0;

	while (io_uring_sq_ready(&loop->ring)) {
		n = submit_some(loop);
		if (n <= 0)
			return n ? n : -EBUSY;
		sum += n;
	}
	return sum;
}

struct io_uring_sqe *loop_sqe(struct loop *loop)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&loop->ring);

	if (!sqe) {
		loop_submit(loop);
		sqe = io_uring_get_sqe(&loop->ring);
	}
	return sqe;
}

int loop_cancel(struct loop *loop, uint64_t tag)
{
	struct io_uring_sqe *sqe = loop_sqe(loop);

	if (!sqe)
		return -EBUSY;
	io_uring_prep_cancel64(sqe, tag, 0);
	io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
	io_uring_sqe_set_data64(sqe, loop_tag(LOOP_IGNORE, 0, 0));
	return 0;
}

static int wait_until(struct loop *loop, int64_t at_ns)
{
	struct __kernel_timespec timeout;
	struct io_uring_cqe *cqe;
	int64_t wait_ns = at_ns == INT64_MAX ? INT64_MAX : at_ns - clock_now_ns();
	int err;

	if (wait_ns <= 0 || loop->ndone) {
		err = io_uring_submit_and_get_events(&loop->ring);
	} else {
		timeout.tv_sec = wait_ns / NS_PER_SEC;
		timeout.tv_nsec = wait_ns % NS_PER_SEC;
		err = io_uring_submit_and_wait_timeout(
			&loop->ring, &cqe, 1, wait_ns == INT64_MAX ? NULL : &timeout, NULL);
	}
	if (err == -ETIME || err == -EINTR || err == -EBUSY || err == -EAGAIN)
		return 0;
	return err < 0 ? err : 0;
}

static int has_overflow(const struct loop *loop)
{
	return !!(IO_URING_READ_ONCE(*loop->ring.sq.kflags) & IORING_SQ_CQ_OVERFLOW);
}

static void dispatch(struct loop *loop)
{
	static void (*const complete[LOOP_KIND_MAX])(struct loop *, const struct completion *) = {
		[LOOP_WATCH] = watch_complete,
		[LOOP_SEND] = sender_complete,
	};
	struct completion done;
	unsigned kind, i;

	/* loop_submit() in a callback may append; those are served too */
	for (i = 0; i < loop->ndone; i++) {
		done = loop->done[i];
		kind = (unsigned)(done.user_data >> 56);
		/* LIBURING_UDATA_TIMEOUT and its like have every bit set */
		if (kind < LOOP_KIND_MAX && complete[kind])
			complete[kind](loop, &done);
	}
	loop->ndone = 0;
}

int loop_turn(struct loop *loop, int64_t deadline_ns)
{
	int64_t at_ns = timer_next(loop);
	int err;

	if (loop->is_starved) {
		loop->is_starved = 0;
		watch_rearm_all(loop);
	}
	err = wait_until(loop, at_ns < deadline_ns ? at_ns : deadline_ns);
	if (err)
		return err;
	reap(loop);
	loop->counts.turns++;
	/* the kernel keeps what the ring had no room for; the next turn fetches it */
	loop->counts.overflows += has_overflow(loop);
	loop->now_ns = clock_now_ns();
	loop->is_dispatching = 1;
	dispatch(loop);
	timer_fire(loop);
	loop->is_dispatching = 0;
	return 0;
}

int loop_run(struct loop *loop)
{
	int err = 0;

	loop->must_stop = 0;
	while (!err && !loop->must_stop)
		err = loop_turn(loop, INT64_MAX);
	return err;
}

void loop_stop(struct loop *loop)
{
	loop->must_stop = 1;
}
