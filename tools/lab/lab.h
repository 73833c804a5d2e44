/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * lab.h - the subcommands of sonde-lab, and what all of them need.
 *
 * A subcommand takes its own argc and argv (argv[0] is its name) and returns an
 * exit status: 0, 1 when it failed at work, 2 usage, 4 a system call.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <stdint.h>

#define EXIT_USAGE  2
#define EXIT_SYSTEM 4

int respond_main(int argc, char **argv);
int stat_main(int argc, char **argv);
int emulate_main(int argc, char **argv);
int forge_main(int argc, char **argv);
int dns_main(int argc, char **argv);
int forward_main(int argc, char **argv);
int gro_main(int argc, char **argv);

/** lab_fail() - "sonde-lab: WHAT: text of -err" on standard error. Return: EXIT_SYSTEM. */
int lab_fail(const char *what, int err);

/** lab_signals() - block SIGINT and SIGTERM. Return: a signalfd of them, or -errno. */
int lab_signals(void);

/** lab_ready() - "ready" on standard output, for whoever waits to begin. */
void lab_ready(void);

/** lab_number() - a whole number of the command line, 0..@max. Return: 0 or -EINVAL. */
int lab_number(const char *text, uint64_t max, uint64_t *ret);

#endif /* LAB_LAB_H */
