// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * ping.c - `sonde ping`: reads what is wanted, then lets ping_run.c do it.
 *
 * Where clsact filters may be needed that happens in a guardian's child.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd/bpf_try.h"
#include "cmd/cmd.h"
#include "cmd/guardian.h"
#include "cmd/ping_run.h"
#include "probe/engine.h"

#define MISTAKES_MAX 20 /* of a list are told; the rest is counted */

struct reading {
	struct ping_targets *targets;
	unsigned mistakes;
};

static void on_bad_word(void *arg, unsigned line, const char *why)
{
	struct reading *reading = arg;
	char where[48];

	snprintf(where, sizeof(where), "standard input:%u", line);
	if (reading->mistakes++ < MISTAKES_MAX)
		ping_say(where, why);
}

static void add_operand(struct reading *reading, const char *operand)
{
	char why[512];

	if (!strcmp(operand, "-")) {
		ping_targets_read(reading->targets, stdin, on_bad_word, reading);
		return;
	}
	if (!ping_targets_add(reading->targets, operand, why, sizeof(why)))
		return;
	if (reading->mistakes++ < MISTAKES_MAX)
		ping_say(NULL, why);
}

static int collect_targets(struct ping_targets *targets, int count, char **operands)
{
	struct reading reading = { .targets = targets };

	for (int i = 0; i < count; i++)
		add_operand(&reading, operands[i]);
	if (reading.mistakes > MISTAKES_MAX)
		options_error(&ping_command, "%u more mistakes like these",
			      reading.mistakes - MISTAKES_MAX);
	if (!reading.mistakes && !targets->count)
		options_error(&ping_command, "standard input names no target");
	return reading.mistakes || !targets->count ? -EINVAL : 0;
}

/* Only clsact filters survive their owner. */
static int needs_guardian(const struct ping_options *options)
{
	if (options->rx == ENGINE_RX_SOCKET || options->rx == ENGINE_RX_CLOCK)
		return 0;
	if (options->tc == KERN_TC_AUTO)
		return bpf_try_tcx() == 0;
	return options->tc == KERN_TC_CLSACT;
}

static int run_child(void *arg, int guard_fd)
{
	return ping_run(arg, guard_fd);
}

static int run_job(struct ping_job *job)
{
	int code;

	if (!needs_guardian(&job->options))
		return ping_run(job, -1);
	code = guardian_run(run_child, job, 0);
	if (code >= 0)
		return code;
	ping_say("guardian", strerror(-code));
	return CMD_SYSTEM;
}

int cmd_ping(int argc, char **argv)
{
	struct ping_job job = { .options = { .count = 0 } };
	int operands = ping_options_parse(&job.options, &job.icmp, argc, argv), code = CMD_USAGE;

	if (operands < 0)
		return options_exit(operands);
	log_setup((enum log_level)job.options.log_level, LOG_LOGFMT);
	ping_targets_init(&job.targets, &job.icmp);
	if (!collect_targets(&job.targets, operands, argv)) {
		ping_plan(&job.plan, &job.options, job.targets.count);
		code = run_job(&job);
	}
	ping_targets_clear(&job.targets);
	return code;
}
