// SPDX-License-Identifier: GPL-2.0 OR MIT
/* guardian.c - the contract is in guardian.h. */
#include "cmd/guardian.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "kern/kern.h"

#define QUICK_DEATH_NS   (10 * NS_PER_SEC)
#define QUICK_DEATHS_MAX 5

struct guardian {
	int guard_fd;
	pid_t child;
	int is_ending; /* we were asked to end, by TERM or INT */
	sigset_t watched, before;
	unsigned quick_deaths;
};

static void watch_signals(struct guardian *g)
{
	static const int watched[] = {
		SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2
	};

	sigemptyset(&g->watched);
	for (unsigned i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		sigaddset(&g->watched, watched[i]);
	sigprocmask(SIG_BLOCK, &g->watched, &g->before);
}

/* @guardian: our parent. It may have died before the request was in place. */
static int live_as_child(struct guardian *g, guardian_child_fn child, void *arg, pid_t guardian)
{
	sigprocmask(SIG_SETMASK, &g->before, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != guardian)
		return 128 + SIGTERM;
	return child(arg, g->guard_fd);
}

static int start_child(struct guardian *g, guardian_child_fn child, void *arg)
{
	pid_t guardian = getpid();
	int code;

	fflush(NULL);
	g->child = fork();
	if (g->child < 0)
		return -errno;
	if (g->child)
		return 0;
	code = live_as_child(g, child, arg, guardian);
	fflush(NULL);
	_exit(code);
}

/* What the kernel sent went to the whole foreground group, the child included. */
static void forward(struct guardian *g, const siginfo_t *info)
{
	if (info->si_signo == SIGTERM || info->si_signo == SIGINT)
		g->is_ending = 1;
	if (info->si_code <= 0 && g->child > 0)
		kill(g->child, info->si_signo);
}

/* Until the child is dead. Return: its wait status. */
static int wait_for_child(struct guardian *g)
{
	siginfo_t info;
	int status;

	for (;;) {
		if (waitpid(g->child, &status, WNOHANG) == g->child)
			break;
		if (sigwaitinfo(&g->watched, &info) > 0 && info.si_signo != SIGCHLD)
			forward(g, &info);
	}
	g->child = 0;
	return status;
}

/* Sleep until it is time to start again, or until a signal asks to end. */
static void back_off(struct guardian *g)
{
	unsigned seconds = g->quick_deaths > 1 ? 1u << (g->quick_deaths - 2) : 0;
	int64_t until_ns, left_ns;
	siginfo_t info;

	until_ns = clock_now_ns() + seconds * NS_PER_SEC;
	while (!g->is_ending && (left_ns = until_ns - clock_now_ns()) > 0) {
		struct timespec left = { .tv_sec = left_ns / NS_PER_SEC,
					 .tv_nsec = left_ns % NS_PER_SEC };

		if (sigtimedwait(&g->watched, &info, &left) > 0 && info.si_signo != SIGCHLD)
			forward(g, &info);
	}
}

/* A child that a signal killed unasked is worth another try, unless it keeps dying. */
static int wants_restart(struct guardian *g, int status, int64_t lived_ns)
{
	if (!WIFSIGNALED(status) || g->is_ending)
		return 0;
	g->quick_deaths = lived_ns < QUICK_DEATH_NS ? g->quick_deaths + 1 : 0;
	log_event(LOG_ERROR, "child killed", "signal=%d lived_ms=%lld", WTERMSIG(status),
		  (long long)(lived_ns / NS_PER_MS));
	if (g->quick_deaths >= QUICK_DEATHS_MAX) {
		log_event(LOG_ERROR, "giving up", "quick_deaths=%u", g->quick_deaths);
		return 0;
	}
	back_off(g);
	return !g->is_ending;
}

int guardian_run(guardian_child_fn child, void *arg, int restart)
{
	struct guardian g = { .child = 0 };
	int64_t started_ns;
	int err, status;

	g.guard_fd = kern_guard_new();
	if (g.guard_fd < 0)
		return g.guard_fd;
	watch_signals(&g);
	do {
		started_ns = clock_now_ns();
		err = start_child(&g, child, arg);
		if (err)
			break;
		status = wait_for_child(&g);
		kern_guard_clean(g.guard_fd);
	} while (restart && wants_restart(&g, status, clock_now_ns() - started_ns));
	sigprocmask(SIG_SETMASK, &g.before, NULL);
	close(g.guard_fd);
	if (err)
		return err;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
