/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ping_run.h - one run of `sonde ping`, from the first packet to the summary, in one thread.
 */
#ifndef CMD_PING_RUN_H
#define CMD_PING_RUN_H

#include "cmd/ping_options.h"
#include "cmd/ping_targets.h"

/* What is wanted. */
struct ping_job {
	struct ping_options options;
	struct check_icmp icmp;
	struct ping_targets targets; /* names get their addresses during the run */
	struct ping_plan plan;
};

/**
 * ping_run() - probe, print, and tell failures on standard error.
 * @guard_fd: as in kern.h, -1 where no clsact filter will be needed.
 * Return: the process's exit code.
 */
int ping_run(struct ping_job *job, int guard_fd);

/** ping_say() - "sonde ping: what: why" on standard error, escaped. @what may be NULL. */
void ping_say(const char *what, const char *why);

#endif /* CMD_PING_RUN_H */
