/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * doctor.h - findings about this host: what is there, what a lack costs, how to mend it.
 *
 * Each group of checks is one function in a file of its own that adds its findings to the report.
 * They look and try; they change nothing, and attach nothing to any interface.
 */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include <stdint.h>

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARN, /* costs something: accuracy, or targets at scale */
	DOCTOR_BAD,  /* sonde cannot work as it should */
	DOCTOR_LEVELS,
};

struct doctor_finding {
	enum doctor_level level;
	char topic[24];
	char text[256]; /* what is so */
	char cost[256]; /* what that costs; "" when it is well */
	char mend[256]; /* what to do, a command where there is one; "" */
};

struct doctor_report {
	struct doctor_finding *at;
	unsigned count, room;
	unsigned levels[DOCTOR_LEVELS]; /* how many of each */
	int error;                      /* -ENOMEM: findings are missing */
};

/**
 * doctor_add() - one finding.
 * @format: of its text.
 * Return: the finding, to be given cost and mend by doctor_explain(); never NULL.
 */
struct doctor_finding *doctor_add(struct doctor_report *report, enum doctor_level level,
				  const char *topic, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** doctor_explain() - @cost as it stands; @mend is a format. */
void doctor_explain(struct doctor_finding *finding, const char *cost, const char *mend, ...)
	__attribute__((format(printf, 3, 4)));

/** doctor_clear() - free the findings. */
void doctor_clear(struct doctor_report *report);

/** doctor_print_text() - aligned lines to standard output; colour only on a terminal that has
 * it, and not with NO_COLOR set. */
void doctor_print_text(const struct doctor_report *report);

/** doctor_print_json() - one object to standard output. Return: 0 or -ENOMEM. */
int doctor_print_json(const struct doctor_report *report);

/** doctor_read() - first line of a file of /proc or /sys. Return: 0 or -errno. */
int doctor_read(const char *path, char *text, unsigned room);

/** doctor_read_uint() - the same as a decimal number. Return: 0 or -errno. */
int doctor_read_uint(const char *path, uint64_t *ret);

/** doctor_kernel() - release, BTF, io_uring, BPF, TCX, clocks. */
void doctor_kernel(struct doctor_report *report);

/** doctor_rights() - effective capabilities by name. */
void doctor_rights(struct doctor_report *report);

/** doctor_has_right() - capability by number, effective. */
int doctor_has_right(int capability);

/** doctor_limits() - tables, queues and limits that bite at scale. */
void doctor_limits(struct doctor_report *report);

/** doctor_interfaces() - each interface, or only @name. */
void doctor_interfaces(struct doctor_report *report, const char *name);

#endif /* CMD_DOCTOR_H */
