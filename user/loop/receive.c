// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * receive.c - datagrams in: multishot recvmsg into a ring of provided buffers. The contract is in
 * loop.h.
 *
 * A buffer holds what the kernel writes in one piece: struct io_uring_recvmsg_out,
 * the address, ancillary data, the datagram. It goes back right after the call
 * that was given it. A receive that was stopped stays in the table, deaf, until
 * the kernel has said its last word about it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "loop/inside.h"

#define BUFFERS        512 /* a power of two; more than a turn ought to find */
#define DATAGRAM_BYTES 65536
#define CONTROL_MAX    4096
#define PAGE_BYTES     4096
#define NAME_BYTES     32 /* sockaddr_in6, rounded so that what follows is aligned */

struct receive {
	int fd; /* -1: stopped */
	uint32_t slot, generation;
	int is_armed;
	loop_datagram_fn fn;
	void *arg;
	struct msghdr shape; /* only its lengths matter; the kernel may read it at any time */
	struct io_uring_buf_ring *ring;
	char *memory; /* the ring's page(s), then the buffers */
	size_t memory_bytes, ring_bytes;
	unsigned buffers, buffer_bytes;
};

static char *buffer_at(const struct receive *receive, unsigned id)
{
	return receive->memory + receive->ring_bytes + (size_t)id * receive->buffer_bytes;
}

static void give_back(struct receive *receive, unsigned id)
{
	io_uring_buf_ring_add(receive->ring, buffer_at(receive, id), receive->buffer_bytes,
			      (uint16_t)id, io_uring_buf_ring_mask(receive->buffers), 0);
	io_uring_buf_ring_advance(receive->ring, 1);
}

static size_t round_up(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

static int map_buffers(struct receive *receive, size_t control_bytes, size_t datagram_bytes)
{
	receive->shape.msg_namelen = NAME_BYTES;
	receive->shape.msg_controllen = CMSG_ALIGN(control_bytes);
	receive->buffer_bytes =
		(unsigned)round_up(sizeof(struct io_uring_recvmsg_out) + NAME_BYTES +
				   CMSG_ALIGN(control_bytes) + datagram_bytes);
	receive->ring_bytes = round_up(receive->buffers * sizeof(struct io_uring_buf));
	receive->memory_bytes =
		receive->ring_bytes + (size_t)receive->buffers * receive->buffer_bytes;
	receive->memory = mmap(NULL, receive->memory_bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (receive->memory == MAP_FAILED) {
		receive->memory = NULL;
		return -ENOMEM;
	}
	receive->ring = (struct io_uring_buf_ring *)receive->memory;
	return 0;
}

static int register_buffers(struct loop *loop, struct receive *receive)
{
	struct io_uring_buf_reg reg = {
		.ring_addr = (uint64_t)(uintptr_t)receive->ring,
		.ring_entries = receive->buffers,
		.bgid = (uint16_t)receive->slot,
	};
	int err = io_uring_register_buf_ring(&loop->ring, &reg, 0);

	if (err)
		return err;
	io_uring_buf_ring_init(receive->ring);
	for (unsigned id = 0; id < receive->buffers; id++)
		give_back(receive, id);
	return 0;
}

static void forget(struct receive *receive)
{
	if (receive && receive->memory)
		munmap(receive->memory, receive->memory_bytes);
	free(receive);
}

static uint64_t tag_of(const struct receive *receive)
{
	return loop_tag(LOOP_RECEIVE, receive->generation, receive->slot);
}

static int arm(struct loop *loop, struct receive *receive)
{
	struct io_uring_sqe *sqe = loop_sqe(loop);

	if (!sqe)
		return -EBUSY;
	io_uring_prep_recvmsg_multishot(sqe, receive->fd, &receive->shape, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = (uint16_t)receive->slot;
	io_uring_sqe_set_data64(sqe, tag_of(receive));
	receive->is_armed = 1;
	return 0;
}

static int start(struct loop *loop, struct receive *receive, size_t control_bytes,
		 size_t datagram_bytes)
{
	int err = map_buffers(receive, control_bytes, datagram_bytes);

	if (err)
		return err;
	err = register_buffers(loop, receive);
	if (err)
		return err;
	err = arm(loop, receive);
	if (err)
		io_uring_unregister_buf_ring(&loop->ring, (int)receive->slot);
	return err;
}

/* A free slot, or -EEXIST when the descriptor has one. */
static int find_slot(const struct loop *loop, int fd)
{
	int slot = -ENOSPC;

	for (int i = LOOP_RECEIVES_MAX - 1; i >= 0; i--) {
		if (!loop->receives[i])
			slot = i;
		else if (loop->receives[i]->fd == fd)
			return -EEXIST;
	}
	return slot;
}

static int receive_sized(struct loop *loop, int fd, size_t control_bytes, loop_datagram_fn fn,
			 void *arg, unsigned buffers, size_t datagram_bytes)
{
	static const struct receive empty;
	int slot = find_slot(loop, fd), err;
	struct receive *receive;

	if (fd < 0 || control_bytes > CONTROL_MAX)
		return -EINVAL;
	if (slot < 0)
		return slot;
	receive = malloc(sizeof(*receive));
	if (!receive)
		return -ENOMEM;
	*receive = empty;
	receive->fd = fd;
	receive->slot = (uint32_t)slot;
	receive->fn = fn;
	receive->arg = arg;
	receive->buffers = buffers;
	err = start(loop, receive, control_bytes, datagram_bytes);
	if (err) {
		forget(receive);
		return err;
	}
	loop->receives[slot] = receive;
	return 0;
}

int loop_receive(struct loop *loop, int fd, size_t control_bytes, loop_datagram_fn fn, void *arg)
{
	return receive_sized(loop, fd, control_bytes, fn, arg, BUFFERS, DATAGRAM_BYTES);
}

static void release(struct loop *loop, struct receive *receive)
{
	loop->receives[receive->slot] = NULL;
	io_uring_unregister_buf_ring(&loop->ring, (int)receive->slot);
	forget(receive);
}

void loop_receive_stop(struct loop *loop, int fd)
{
	struct receive *receive = NULL;

	for (unsigned i = 0; fd >= 0 && i < LOOP_RECEIVES_MAX; i++)
		if (loop->receives[i] && loop->receives[i]->fd == fd)
			receive = loop->receives[i];
	if (!receive)
		return;
	receive->fd = -1;
	if (!receive->is_armed) {
		release(loop, receive);
		return;
	}
	loop_cancel(loop, tag_of(receive));
	/* now, while the number still means this socket: the receive itself may be queued yet */
	loop_submit(loop);
}

static void deliver(struct receive *receive, char *buffer, int bytes)
{
	struct io_uring_recvmsg_out *out =
		io_uring_recvmsg_validate(buffer, bytes, &receive->shape);
	struct msghdr msg = { 0 };

	if (!out)
		return;
	msg.msg_name = io_uring_recvmsg_name(out);
	msg.msg_namelen = out->namelen < receive->shape.msg_namelen ? out->namelen
								    : receive->shape.msg_namelen;
	msg.msg_control = (char *)msg.msg_name + receive->shape.msg_namelen;
	msg.msg_controllen = out->controllen;
	msg.msg_flags = (int)out->flags;
	receive->fn(receive->arg, io_uring_recvmsg_payload(out, &receive->shape),
		    io_uring_recvmsg_payload_length(out, bytes, &receive->shape), &msg);
}

/* Errors after which trying again would only fail again; all others belong to one datagram. */
static int is_final(int error)
{
	return error == -EBADF || error == -EINVAL || error == -ENOTSOCK || error == -EOPNOTSUPP ||
	       error == -EFAULT || error == -ECANCELED;
}

void receive_complete(struct loop *loop, const struct completion *done)
{
	uint32_t slot = (uint32_t)done->user_data;
	struct receive *receive = loop->receives[slot];
	unsigned id = done->flags >> IORING_CQE_BUFFER_SHIFT;

	if (!receive || tag_of(receive) != done->user_data)
		return;
	if (done->flags & IORING_CQE_F_BUFFER) {
		if (receive->fd >= 0 && done->res >= 0)
			deliver(receive, buffer_at(receive, id), done->res);
		give_back(receive, id);
	}
	if (done->flags & IORING_CQE_F_MORE)
		return;
	receive->is_armed = 0;
	loop->counts.no_buffers += done->res == -ENOBUFS;
	if (receive->fd < 0)
		release(loop, receive);
	else if (!is_final(done->res) && arm(loop, receive))
		loop->is_starved = 1;
}

void receive_rearm_all(struct loop *loop)
{
	for (unsigned i = 0; i < LOOP_RECEIVES_MAX; i++)
		if (loop->receives[i] && !loop->receives[i]->is_armed &&
		    arm(loop, loop->receives[i]))
			loop->is_starved = 1;
}

void receive_free(struct loop *loop)
{
	for (unsigned i = 0; i < LOOP_RECEIVES_MAX; i++)
		forget(loop->receives[i]);
}
