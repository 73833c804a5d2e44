// SPDX-License-Identifier: GPL-2.0 OR MIT
/* startup.c - the contract is in startup.h. */
#include "cmd/startup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"

/* A descriptor opened takes the lowest free number, so going upwards fills each gap. */
static int open_standard(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return -errno;
	return 0;
}

int startup_prepare(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	return open_standard();
}

int startup_finish(int exit_code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return exit_code;
	if (errno != EPIPE)
		fprintf(stderr, "sonde: standard output: %s\n", strerror(errno));
	return CMD_SYSTEM;
}
