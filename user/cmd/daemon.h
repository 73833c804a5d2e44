/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * daemon.h - the threads of `sonde serve` and what runs between them.
 *
 *   probe thread ─results─▶ judge ─samples, orders─▶ writer ─▶ store
 *        ▲──flow orders─────┘  ▲──commands (socket)── web ◀── board, snapshots
 *
 * Started from the back to the front, stopped from the front to the back, so
 * that nothing is produced that nobody takes.
 */
#ifndef CMD_DAEMON_H
#define CMD_DAEMON_H

#include "config/config.h"

struct daemon_options {
	struct config *config; /* checks included; read-only once started */
	uint32_t max_checks;   /* rows of the table */
	int guard_fd;
	const char *token;
};

struct daemon;

/**
 * daemon_start() - open the store, start every thread.
 * @why: a sentence when it cannot.
 * Return: 0 or -errno.
 */
int daemon_start(struct daemon **ret, const struct daemon_options *options, char *why,
		 unsigned why_bytes);

/** daemon_stop() - end all threads; what was measured is committed. NULL is a no-op. */
void daemon_stop(struct daemon *daemon);

/** daemon_origin() - where the page is, as api_origin(). */
int daemon_origin(const struct daemon *daemon, char *text, size_t room);

/** daemon_rx() - the rung in use. daemon_checks(): how many there were at the start. */
const char *daemon_rx(const struct daemon *daemon);
uint32_t daemon_checks(const struct daemon *daemon);

#endif /* CMD_DAEMON_H */
