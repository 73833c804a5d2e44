// SPDX-License-Identifier: GPL-2.0 OR MIT
/* main.c - one line a command; everything else is in the command's own file. */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/startup.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

static const struct command commands[] = {
	{ "ping", cmd_ping, "probe targets and print what came back, as fping does" },
	{ "serve", cmd_serve, "probe what a configuration says, keep it, serve page and API" },
	{ "check-config", cmd_check_config, "find every mistake in a configuration" },
	{ "doctor", cmd_doctor, "what this host allows, and what to mend" },
	{ "version", cmd_version, "version of sonde and of its libraries" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
	printf("Usage: sonde COMMAND [OPTION]...\n\n"
	       "Measure networks from this host, every packet stamped in the kernel.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-14s%s\n", commands[i].name, commands[i].help);
	printf("  %-14s%s\n\n", "help COMMAND", "options of a command");
	printf("Exit codes: 0 all well, 1 some target unanswered, 2 usage, 3 bad configuration,\n"
	       "4 a system call failed or a right is missing.\n");
	return CMD_OK;
}

static int unknown_command(const char *name)
{
	const char *known[COMMANDS + 1] = { NULL }, *near;
	char quoted[OPTIONS_QUOTED];

	for (size_t i = 0; i < COMMANDS; i++)
		known[i] = commands[i].name;
	near = nearest_word(name, known);
	options_quote(name, quoted, sizeof(quoted));
	if (near)
		fprintf(stderr, "sonde: unknown command %s; did you mean '%s'?\n", quoted, near);
	else
		fprintf(stderr, "sonde: unknown command %s; see 'sonde help'\n", quoted);
	return CMD_USAGE;
}

static int is_any(const char *text, const char *a, const char *b)
{
	return !strcmp(text, a) || !strcmp(text, b);
}

static int dispatch(int argc, char **argv)
{
	char help[] = "--help", *help_argv[] = { help, NULL };
	int wants_help = argc > 0 && !strcmp(argv[0], "help");

	if (argc == 0 || is_any(argv[0], "-h", "--help") || (wants_help && argc == 1))
		return print_help();
	if (is_any(argv[0], "-V", "--version"))
		return cmd_version(0, argv + 1);
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[wants_help], commands[i].name))
			return wants_help ? commands[i].run(1, help_argv)
					  : commands[i].run(argc - 1, argv + 1);
	return unknown_command(argv[wants_help]);
}

int main(int argc, char **argv)
{
	if (startup_prepare())
		return CMD_SYSTEM;
	/* execve() may hand over no argument at all, not even a name */
	return startup_finish(dispatch(argc > 0 ? argc - 1 : 0, argv + (argc > 0)));
}
