// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_loop.c - a real ring: descriptors, sends, overflow, signals, deadlines. */
#include "loop/loop.c"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

#define SECOND NS_PER_SEC

struct seen {
	struct loop *loop;
	unsigned calls, events, bytes;
	int take; /* bytes to read per call, 0 none, -1 all */
};

static void on_ready(void *arg, int fd, unsigned events)
{
	struct seen *seen = arg;
	char buffer[4096];
	ssize_t n = 0;

	seen->calls++;
	seen->events |= events;
	if (seen->take)
		n = read(fd, buffer, seen->take > 0 ? (size_t)seen->take : sizeof(buffer));
	if (n > 0)
		seen->bytes += (unsigned)n;
}

/* Turn until *count reaches @want; the deadline only ends a broken test. */
static void turn_until(struct loop *loop, const unsigned *count, unsigned want)
{
	int64_t until = clock_now_ns() + 10 * SECOND;

	while (*count < want && clock_now_ns() < until)
		loop_turn(loop, clock_now_ns() + SECOND);
}

/* Turns that find nothing: enough for a stray completion to show itself. */
static void turn_idly(struct loop *loop, unsigned turns)
{
	while (turns--)
		loop_turn(loop, 0);
}

static void test_deadline(struct loop *loop)
{
	int64_t before = clock_now_ns();

	ok(!loop_turn(loop, before + 5 * NS_PER_MS), "a turn with nothing to do succeeds");
	ok(loop_now(loop) >= before + 5 * NS_PER_MS, "and lasts until its deadline");
	before = clock_now_ns();
	loop_turn(loop, 0);
	ok(clock_now_ns() - before < SECOND, "a deadline in the past does not wait");
}

static void test_watch(struct loop *loop)
{
	int fd[2];
	struct seen seen = { .take = 1 }, other = { .take = -1 };

	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd);
	ok(!loop_watch(loop, fd[0], POLLIN, on_ready, &seen), "a socket is watched");
	turn_idly(loop, 3);
	ok(!seen.calls, "no call before there is something");
	ok(write(fd[1], "abc", 3) == 3, "three bytes are written");
	turn_until(loop, &seen.bytes, 3);
	turn_idly(loop, 3);
	ok(seen.calls == 3 && seen.bytes == 3, "who reads one byte a call is called for the rest");
	loop_watch(loop, fd[0], POLLIN, on_ready, &other);
	ok(write(fd[1], "x", 1) == 1, "one more");
	turn_until(loop, &other.bytes, 1);
	ok(seen.calls == 3 && other.bytes == 1, "watching again replaces function and argument");
	loop_watch(loop, fd[0], POLLIN | POLLOUT, on_ready, &other);
	turn_until(loop, &other.calls, 2);
	ok(other.events & POLLOUT, "and events");
	loop_unwatch(loop, fd[0]);
	other.calls = 0;
	turn_idly(loop, 3);
	ok(!other.calls, "not after loop_unwatch()");
	loop_watch(loop, fd[0], POLLIN, on_ready, &other);
	close(fd[1]);
	turn_until(loop, &other.calls, 1);
	ok(other.events & POLLHUP, "a hang-up is reported unasked");
	loop_unwatch(loop, fd[0]);
	close(fd[0]);
	other.calls = other.events = 0;
	loop_watch(loop, fd[0], POLLIN, on_ready, &other);
	turn_until(loop, &other.calls, 1);
	turn_idly(loop, 3);
	ok(other.calls == 1 && other.events == POLLNVAL, "a closed descriptor is reported once");
	ok(loop_watch(loop, -1, POLLIN, on_ready, &other) == -EBADF, "a negative one is refused");
	loop_unwatch(loop, 100000);
}

/* The number of a closed descriptor comes back at once; what was armed on it must not. */
static void test_reuse(struct loop *loop)
{
	struct seen old = { 0 }, fresh = { .take = -1 };
	unsigned same = 0;
	uint64_t one = 1;
	int first, fd;

	for (unsigned i = 0; i < 1000; i++) {
		first = eventfd(1, EFD_NONBLOCK); /* readable from the start */
		loop_watch(loop, first, POLLIN, on_ready, &old);
		if (i % 2)
			loop_submit(loop); /* the completion is already on its way */
		loop_unwatch(loop, first);
		close(first);
		fd = eventfd(0, EFD_NONBLOCK);
		same += fd == first;
		loop_watch(loop, fd, POLLIN, on_ready, &fresh);
		turn_idly(loop, 1);
		loop_unwatch(loop, fd);
		close(fd);
	}
	ok(same == 1000, "the number was reused each time");
	ok(!old.calls && !fresh.calls, "no stale completion reaches anybody");
	fd = eventfd(0, EFD_NONBLOCK);
	loop_watch(loop, fd, POLLIN, on_ready, &fresh);
	ok(write(fd, &one, sizeof(one)) == sizeof(one), "eight bytes");
	turn_until(loop, &fresh.calls, 1);
	ok(fresh.calls == 1, "the last tenant is heard");
	loop_unwatch(loop, fd);
	close(fd);
}

/* A poll that stayed armed would keep the pipe open behind everybody's back. */
static void test_release(struct loop *loop)
{
	struct seen seen = { 0 };
	int fd[2];

	signal(SIGPIPE, SIG_IGN);
	ok(!pipe(fd) && !loop_watch(loop, fd[0], POLLIN, on_ready, &seen), "a pipe is watched");
	turn_idly(loop, 1);
	loop_unwatch(loop, fd[0]);
	turn_idly(loop, 1);
	close(fd[0]);
	ok(write(fd[1], "x", 1) < 0 && errno == EPIPE, "and really closed afterwards");
	close(fd[1]);
}

static struct loop *chained_loop;

static void on_grow(void *arg, int fd, unsigned events)
{
	int high = fcntl(fd, F_DUPFD, 700);

	(void)events;
	loop_unwatch(chained_loop, fd);
	loop_watch(chained_loop, high, POLLIN, on_ready, arg);
}

static void test_change_in_call(struct loop *loop)
{
	struct seen seen = { .take = -1 };
	int fd = eventfd(1, EFD_NONBLOCK);

	chained_loop = loop;
	loop_watch(loop, fd, POLLIN, on_grow, &seen);
	turn_until(loop, &seen.calls, 1);
	ok(seen.calls == 1, "a call may end its own watch and start one that moves the table");
	loop_unwatch(loop, 700);
	close(700);
	close(fd);
}

struct failures {
	unsigned count, bad_error;
	uint32_t cookies, expected_error;
};

static void on_failed(void *arg, uint32_t cookie, int error)
{
	struct failures *failures = arg;

	failures->count++;
	failures->cookies ^= cookie;
	failures->bad_error += (uint32_t)-error != failures->expected_error;
}

static int udp_pair(int fd[2], struct sockaddr_in *to)
{
	socklen_t len = sizeof(*to);
	int room = 1 << 26;

	*to = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	fd[0] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	fd[1] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	setsockopt(fd[1], SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return bind(fd[1], (struct sockaddr *)to, sizeof(*to)) ||
	       getsockname(fd[1], (struct sockaddr *)to, &len);
}

static void test_sends(struct loop *loop)
{
	struct failures failures = { 0 };
	unsigned sent = 0, received = 0, disorder = 0;
	uint32_t number, numbers[100];
	struct sockaddr_in to;
	int fd[2], handle;

	ok(!udp_pair(fd, &to), "two sockets");
	handle = loop_socket(loop, fd[0], on_failed, &failures);
	ok(handle >= 0, "a socket is registered");
	for (unsigned batch = 0; batch < 100; batch++) {
		for (unsigned i = 0; i < 100; i++) {
			numbers[i] = batch * 100 + i;
			sent += !loop_send(loop, handle, &numbers[i], 4, (struct sockaddr *)&to,
					   sizeof(to), numbers[i]);
		}
		loop_submit(loop);
		memset(numbers, 0xff, sizeof(numbers));
		while (recv(fd[1], &number, 4, 0) == 4)
			disorder += number != received++;
	}
	turn_idly(loop, 2);
	ok(sent == 10000 && received == 10000, "10,000 datagrams leave (%u arrive)", received);
	ok(!disorder, "in order, from buffers that may be reused after loop_submit()");
	ok(!failures.count && !loop->ndone, "in silence");
	loop_socket_drop(loop, handle);
	ok(loop_send(loop, handle, "x", 1, NULL, 0, 1) == -EBADF, "a dropped handle is refused");
	close(fd[0]);
	close(fd[1]);
}

/* More queued than the submission queue holds. */
static void test_full_queue(struct loop *loop)
{
	static uint32_t numbers[5000];
	struct failures failures = { 0 };
	unsigned received = 0, disorder = 0, refused = 0;
	struct sockaddr_in to;
	uint32_t number;
	int fd[2], handle;

	udp_pair(fd, &to);
	handle = loop_socket(loop, fd[0], on_failed, &failures);
	for (unsigned i = 0; i < 5000; i++) {
		numbers[i] = i;
		refused += !!loop_send(loop, handle, &numbers[i], 4, (struct sockaddr *)&to,
				       sizeof(to), i);
	}
	loop_socket_drop(loop, handle);
	close(fd[0]);
	while (recv(fd[1], &number, 4, 0) == 4)
		disorder += number != received++;
	ok(!refused && received == 5000 && !disorder,
	   "a full queue is submitted and goes on; dropping the handle sends what was queued");
	close(fd[1]);
}

/* The broadcast address of the loopback net: EACCES without SO_BROADCAST, nothing leaves. */
static const struct sockaddr_in forbidden = { .sin_family = AF_INET,
					      .sin_port = 0x0900,
					      .sin_addr.s_addr = 0xffffff7f };

static int send_forbidden(struct loop *loop, int handle, uint32_t cookie)
{
	return loop_send(loop, handle, "x", 1, (const struct sockaddr *)&forbidden,
			 sizeof(forbidden), cookie);
}

static void test_failures(struct loop *loop)
{
	struct failures failures = { .expected_error = EACCES }, later = { 0 };
	struct failures full = { .expected_error = EAGAIN };
	uint32_t expected = 0;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), pair[2],
	    handle = loop_socket(loop, fd, on_failed, &failures);

	for (uint32_t i = 0; i < 100; i++) {
		send_forbidden(loop, handle, 0xfff000 + i);
		expected ^= 0xfff000 + i;
	}
	turn_until(loop, &failures.count, 100);
	ok(failures.count == 100 && failures.cookies == expected && !failures.bad_error,
	   "each failed send gives back its cookie and its error");

	send_forbidden(loop, handle, 7);
	loop_socket_drop(loop, handle);
	ok(loop_socket(loop, fd, on_failed, &later) == handle, "the handle is reused");
	turn_idly(loop, 3);
	ok(failures.count == 100 && !later.count,
	   "a late failure of the old socket reaches nobody");
	loop_socket_drop(loop, handle);

	socketpair(AF_UNIX, SOCK_DGRAM, 0,
		   pair); /* its backlog is short: net.unix.max_dgram_qlen */
	handle = loop_socket(loop, pair[0], on_failed, &full);
	for (uint32_t i = 0; i < 2000; i++)
		loop_send(loop, handle, "x", 1, NULL, 0, i);
	turn_until(loop, &full.count, 1);
	ok(full.count && !full.bad_error, "a full socket fails with EAGAIN and never waits");
	loop_socket_drop(loop, handle);
	close(pair[0]);
	close(pair[1]);
	close(fd);
}

static void test_overflow(void)
{
	struct failures failures = { .expected_error = EACCES };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), handle;
	struct loop *loop;

	ok(!new_sized(&loop, 8, 8, 0), "a ring with room for eight");
	handle = loop_socket(loop, fd, on_failed, &failures);
	for (uint32_t i = 0; i < 10000; i++)
		while (send_forbidden(loop, handle, i))
			turn_idly(loop, 1);
	turn_until(loop, &failures.count, 10000);
	ok(failures.count == 10000 && !failures.bad_error,
	   "10,000 completions in a ring of eight: all are delivered (%u)", failures.count);
	ok(loop_counts(loop)->overflows > 0 && loop_counts(loop)->sends_failed == 10000,
	   "and the overflow was counted");
	close(fd);
	loop_free(loop);
}

static unsigned fired;

static void on_timer(struct loop_timer *timer, int64_t now_ns)
{
	fired += now_ns >= timer->at_ns;
}

static void on_stop(struct loop_timer *timer, int64_t now_ns)
{
	(void)timer;
	(void)now_ns;
	loop_stop(chained_loop);
}

static void test_timers(struct loop *loop)
{
	struct loop_timer soon = { .fn = on_timer }, never = { .fn = on_timer },
			  stop = { .fn = on_stop };
	int64_t now = clock_now_ns();

	chained_loop = loop;
	loop_arm(loop, &soon, now + 3 * NS_PER_MS);
	loop_arm(loop, &never, now + 3600 * SECOND);
	loop_arm(loop, &stop, now + 6 * NS_PER_MS);
	ok(!loop_run(loop), "loop_run() ends by loop_stop()");
	ok(fired == 1 && loop_now(loop) >= now + 6 * NS_PER_MS, "timers fire at their time");
	loop_disarm(loop, &never);
}

static unsigned signals_seen;

static void on_signal(void *arg, int signal)
{
	signals_seen += signal == *(int *)arg;
}

static void test_signals(struct loop *loop)
{
	int wanted = SIGUSR1, other = SIGUSR2;

	ok(!loop_signals(loop, &wanted, 1, on_signal, &wanted), "a signal is caught");
	ok(loop_signals(loop, &other, 1, on_signal, &other) == -EBUSY, "once a loop");
	raise(SIGUSR1);
	turn_until(loop, &signals_seen, 1);
	raise(SIGUSR1);
	turn_until(loop, &signals_seen, 2);
	ok(signals_seen == 2, "and delivered as a call, again and again");
}

/* What an older kernel would have left us, here by choice. */
static void test_older_kernels(void)
{
	struct loop *loop;

	for (unsigned first = 1; first < SETUPS; first++) {
		ok(!new_sized(&loop, SQ_ENTRIES, CQ_ENTRIES, first), "setup %u", first);
		test_deadline(loop);
		test_watch(loop);
		test_reuse(loop);
		test_sends(loop);
		test_failures(loop);
		loop_free(loop);
	}
}

static int forbid_io_uring(unsigned error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* As a container's filter would refuse it. Return: whether loop_new() says so. */
static int is_told(unsigned error)
{
	struct loop *loop = NULL;
	pid_t child = fork();
	int status = 1;

	if (!child)
		_exit(forbid_io_uring(error) || loop_new(&loop) != -(int)error || loop);
	waitpid(child, &status, 0);
	return !status;
}

static int works_with_few_files(void)
{
	struct rlimit few = { 40, 40 };
	pid_t child = fork();
	struct loop *loop;
	int status = 1, fd;

	if (!child) {
		fd = eventfd(0, 0);
		setrlimit(RLIMIT_NOFILE, &few);
		if (loop_new(&loop))
			_exit(2);
		for (int i = 0; i < 40; i++)
			if (loop_socket(loop, fd, on_failed, NULL) != i)
				_exit(3);
		_exit(loop_socket(loop, fd, on_failed, NULL) == -ENOSPC ? 0 : 4);
	}
	waitpid(child, &status, 0);
	return !status;
}

static void test_refusals(void)
{
	ok(is_told(EPERM) && is_told(ENOSYS),
	   "a kernel that refuses io_uring is told by its error");
	ok(strstr(loop_refusal(-EPERM), "io_uring_disabled") &&
		   strstr(loop_refusal(-ENOSYS), "Linux 6.0") &&
		   strstr(loop_refusal(-ENOMEM), "ulimit"),
	   "and in words");
	ok(works_with_few_files(), "a low limit of open files is a low limit of sockets");
}

int main(void)
{
	struct loop *loop;
	int err = loop_new(&loop);

	if (err == -EPERM || err == -ENOSYS)
		tap_skip("no io_uring here");
	ok(!err, "a loop is made");
	test_deadline(loop);
	test_watch(loop);
	test_reuse(loop);
	test_release(loop);
	test_change_in_call(loop);
	test_sends(loop);
	test_full_queue(loop);
	test_failures(loop);
	test_overflow();
	test_timers(loop);
	test_signals(loop);
	test_older_kernels();
	test_refusals();
	loop_free(loop);
	loop_free(NULL);
	return tap_done();
}
