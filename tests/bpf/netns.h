/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * netns.h - for the tests that attach: namespaces without names, gone with their process.
 */
#ifndef TESTS_BPF_NETNS_H
#define TESTS_BPF_NETNS_H

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

/* A shell command that must succeed. */
__attribute__((format(printf, 1, 2), unused)) static void netns_do(const char *format, ...)
{
	char command[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	if (system(command)) {
		printf("# failed: %s\n", command);
		exit(1);
	}
}

/* From here on the process is in a namespace of its own, with the loopback up. */
static inline void netns_enter(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (unshare(CLONE_NEWNET)) {
		if (errno == EPERM)
			tap_skip("needs the right to make network namespaces");
		perror("unshare");
		exit(1);
	}
	netns_do("ip link set lo up");
}

/* A child for as long as we live; what `body` returns is its exit status. It calls netns_ready(). */
static inline pid_t netns_fork(int (*body)(int ready_fd, void *arg), void *arg)
{
	int ready[2];
	pid_t pid;
	char byte;

	fflush(stdout);
	if (pipe(ready)) {
		perror("pipe");
		exit(1);
	}
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		_exit(body(ready[1], arg));
	}
	close(ready[1]);
	if (pid < 0 || read(ready[0], &byte, 1) != 1) {
		printf("# a child did not start\n");
		exit(1);
	}
	close(ready[0]);
	return pid;
}

static inline void netns_ready(int ready_fd)
{
	if (write(ready_fd, "x", 1) != 1)
		_exit(1);
}

static inline void netns_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static inline int netns_idle(int ready_fd, void *arg)
{
	(void)arg;
	if (unshare(CLONE_NEWNET))
		return 1;
	netns_ready(ready_fd);
	for (;;)
		pause();
}

/*
 * Another host: a child in a namespace of its own, veth va (here) to vb (there), 198.18.0.1 and .2,
 * fd00:18::1 and ::2. Return: its pid.
 */
static inline pid_t netns_neighbour(void)
{
	pid_t pid = netns_fork(netns_idle, NULL);

	netns_do("ip link add va address 02:00:00:00:00:0a type veth "
		 "peer name vb address 02:00:00:00:00:0b netns %d",
		 pid);
	netns_do("ip addr add 198.18.0.1/24 dev va && ip addr add fd00:18::1/64 dev va nodad && "
		 "ip link set va up");
	netns_do("nsenter -t %d -n sh -ec 'ip link set lo up; ip link set vb up; "
		 "ip addr add 198.18.0.2/24 dev vb; ip addr add fd00:18::2/64 dev vb nodad; "
		 "sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 "
		 "net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1'",
		 pid);
	/* the first packet waits for no resolution */
	netns_do("for a in 198.18.0.2 fd00:18::2; do "
		 "ip neigh replace $a lladdr 02:00:00:00:00:0b dev va; done");
	netns_do("nsenter -t %d -n sh -ec 'for a in 198.18.0.1 fd00:18::1; do "
		 "ip neigh replace $a lladdr 02:00:00:00:00:0a dev vb; done'",
		 pid);
	return pid;
}

#endif /* TESTS_BPF_NETNS_H */
