// SPDX-License-Identifier: GPL-2.0 OR MIT
/* guard.c - a memfd of fixed entries; it outlives a process through its parent's descriptor. */
#include "kern/guard.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kern/clsact.h"
#include "kern/kern.h"

#define GUARD_MAX 1024 /* interfaces */

int kern_guard_new(void)
{
	int fd = memfd_create("sonde-guard", MFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

uint64_t guard_netns(void)
{
	struct stat st;

	return stat("/proc/thread-self/ns/net", &st) ? 0 : st.st_ino;
}

/* Return: 1 with an entry, 0 at the end, -errno. */
static int read_entry(int fd, int position, struct guard_entry *ret)
{
	ssize_t got = pread(fd, ret, sizeof(*ret), (off_t)position * sizeof(*ret));

	if (got < 0)
		return -errno;
	return got == sizeof(*ret);
}

int guard_update(int fd, int position, const struct guard_entry *entry)
{
	ssize_t put = pwrite(fd, entry, sizeof(*entry), (off_t)position * sizeof(*entry));

	if (put < 0)
		return -errno;
	return put == sizeof(*entry) ? 0 : -ENOSPC;
}

int guard_add(int fd, const struct guard_entry *entry)
{
	struct guard_entry old;

	for (int position = 0; position < GUARD_MAX; position++) {
		int err = read_entry(fd, position, &old);

		if (err > 0 && old.ifindex)
			continue;
		if (err >= 0)
			err = guard_update(fd, position, entry);
		return err ? err : position;
	}
	return -ENOSPC;
}

void guard_drop(int fd, int position)
{
	struct guard_entry none = { 0 };

	guard_update(fd, position, &none);
}

/* Twice over all: a discipline goes only when nothing is left in it. */
void kern_guard_clean(int guard_fd)
{
	struct guard_entry entry;
	uint64_t netns = guard_netns();

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; read_entry(guard_fd, i, &entry) == 1; i++) {
			if (!entry.ifindex || entry.netns != netns)
				continue;
			clsact_remove(&entry);
			if (pass == 1)
				guard_drop(guard_fd, i);
		}
}
