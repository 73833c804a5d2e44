// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * sender.c - datagrams out: one entry each, silent unless they fail. The contract is in loop.h.
 *
 * SEND with an address instead of SENDMSG spares the kernel a msghdr and an
 * iovec a packet. MSG_DONTWAIT makes a full socket buffer an error now: a poll
 * would let later datagrams overtake.
 */
#include <errno.h>
#include <string.h>

#include "loop/inside.h"

#define COOKIE_MASK 0xffffffu

static uint64_t tag_of(const struct loop *loop, unsigned handle, uint32_t cookie)
{
	return (uint64_t)LOOP_SEND << 56 | (uint64_t)loop->sockets[handle].generation << 40 |
	       (uint64_t)handle << 24 | (cookie & COOKIE_MASK);
}

static int is_handle(const struct loop *loop, int handle)
{
	return handle >= 0 && handle < LOOP_SOCKETS_MAX && loop->sockets[handle].in_use;
}

int loop_socket(struct loop *loop, int fd, loop_failed_fn failed, void *arg)
{
	unsigned handle = 0;
	int n;

	if (fd < 0)
		return -EBADF;
	while (handle < loop->nsockets && loop->sockets[handle].in_use)
		handle++;
	if (handle == loop->nsockets)
		return -ENOSPC;
	n = io_uring_register_files_update(&loop->ring, handle, &fd, 1);
	if (n < 0)
		return n;
	loop->sockets[handle].failed = failed;
	loop->sockets[handle].arg = arg;
	loop->sockets[handle].in_use = 1;
	return (int)handle;
}

void loop_socket_drop(struct loop *loop, int handle)
{
	int none = -1;

	if (!is_handle(loop, handle))
		return;
	/* what is still queued names the slot, not the file */
	loop_submit(loop);
	io_uring_register_files_update(&loop->ring, (unsigned)handle, &none, 1);
	loop->sockets[handle].in_use = 0;
	loop->sockets[handle].generation++;
}

int loop_send(struct loop *loop, int handle, const void *buf, size_t len, const struct sockaddr *to,
	      socklen_t to_len, uint32_t cookie)
{
	struct io_uring_sqe *sqe;

	if (!is_handle(loop, handle))
		return -EBADF;
	sqe = loop_sqe(loop);
	if (!sqe)
		return -EBUSY;
	io_uring_prep_send(sqe, handle, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (to_len)
		io_uring_prep_send_set_addr(sqe, to, (uint16_t)to_len);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS);
	io_uring_sqe_set_data64(sqe, tag_of(loop, (unsigned)handle, cookie));
	loop->counts.sends++;
	return 0;
}

void sender_complete(struct loop *loop, const struct completion *done)
{
	unsigned handle = (unsigned)(done->user_data >> 24) & 0xffff;
	uint32_t cookie = (uint32_t)done->user_data & COOKIE_MASK;
	struct send_socket *socket = &loop->sockets[handle];

	if (done->res >= 0)
		return;
	loop->counts.sends_failed++;
	if (socket->in_use && tag_of(loop, handle, cookie) == done->user_data)
		socket->failed(socket->arg, cookie, done->res);
}
