/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* startup.h - what every command may rely on, whoever started the process and however. */
#ifndef CMD_STARTUP_H
#define CMD_STARTUP_H

/**
 * startup_prepare() - descriptors 0 to 2 are open (else nothing of ours would be safe from stray
 * output), no signal is blocked, SIGCHLD is not ignored, SIGPIPE is: a reader that went away is
 * an error of write().
 * Return: 0 or -errno.
 */
int startup_prepare(void);

/**
 * startup_finish() - flush standard output; a failure is said on standard error, unless the
 * reader just went away.
 * Return: @exit_code, or CMD_SYSTEM when what was printed did not arrive.
 */
int startup_finish(int exit_code);

#endif /* CMD_STARTUP_H */
