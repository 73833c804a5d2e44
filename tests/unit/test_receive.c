// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_receive.c - datagrams in: whole, with their address and ancillary data, under bursts. */
#include "loop/receive.c"

#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"

#include "../tap.h"

struct got {
	struct loop *loop;
	int stop_fd; /* -1, or end this receive from inside the call */
	unsigned count, disorder, stamped, bad_from, bytes;
	uint16_t from_port;
	char first, last;
};

static void on_datagram(void *arg, const void *data, size_t len, struct msghdr *msg)
{
	struct got *got = arg;
	const struct sockaddr_in *from = msg->msg_name;
	uint32_t number = 0;

	if (len == sizeof(number)) {
		memcpy(&number, data, sizeof(number));
		got->disorder += number != got->count;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		got->stamped += c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS;
	got->bad_from += msg->msg_namelen != sizeof(*from) || from->sin_port != got->from_port ||
			 msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC);
	got->count++;
	got->bytes = (unsigned)len;
	if (len) {
		got->first = ((const char *)data)[0];
		got->last = ((const char *)data)[len - 1];
	}
	if (got->stop_fd >= 0)
		loop_receive_stop(got->loop, got->stop_fd);
}

static int open_pair(int fd[2], struct got *got)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in from = to;
	socklen_t len = sizeof(to);
	int one = 1, room = 1 << 26, err;

	fd[0] = socket(AF_INET, SOCK_DGRAM, 0);
	fd[1] = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(fd[1], SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one));
	setsockopt(fd[1], SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	err = bind(fd[1], (struct sockaddr *)&to, sizeof(to)) ||
	      getsockname(fd[1], (struct sockaddr *)&to, &len) ||
	      bind(fd[0], (struct sockaddr *)&from, sizeof(from)) ||
	      getsockname(fd[0], (struct sockaddr *)&from, &len) ||
	      connect(fd[0], (struct sockaddr *)&to, sizeof(to));
	got->from_port = from.sin_port;
	got->stop_fd = -1;
	return err;
}

static void turn_until(struct loop *loop, const unsigned *count, unsigned want)
{
	int64_t until = clock_now_ns() + 10 * NS_PER_SEC;

	while (*count < want && clock_now_ns() < until)
		loop_turn(loop, clock_now_ns() + NS_PER_SEC);
}

static void turn_idly(struct loop *loop)
{
	for (unsigned i = 0; i < 5; i++)
		loop_turn(loop, 0);
}

static void test_whole(struct loop *loop)
{
	static char large[65507];
	struct got got = { .loop = loop };
	int fd[2];

	ok(!open_pair(fd, &got), "two sockets");
	ok(!loop_receive(loop, fd[1], 64, on_datagram, &got), "one receives");
	ok(loop_receive(loop, fd[1], 64, on_datagram, &got) == -EEXIST, "once");
	ok(send(fd[0], "abc", 3, 0) == 3 && send(fd[0], "", 0, 0) == 0, "two datagrams");
	turn_until(loop, &got.count, 2);
	ok(got.count == 2 && got.stamped == 2 && !got.bad_from && got.bytes == 0,
	   "come with address and time, an empty one too");
	large[0] = 'f';
	large[sizeof(large) - 1] = 'l';
	ok(send(fd[0], large, sizeof(large), 0) == sizeof(large), "the largest datagram there is");
	turn_until(loop, &got.count, 3);
	ok(got.bytes == sizeof(large) && got.first == 'f' && got.last == 'l', "comes whole");
	loop_receive_stop(loop, fd[1]);
	ok(send(fd[0], "abc", 3, 0) == 3, "one more");
	turn_idly(loop);
	ok(got.count == 3, "not after loop_receive_stop()");
	ok(!loop->receives[0], "which leaves nothing behind");
	loop_receive_stop(loop, fd[1]);
	close(fd[0]);
	close(fd[1]);
}

static void send_numbers(int fd, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (send(fd, &i, sizeof(i), 0) != sizeof(i))
			abort();
}

static void test_burst(struct loop *loop)
{
	struct got got = { .loop = loop };
	int fd[2];

	open_pair(fd, &got);
	ok(!receive_sized(loop, fd[1], 64, on_datagram, &got, 2, 2048), "a ring of two buffers");
	send_numbers(fd[0], 10000);
	turn_until(loop, &got.count, 10000);
	ok(got.count == 10000 && !got.disorder, "takes a burst of 10,000, in order (%u)",
	   got.count);
	ok(loop_counts(loop)->no_buffers > 1000, "re-armed whenever it ran out, counted (%llu)",
	   (unsigned long long)loop_counts(loop)->no_buffers);
	loop_receive_stop(loop, fd[1]);
	turn_idly(loop);
	close(fd[0]);
	close(fd[1]);
}

static void test_stop_inside(struct loop *loop)
{
	struct got got = { .loop = loop }, next = { .loop = loop };
	int fd[2];

	open_pair(fd, &got);
	got.stop_fd = fd[1];
	loop_receive(loop, fd[1], 64, on_datagram, &got);
	send_numbers(fd[0], 100);
	turn_until(loop, &got.count, 1);
	turn_idly(loop);
	ok(got.count == 1, "a call may stop its own receive; the rest is not delivered");
	close(fd[0]);
	close(fd[1]);
	for (unsigned i = 0; i < 200; i++) {
		open_pair(fd, &next);
		if (loop_receive(loop, fd[1], 64, on_datagram, &next))
			break;
		send_numbers(fd[0], 2);
		if (i % 2)
			loop_turn(loop, 0);
		loop_receive_stop(loop, fd[1]);
		close(fd[0]);
		close(fd[1]);
		loop_turn(loop, 0);
	}
	turn_idly(loop);
	ok(!next.bad_from && !loop->receives[0], "200 started and stopped: no mix-up, no leak");
	next.count = 0;
	open_pair(fd, &next);
	loop_receive(loop, fd[1], 0, on_datagram, &next);
	send_numbers(fd[0], 1);
	turn_until(loop, &next.count, 1);
	ok(next.count == 1, "and the next one receives");
	loop_receive_stop(loop, fd[1]);
	turn_idly(loop);
	close(fd[0]);
	close(fd[1]);
}

/* The number of a closed socket comes back before the ring was ever submitted. */
static void test_reuse(struct loop *loop)
{
	struct got old = { .loop = loop }, fresh = { .loop = loop };
	int fd[2], was;

	open_pair(fd, &old);
	was = fd[1];
	loop_receive(loop, fd[1], 64, on_datagram, &old);
	loop_receive_stop(loop, fd[1]);
	close(fd[0]);
	close(fd[1]);
	open_pair(fd, &fresh);
	loop_receive(loop, fd[1], 64, on_datagram, &fresh);
	send_numbers(fd[0], 3);
	turn_until(loop, &fresh.count, 3);
	turn_idly(loop);
	ok(fd[1] == was && fresh.count == 3 && !fresh.disorder && !old.count,
	   "a stopped receive takes nothing from the next tenant of its number");
	loop_receive_stop(loop, fd[1]);
	turn_idly(loop);
	close(fd[0]);
	close(fd[1]);
}

static void test_refusals(struct loop *loop)
{
	struct got got = { .stop_fd = -1 };
	int fd[2];

	ok(!open_pair(fd, &got), "two sockets");
	ok(loop_receive(loop, -1, 0, on_datagram, &got) == -EINVAL, "no descriptor is refused");
	ok(loop_receive(loop, fd[1], 4097, on_datagram, &got) == -EINVAL,
	   "too much ancillary data is refused");
	ok(!pipe(fd) && !loop_receive(loop, fd[0], 0, on_datagram, &got), "what is no socket");
	turn_idly(loop);
	ok(!got.count && loop->receives[0] && !loop->receives[0]->is_armed,
	   "fails silently and is not tried for ever");
	loop_receive_stop(loop, fd[0]);
	ok(!loop->receives[0], "and can be stopped");
}

int main(void)
{
	struct loop *loop;
	int err = loop_new(&loop);

	if (err == -EPERM || err == -ENOSYS)
		tap_skip("no io_uring here");
	test_whole(loop);
	test_burst(loop);
	test_stop_inside(loop);
	test_reuse(loop);
	test_refusals(loop);
	loop_free(loop);
	return tap_done();
}
