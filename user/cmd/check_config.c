// SPDX-License-Identifier: GPL-2.0 OR MIT
/* check_config.c - `sonde check-config FILE`: what `serve` would say to it. */
#include <stdio.h>

#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "config/config.h"

static const struct options command = {
	.command = "check-config",
	.usage = "FILE",
	.about = "Read a configuration as 'sonde serve' does and print every mistake, with its "
		 "place.",
	.notes = "Exit code: 0 good, 2 usage, 3 mistakes.",
};

int cmd_check_config(int argc, char **argv)
{
	int n = options_parse(&command, argc, argv, NULL);
	struct config config;
	double rate = 0;

	if (n < 0)
		return options_exit(n);
	if (n != 1) {
		options_error(&command, "one FILE is needed");
		return CMD_USAGE;
	}
	if (config_read(&config, argv[0], stderr))
		return CMD_CONFIG;
	for (uint32_t i = 0; i < config.nchecks; i++)
		rate += (double)NS_PER_SEC / (double)config.checks[i].interval_ns;
	printf("%s: good: %u checks, %.1f probes per second\n", argv[0], config.nchecks, rate);
	config_clear(&config);
	return CMD_OK;
}
