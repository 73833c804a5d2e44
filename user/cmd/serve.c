// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * serve.c - `sonde serve`: configuration, guardian, threads, signals.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/api.h"
#include "base/log.h"
#include "cmd/builtin.h"
#include "cmd/cmd.h"
#include "cmd/daemon.h"
#include "cmd/guardian.h"
#include "cmd/options.h"
#include "cmd/token.h"
#include "config/config.h"
#include "domain/rung.h"
#include "kern/responder.h"

#define DEFAULT_LISTEN "127.0.0.1:7663"
#define DEFAULT_DATA   "/var/lib/sonde"
#define MAX_CHECKS     131072

struct serve {
	const char *config_path, *data_dir, *listen;
	uint32_t max_checks;
	int rx, tc; /* -1: as the configuration says */
	int log_level;
	struct config config;
	char token[TOKEN_MAX + 1];
};

#define AT(field) offsetof(struct serve, field)

static const char *const level_names[] = { "error", "warn", "info", "debug", NULL };

static const struct option_spec specs[] = {
	{ OPTION_TEXT, 'c', "config", "FILE", AT(config_path), 0, 0, NULL,
	  "YAML; without it only this host itself is probed" },
	{ OPTION_TEXT, 'd', "data", "DIR", AT(data_dir), 0, 0, NULL,
	  "where results are kept (" DEFAULT_DATA ")" },
	{ OPTION_TEXT, 'l', "listen", "ADDR", AT(listen), 0, 0, NULL,
	  "page and API: HOST:PORT or unix:PATH (" DEFAULT_LISTEN ")" },
	{ OPTION_UINT32, 0, "max-checks", "N", AT(max_checks), 1, 4194304, NULL,
	  "size of the table of checks (131072)" },
	{ OPTION_CHOICE, 0, "rx", "HOW", AT(rx), 0, 0, rung_rx_names,
	  "auto, xdp, tc, socket or clock: who stamps answers (auto)" },
	{ OPTION_CHOICE, 0, "tc", "HOW", AT(tc), 0, 0, rung_tc_names,
	  "auto, tcx or clsact: how TC programs are attached (auto)" },
	{ OPTION_CHOICE, 0, "log-level", "LEVEL", AT(log_level), 0, 0, level_names,
	  "error, warn, info or debug (info)" },
};

static const struct options command = {
	.command = "serve",
	.usage = "[OPTION]...",
	.about =
		"Probe what the configuration says, keep every result, serve page and API.\n\n"
		"Without a configuration it probes 127.0.0.1, ::1 and a responder of its own, and\n"
		"offers this host's gateways and resolvers on the page. Nothing else is probed.",
	.notes = "Writing needs the token: printed at start with the page's address, kept in\n"
		 "DIR/token. Ctrl-C or SIGTERM ends it; a killed daemon is started again.\n\n"
		 "Exit code: 0 ended on request, 2 usage, 3 bad configuration, 4 a system call\n"
		 "failed or a right is missing ('sonde doctor' tells).",
	.specs = specs,
	.nspecs = sizeof(specs) / sizeof(specs[0]),
};

/* The command line wins over the file, the file over the defaults. */
static int fill(char **setting, const char *option, const char *def)
{
	const char *value = option ? option : *setting ? NULL : def;
	char *copy;

	if (!value)
		return 0;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*setting);
	*setting = copy;
	return 0;
}

static int read_config(struct serve *s)
{
	struct config *c = &s->config;
	int err;

	if (s->config_path) {
		err = config_read(c, s->config_path, stderr);
		if (err)
			return CMD_CONFIG;
	} else {
		config_defaults(c);
		c->builtin = 1;
	}
	if (s->rx >= 0)
		c->rx = s->rx;
	if (s->tc >= 0)
		c->tc = s->tc;
	if (s->log_level >= 0)
		c->log_level = (enum log_level)s->log_level;
	while (s->listen && c->nlisten)
		free(c->listen[--c->nlisten]);
	if (fill(&c->data_dir, s->data_dir, DEFAULT_DATA))
		return CMD_SYSTEM;
	if (!c->nlisten) {
		if (fill(&c->listen[0], s->listen, DEFAULT_LISTEN))
			return CMD_SYSTEM;
		c->nlisten = 1;
	}
	return CMD_OK;
}

static int prepare_token(struct serve *s)
{
	char path[4096], quoted[LOG_QUOTED];
	int is_own = !s->config.token_file, err;

	if (mkdir(s->config.data_dir, 0700) && errno != EEXIST) {
		log_event(LOG_ERROR, "data directory", "dir=%s error=\"%s\"",
			  log_quote(s->config.data_dir, quoted, sizeof(quoted)), strerror(errno));
		return CMD_SYSTEM;
	}
	if (is_own)
		snprintf(path, sizeof(path), "%s/token", s->config.data_dir);
	else
		snprintf(path, sizeof(path), "%s", s->config.token_file);
	err = token_read(path, is_own, s->token);
	if (!err)
		return CMD_OK;
	log_event(LOG_ERROR, "token file", "file=%s error=\"%s\"",
		  log_quote(path, quoted, sizeof(quoted)),
		  err == -EACCES   ? "others may read it: chmod 600"
		  : err == -EINVAL ? "a token has 16 to 128 printable characters"
				   : strerror(-err));
	return CMD_SYSTEM;
}

static struct responder *make_responder(void)
{
	struct responder *responder = NULL;
	int err = responder_new(&responder);

	if (err)
		log_event(LOG_WARN, "no built-in responder", "error=\"%s\"", strerror(-err));
	return responder;
}

/* The address people click; the token rides in the fragment, which no server ever sees. */
static void greet(const struct serve *s, const struct daemon *daemon)
{
	char data[LOG_QUOTED], listen[LOG_QUOTED], origin[API_ORIGIN_MAX];

	log_event(LOG_INFO, "serving", "checks=%u rx=%s data=%s listen=%s", daemon_checks(daemon),
		  daemon_rx(daemon), log_quote(s->config.data_dir, data, sizeof(data)),
		  log_quote(s->config.listen[0], listen, sizeof(listen)));
	if (!daemon_origin(daemon, origin, sizeof(origin)))
		return;
	printf("sonde is measuring. Open %s/#token=%s\n", origin, s->token);
	fflush(stdout);
}

static void wait_for_end(void)
{
	sigset_t set;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	do {
		signal = 0;
	} while (sigwait(&set, &signal) || !signal);
	log_event(LOG_INFO, "ending", "signal=%d", signal);
}

/* Child and threads inherit the mask; only wait_for_end() takes the signals. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int serve_child(void *arg, int guard_fd)
{
	struct serve *s = arg;
	struct daemon_options options = { .config = &s->config,
					  .max_checks = s->max_checks,
					  .guard_fd = guard_fd,
					  .token = s->token };
	struct responder *responder = NULL;
	struct daemon *daemon = NULL;
	char why[512] = "out of memory", quoted[LOG_QUOTED];
	int err = 0;

	if (s->config.builtin) {
		responder = make_responder();
		err = builtin_add(&s->config, responder);
	}
	if (!err)
		err = daemon_start(&daemon, &options, why, sizeof(why));
	if (err) {
		log_event(LOG_ERROR, "cannot start", "error=%s",
			  log_quote(why, quoted, sizeof(quoted)));
	} else {
		greet(s, daemon);
		wait_for_end();
		daemon_stop(daemon);
	}
	responder_free(responder);
	config_clear(&s->config);
	return err ? CMD_SYSTEM : CMD_OK;
}

int cmd_serve(int argc, char **argv)
{
	struct serve s = { .max_checks = MAX_CHECKS, .rx = -1, .tc = -1, .log_level = -1 };
	int n = options_parse(&command, argc, argv, &s), code;

	if (n < 0)
		return options_exit(n);
	if (n > 0) {
		options_error(&command, "unexpected '%s'; the configuration is given by --config",
			      argv[0]);
		return CMD_USAGE;
	}
	code = read_config(&s);
	if (!code) {
		log_setup(s.config.log_level, s.config.log_format);
		code = prepare_token(&s);
	}
	if (!code) {
		block_signals();
		code = guardian_run(serve_child, &s, 1);
		if (code < 0)
			code = CMD_SYSTEM;
	}
	config_clear(&s.config);
	return code;
}
