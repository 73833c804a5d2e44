// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * watch.c - readiness of descriptors. The contract is in loop.h.
 *
 * One-shot polls, armed again after each call. A multishot poll would save an
 * entry that costs no system call of its own, but it reports edges: whoever
 * reads once, as c-ares does on TCP, would never hear of the rest.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "loop/inside.h"

struct watch {
	loop_ready_fn fn; /* NULL: not watched */
	void *arg;
	uint32_t generation; /* of the poll that is armed or was last */
	uint16_t events;
	uint8_t is_armed;
};

static int make_room(struct loop *loop, unsigned fd)
{
	unsigned count = loop->nwatches ? loop->nwatches : 64;
	struct watch *watches;

	if (fd < loop->nwatches)
		return 0;
	while (count <= fd)
		count *= 2;
	watches = realloc(loop->watches, count * sizeof(*watches));
	if (!watches)
		return -ENOMEM;
	memset(watches + loop->nwatches, 0, (count - loop->nwatches) * sizeof(*watches));
	loop->watches = watches;
	loop->nwatches = count;
	return 0;
}

static int arm(struct loop *loop, unsigned fd)
{
	struct watch *watch = &loop->watches[fd];
	struct io_uring_sqe *sqe = loop_sqe(loop);

	if (!sqe)
		return -EBUSY;
	watch->generation = (watch->generation + 1) & LOOP_GENERATION_MASK;
	watch->is_armed = 1;
	io_uring_prep_poll_add(sqe, (int)fd, watch->events);
	io_uring_sqe_set_data64(sqe, loop_tag(LOOP_WATCH, watch->generation, fd));
	return 0;
}

/* The generation moves on, so that the completion of what is cancelled finds nobody. */
static void disarm(struct loop *loop, unsigned fd)
{
	struct watch *watch = &loop->watches[fd];

	if (!watch->is_armed)
		return;
	loop_cancel(loop, loop_tag(LOOP_WATCH, watch->generation, fd));
	watch->generation = (watch->generation + 1) & LOOP_GENERATION_MASK;
	watch->is_armed = 0;
}

int loop_watch(struct loop *loop, int fd, unsigned events, loop_ready_fn fn, void *arg)
{
	struct watch *watch;
	int err;

	if (fd < 0)
		return -EBADF;
	err = make_room(loop, (unsigned)fd);
	if (err)
		return err;
	watch = &loop->watches[fd];
	if (watch->is_armed && watch->events != events)
		disarm(loop, (unsigned)fd);
	watch->fn = fn;
	watch->arg = arg;
	watch->events = (uint16_t)events;
	err = watch->is_armed ? 0 : arm(loop, (unsigned)fd);
	if (err)
		watch->fn = NULL;
	return err;
}

void loop_unwatch(struct loop *loop, int fd)
{
	if (fd < 0 || (unsigned)fd >= loop->nwatches)
		return;
	loop->watches[fd].fn = NULL;
	disarm(loop, (unsigned)fd);
}

void watch_complete(struct loop *loop, const struct completion *done)
{
	unsigned fd = (uint32_t)done->user_data;
	uint32_t generation = (uint32_t)(done->user_data >> 32) & LOOP_GENERATION_MASK;
	struct watch *watch = &loop->watches[fd];
	loop_ready_fn fn = watch->fn;

	if (!watch->is_armed || watch->generation != generation)
		return;
	watch->is_armed = 0;
	if (done->res < 0) {
		watch->fn = NULL;
		fn(watch->arg, (int)fd, POLLNVAL);
		return;
	}
	fn(watch->arg, (int)fd, (unsigned)done->res);
	watch = &loop->watches[fd]; /* the table may have grown */
	if (watch->fn && !watch->is_armed && arm(loop, fd))
		loop->is_starved = 1;
}

void watch_rearm_all(struct loop *loop)
{
	for (unsigned fd = 0; fd < loop->nwatches; fd++)
		if (loop->watches[fd].fn && !loop->watches[fd].is_armed && arm(loop, fd))
			loop->is_starved = 1;
}

void watch_free(struct loop *loop)
{
	free(loop->watches);
}
