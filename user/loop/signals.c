// SPDX-License-Identifier: GPL-2.0 OR MIT
/* signals.c - signals as calls. The contract is in loop.h. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "loop/inside.h"

static void on_ready(void *arg, int fd, unsigned events)
{
	struct loop *loop = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(fd, &info, sizeof(info)) == sizeof(info))
		loop->on_signal(loop->signal_arg, (int)info.ssi_signo);
}

int loop_signals(struct loop *loop, const int *signals, unsigned n,
		 void (*fn)(void *arg, int signal), void *arg)
{
	sigset_t set;
	int err;

	if (loop->signal_fd >= 0)
		return -EBUSY;
	sigemptyset(&set);
	for (unsigned i = 0; i < n; i++)
		if (sigaddset(&set, signals[i]))
			return -EINVAL;
	loop->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop->signal_fd < 0)
		return -errno;
	loop->on_signal = fn;
	loop->signal_arg = arg;
	err = -pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (!err)
		err = loop_watch(loop, loop->signal_fd, POLLIN, on_ready, loop);
	if (err)
		signals_free(loop);
	return err;
}

void signals_free(struct loop *loop)
{
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	loop->signal_fd = -1;
}
