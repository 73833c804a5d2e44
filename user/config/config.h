/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * config.h - YAML to settings and checks; the only code that sees libyaml.
 *
 * All errors at once, each as file:line:column: sentence, with a suggestion for
 * a key that is nearly right. A file with errors changes nothing.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "domain/check.h"

#define CONFIG_LISTEN_MAX 8
#define CONFIG_HOSTS_MAX  16

struct config {
	/* server: */
	char *listen
		[CONFIG_LISTEN_MAX]; /* "127.0.0.1:7663", "[::1]:7663", "unix:/run/sonde/sonde.sock" */
	unsigned nlisten;
	char *hosts[CONFIG_HOSTS_MAX]; /* further names allowed in the Host header */
	unsigned nhosts;
	char *token_file; /* bearer token for writes; NULL none */
	char *tls_cert, *tls_key;
	/* store: */
	char *data_dir;
	int64_t commit_interval_ns;
	uint64_t journal_bytes;
	/* probing: */
	uint64_t rate_cap; /* explicit, probes/s; 0 none */
	int rx, tc;        /* enum engine_rx, enum kern_tc as numbers; names checked here */
	unsigned slot_bits;
	char *dns_servers; /* NULL: /etc/resolv.conf */
	int builtin;       /* probe 127.0.0.1, ::1 and the built-in responder */
	/* log: */
	enum log_level log_level;
	enum log_format log_format;
	struct check *checks;
	uint32_t nchecks;
};

/** config_defaults() - what holds without a file. */
void config_defaults(struct config *config);

/**
 * config_read() - parse and validate a file.
 * @errors: every error is printed there, a line each.
 * @config: defaults first; on failure cleared.
 * Return: 0, or the number of errors (at least 1), or -errno when the file cannot be read
 * (then also printed).
 */
int config_read(struct config *config, const char *path, FILE *errors);

/** config_clear() - free what it owns. */
void config_clear(struct config *config);

#endif /* CONFIG_CONFIG_H */
