// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_guard.c - entries of the guard file. */
#include "kern/guard.c"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#include "../tap.h"

static void test_entries(void)
{
	struct guard_entry a = { .ifindex = 1, .handle = 11 }, b = { .ifindex = 2, .handle = 22 };
	struct guard_entry got;
	int fd = kern_guard_new();

	ok(fd >= 0 && fcntl(fd, F_GETFD) & FD_CLOEXEC,
	   "a guard file is not left to other programs");
	ok(guard_add(fd, &a) == 0 && guard_add(fd, &b) == 1, "entries follow each other");
	guard_drop(fd, 0);
	ok(guard_add(fd, &b) == 0, "a dropped one is used again");
	a.handle = 33;
	ok(!guard_update(fd, 1, &a) && read_entry(fd, 1, &got) == 1 && !memcmp(&got, &a, sizeof(a)),
	   "an updated one is read back");
	ok(read_entry(fd, 2, &got) == 0, "behind the last there is none");
	close(fd);
	ok(guard_add(fd, &a) == -EBADF && guard_update(fd, 0, &a) == -EBADF,
	   "without a file nothing is added");
	kern_guard_clean(fd);
}

static void test_full(void)
{
	struct guard_entry e = { .ifindex = 1, .netns = 1 }; /* no namespace has that number */
	int fd = kern_guard_new(), added = 0;

	while (guard_add(fd, &e) >= 0)
		added++;
	ok(added == GUARD_MAX && guard_add(fd, &e) == -ENOSPC, "it holds %d", GUARD_MAX);
	kern_guard_clean(fd);
	ok(read_entry(fd, 0, &e) == 1 && e.ifindex == 1, "another namespace's are left alone");
	close(fd);
}

static void test_inherited(void)
{
	struct guard_entry e = { .ifindex = 7 };
	int fd = kern_guard_new(), status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(guard_add(fd, &e));
	waitpid(pid, &status, 0);
	ok(!status && read_entry(fd, 0, &e) == 1 && e.ifindex == 7,
	   "what a child wrote its parent reads");
	close(fd);
}

int main(void)
{
	ok(guard_netns() != 0, "we are in some namespace");
	test_entries();
	test_full();
	test_inherited();
	return tap_done();
}
