/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Whatever way the child ends, the guardian knows; if the guardian dies, the child does not stay. */
#include <signal.h>
#include <time.h>

#include "base/clock.h"

/* The guardian's clock: as we turn it. A signal, or time goes by. */
static int64_t skew_ns;
static unsigned waits, waited_s;

static int64_t test_now_ns(void)
{
	return clock_now_ns() + skew_ns;
}

static int test_timedwait(const sigset_t *set, siginfo_t *info, const struct timespec *left)
{
	static const struct timespec now;
	int signal = sigtimedwait(set, info, &now);

	if (signal > 0)
		return signal;
	waits++;
	waited_s += (unsigned)left->tv_sec + (left->tv_nsec > 500000000);
	skew_ns += left->tv_sec * NS_PER_SEC + left->tv_nsec;
	return -1;
}

#define clock_now_ns() test_now_ns()
#define sigtimedwait   test_timedwait

#include "cmd/guardian.c"

#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../tap.h"

/* Seen by guardian and child alike. */
struct shared {
	_Atomic int starts;
	_Atomic int signals;
	_Atomic pid_t child;
	int pipe[2];
};

static struct shared *shared;

static int return_seven(void *arg, int guard_fd)
{
	sigset_t now;

	(void)arg;
	sigprocmask(SIG_SETMASK, NULL, &now);
	return guard_fd >= 0 && !sigismember(&now, SIGTERM) ? 7 : 1;
}

static int kill_yourself(void *arg, int guard_fd)
{
	(void)arg;
	(void)guard_fd;
	raise(SIGKILL);
	return 0;
}

static int die_once(void *arg, int guard_fd)
{
	(void)arg;
	(void)guard_fd;
	if (shared->starts++ == 0)
		raise(SIGKILL);
	return 3;
}

static void test_endings(void)
{
	ok(guardian_run(return_seven, NULL, 0) == 7, "the child's exit code comes through");
	ok(guardian_run(return_seven, NULL, 1) == 7,
	   "a child that ends by itself is not restarted");
	ok(guardian_run(kill_yourself, NULL, 0) == 128 + SIGKILL, "a killed child is told");
	shared->starts = 0;
	ok(guardian_run(die_once, NULL, 1) == 3 && shared->starts == 2,
	   "or restarted when asked for");
}

/* Tells that it runs, then waits for signals until SIGTERM. */
static int count_signals(void *arg, int guard_fd)
{
	sigset_t all;
	int signal = 0;

	(void)arg;
	(void)guard_fd;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	shared->child = getpid();
	if (write(shared->pipe[1], "x", 1) != 1)
		return 1;
	while (signal != SIGTERM) {
		sigwait(&all, &signal);
		shared->signals++;
		if (write(shared->pipe[1], "s", 1) != 1)
			return 1;
	}
	return 9;
}

static void wait_for_byte(void)
{
	char byte;

	if (read(shared->pipe[0], &byte, 1) != 1)
		exit(1);
}

static pid_t start_guardian(guardian_child_fn child, int restart)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(guardian_run(child, NULL, restart));
	return pid;
}

static void test_signals(void)
{
	pid_t guardian = start_guardian(count_signals, 1);
	int status;

	shared->signals = 0;
	wait_for_byte();
	kill(guardian, SIGUSR1);
	wait_for_byte();
	kill(guardian, SIGHUP);
	wait_for_byte();
	ok(shared->signals == 2, "signals sent to the guardian reach the child, once each");
	kill(guardian, SIGTERM);
	waitpid(guardian, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 9, "TERM ends both, by the child's own way");
	wait_for_byte();
}

static void test_killed_guardian(void)
{
	pid_t guardian = start_guardian(count_signals, 1);
	struct pollfd child;
	int status;

	wait_for_byte();
	child = (struct pollfd){ .fd = shared->pipe[0], .events = POLLIN };
	kill(guardian, SIGKILL);
	waitpid(guardian, &status, 0);
	if (ok(poll(&child, 1, 5000) == 1, "the child of a killed guardian gets TERM"))
		wait_for_byte();
	else
		kill(shared->child, SIGKILL);
}

static int count_and_die(void *arg, int guard_fd)
{
	(void)arg;
	(void)guard_fd;
	shared->starts++;
	raise(SIGKILL);
	return 0;
}

static void test_giving_up(void)
{
	shared->starts = 0;
	waits = waited_s = 0;
	ok(guardian_run(count_and_die, NULL, 1) == 128 + SIGKILL && shared->starts == 5,
	   "the fifth quick death is the last");
	ok(waits == 3 && waited_s == 1 + 2 + 4, "after waits of 1, 2 and 4 s");
}

static int die_always(void *arg, int guard_fd)
{
	sigset_t all;

	(void)arg;
	(void)guard_fd;
	/* TERM comes back to us */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	/* a start later we are asked to end, while the guardian waits */
	if (++shared->starts == 2)
		kill(getppid(), SIGTERM);
	raise(SIGKILL);
	return 0;
}

static void test_asked_to_end(void)
{
	pid_t guardian;
	int status;

	shared->starts = 0;
	guardian = start_guardian(die_always, 1);
	waitpid(guardian, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGKILL && shared->starts == 2,
	   "nobody is restarted once the guardian was asked to end");
}

int main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || pipe(shared->pipe))
		return 1;
	test_endings();
	test_giving_up();
	test_signals();
	test_killed_guardian();
	test_asked_to_end();
	return tap_done();
}
