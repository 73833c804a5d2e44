// SPDX-License-Identifier: GPL-2.0 OR MIT
/* cpus.c - sets of CPUs from /sys. */
#include "kern/cpus.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define ONLINE     "/sys/devices/system/cpu/online"
#define LIST_BYTES 4096

static int parse_number(const char **text, unsigned long *ret)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	*ret = strtoul(*text, &end, 10);
	*text = end;
	return *ret < CPUS_MAX ? 0 : -ERANGE;
}

int cpus_parse(struct cpus *ret, const char *list)
{
	struct cpus cpus = { 0 };
	unsigned long first, last;
	int err;

	for (;;) {
		err = parse_number(&list, &first);
		last = first;
		if (!err && *list == '-') {
			list++;
			err = parse_number(&list, &last);
		}
		if (err)
			return err;
		if (last < first)
			return -EINVAL;
		for (; first <= last; first++)
			cpus.bits[first / 64] |= 1ull << first % 64;
		if (*list != ',')
			break;
		list++;
	}
	if (*list == '\n')
		list++;
	if (*list)
		return -EINVAL;
	*ret = cpus;
	return 0;
}

int cpus_read_online(struct cpus *ret)
{
	char list[LIST_BYTES];
	ssize_t bytes;
	int err = 0, fd = open(ONLINE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	bytes = read(fd, list, sizeof(list) - 1);
	if (bytes < 0)
		err = -errno;
	close(fd);
	if (err)
		return err;
	list[bytes] = '\0';
	return cpus_parse(ret, list);
}

int cpus_has(const struct cpus *cpus, unsigned cpu)
{
	return cpus->bits[cpu / 64] >> cpu % 64 & 1;
}
