/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * cpus.h - which CPUs there are, as the kernel lists them: "0-3,8".
 */
#ifndef KERN_CPUS_H
#define KERN_CPUS_H

#include <stdint.h>

#define CPUS_MAX 1024

struct cpus {
	uint64_t bits[CPUS_MAX / 64];
};

/**
 * cpus_parse() - a list of numbers and ranges; a line feed may end it.
 * Return: 0, -EINVAL (syntax), -ERANGE (CPUS_MAX and above).
 */
int cpus_parse(struct cpus *ret, const char *list);

/** cpus_read_online() - those that run now. Return: 0 or -errno. */
int cpus_read_online(struct cpus *ret);

/** cpus_has() - @cpu below CPUS_MAX. */
int cpus_has(const struct cpus *cpus, unsigned cpu);

#endif /* KERN_CPUS_H */
