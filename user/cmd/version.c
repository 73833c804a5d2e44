// SPDX-License-Identifier: GPL-2.0 OR MIT
/* version.c - the only object that knows the version, so that a commit rebuilds one file. */
#include "cmd/version.h"

#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/options.h"

const char *version_text(void)
{
	return SONDE_VERSION;
}

int cmd_version(int argc, char **argv)
{
	static const struct options options = {
		.command = "version",
		.usage = "",
		.about = "Print the version, and of which libraries it was built.",
	};
	int n = options_parse(&options, argc, argv, NULL);

	if (n < 0)
		return options_exit(n);
	if (n > 0) {
		options_error(&options, "no operands are expected");
		return CMD_USAGE;
	}
	printf("sonde %s\n%s\n", SONDE_VERSION, SONDE_LIBRARIES);
	return CMD_OK;
}
