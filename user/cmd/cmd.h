/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * cmd.h - what main.c dispatches to, and what the exit codes mean.
 *
 * A command gets what follows its own name; argv[argc] is NULL. Its return value is the process's
 * exit code. What it left in stdio's buffers is flushed, and failure to do so reported, by main().
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

enum cmd_exit {
	CMD_OK,
	CMD_UNANSWERED, /* some target unanswered; something is bad (doctor) */
	CMD_USAGE,      /* the command line is wrong */
	CMD_CONFIG,     /* the configuration is wrong */
	CMD_SYSTEM,     /* a system call failed or a right is missing */
};

int cmd_ping(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_check_config(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_version(int argc, char **argv);

#endif /* CMD_CMD_H */
