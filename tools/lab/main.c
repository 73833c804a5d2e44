/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* main.c - sonde-lab: pick the subcommand. */
#include "lab.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

static const struct command {
	const char *name, *help;
	int (*main)(int argc, char **argv);
} commands[] = {
	{ "respond", "answer echoes of every host in XDP, at full speed", respond_main },
	{ "stat", "what the XDP responder on an interface has counted", stat_main },
	{ "emulate", "answer echoes by rules that need time, and keep the truth", emulate_main },
	{ "forge", "send false echo replies at live flows", forge_main },
	{ "dns", "answer for the names of the lab", dns_main },
	{ "forward", "a listener here for a server in another namespace", forward_main },
	{ "gro", "turn GRO of an interface on or off", gro_main },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

int lab_fail(const char *what, int err)
{
	fprintf(stderr, "sonde-lab: %s: %s\n", what, strerror(-err));
	return EXIT_SYSTEM;
}

int lab_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

void lab_ready(void)
{
	puts("ready");
	fflush(stdout);
}

int lab_number(const char *text, uint64_t max, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return *text < '0' || *text > '9' || *end || errno || *ret > max ? -EINVAL : 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: sonde-lab COMMAND [OPTION...]\n");
	for (unsigned i = 0; i < COMMANDS; i++)
		fprintf(stderr, "  %-8s %s\n", commands[i].name, commands[i].help);
	fprintf(stderr, "sonde-lab COMMAND --help tells the options\n");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	for (unsigned i = 0; argc > 1 && i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].main(argc - 1, argv + 1);
	return usage();
}
