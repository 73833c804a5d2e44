// SPDX-License-Identifier: GPL-2.0 OR MIT
/* config.c - the sections of the file; the contract is in config.h. */
#include "config/config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/addr.h"
#include "base/clock.h"
#include "config/check_list.h"
#include "config/yaml.h"
#include "domain/rung.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static const char *const yes_no[] = { "false", "true", NULL };
static const char *const level_names[] = { "error", "warn", "info", "debug", NULL };
static const char *const format_names[] = { "logfmt", "json", NULL };

static const char *const top_keys[] = { "server",   "store",  "probing", "log",
					"defaults", "checks", NULL };
static const char *const server_keys[] = { "listen", "hosts", "token_file", "tls", NULL };
static const char *const tls_keys[] = { "cert", "key", NULL };
static const char *const store_keys[] = { "dir", "commit_interval", "size", NULL };
static const char *const probing_keys[] = { "rate_cap", "rx",      "tc", "slot_bits",
					    "dns",      "builtin", NULL };
static const char *const log_keys[] = { "level", "format", NULL };

/* Sections that need others are kept until all is read. */
struct top {
	struct config *config;
	yaml_node_t *defaults, *checks, *rate_cap;
};

void config_defaults(struct config *config)
{
	memset(config, 0, sizeof(*config));
	config->commit_interval_ns = NS_PER_SEC;
	config->journal_bytes = 4 * GIB;
	config->slot_bits = 20;
	config->log_level = LOG_INFO;
}

void config_clear(struct config *config)
{
	for (unsigned i = 0; i < config->nlisten; i++)
		free(config->listen[i]);
	for (unsigned i = 0; i < config->nhosts; i++)
		free(config->hosts[i]);
	for (uint32_t i = 0; i < config->nchecks; i++)
		check_clear(&config->checks[i]);
	free(config->checks);
	free(config->token_file);
	free(config->tls_cert);
	free(config->tls_key);
	free(config->data_dir);
	free(config->dns_servers);
	config_defaults(config);
}

/* A list of texts with a fixed bound. */
struct texts {
	char **text;
	unsigned *n, max;
	const char *what;
	int (*is_good)(const char *text); /* NULL: any is */
	const char *expected;
};

static int is_listener(const char *text)
{
	struct addr addr;
	int port;

	if (!strncmp(text, "unix:", 5))
		return text[5] == '/' &&
		       strlen(text + 5) < sizeof(((struct sockaddr_un *)0)->sun_path);
	return !addr_parse_port(text, &addr, &port) && port >= 0;
}

static void read_text(struct yaml *y, void *arg, unsigned index, yaml_node_t *item)
{
	struct texts *t = arg;
	const char *text = yaml_text(y, item, t->what);
	char quoted[LOG_QUOTED];

	(void)index;
	if (text && *t->n == t->max) {
		yaml_error(y, item, "%s: more than %u", t->what, t->max);
	} else if (text && t->is_good && !t->is_good(text)) {
		yaml_error(y, item, "%s: %s is not %s", t->what,
			   log_quote(text, quoted, sizeof(quoted)), t->expected);
	} else if (text) {
		t->text[*t->n] = NULL;
		yaml_get_string(y, item, t->what, &t->text[*t->n]);
		*t->n += t->text[*t->n] != NULL;
	}
}

static void read_tls(struct yaml *y, void *arg, const char *key, yaml_node_t *key_node,
		     yaml_node_t *value)
{
	struct config *c = arg;

	if (!strcmp(key, "cert"))
		yaml_get_string(y, value, key, &c->tls_cert);
	else if (!strcmp(key, "key"))
		yaml_get_string(y, value, key, &c->tls_key);
	else
		yaml_unknown_key(y, key_node, key, "tls", tls_keys);
}

static void read_server(struct yaml *y, void *arg, const char *key, yaml_node_t *key_node,
			yaml_node_t *value)
{
	struct config *c = arg;
	struct texts listen = { c->listen, &c->nlisten, CONFIG_LISTEN_MAX,
				"listen",  is_listener, "ADDRESS:PORT, [IPV6]:PORT or unix:/PATH" };
	struct texts hosts = { c->hosts, &c->nhosts, CONFIG_HOSTS_MAX, "hosts", NULL, NULL };

	if (!strcmp(key, "listen"))
		yaml_each_item(y, value, key, read_text, &listen);
	else if (!strcmp(key, "hosts"))
		yaml_each_item(y, value, key, read_text, &hosts);
	else if (!strcmp(key, "token_file"))
		yaml_get_string(y, value, key, &c->token_file);
	else if (!strcmp(key, "tls"))
		yaml_each_pair(y, value, key, read_tls, c);
	else
		yaml_unknown_key(y, key_node, key, "server", server_keys);
}

static void read_store(struct yaml *y, void *arg, const char *key, yaml_node_t *key_node,
		       yaml_node_t *value)
{
	struct config *c = arg;

	if (!strcmp(key, "dir"))
		yaml_get_string(y, value, key, &c->data_dir);
	else if (!strcmp(key, "commit_interval"))
		yaml_get_duration(y, value, key, 10 * NS_PER_MS, 60 * NS_PER_SEC,
				  &c->commit_interval_ns);
	else if (!strcmp(key, "size"))
		yaml_get_bytes(y, value, key, 16 * MIB, 4096 * GIB, &c->journal_bytes);
	else
		yaml_unknown_key(y, key_node, key, "store", store_keys);
}

/* Servers as one list with commas, the form the resolver takes. */
static void read_dns(struct yaml *y, void *arg, unsigned index, yaml_node_t *item)
{
	struct config *c = arg;
	const char *text = yaml_text(y, item, "dns");
	char *all, quoted[LOG_QUOTED];
	struct addr addr;
	int port;

	(void)index;
	if (!text)
		return;
	if (addr_parse_port(text, &addr, &port) || !port) {
		yaml_error(y, item, "dns: %s is not ADDRESS, ADDRESS:PORT or [IPV6]:PORT",
			   log_quote(text, quoted, sizeof(quoted)));
		return;
	}
	if (asprintf(&all, "%s%s%s", c->dns_servers ? c->dns_servers : "",
		     c->dns_servers ? "," : "", text) < 0) {
		yaml_error(y, item, "out of memory");
		return;
	}
	free(c->dns_servers);
	c->dns_servers = all;
}

static void read_probing(struct yaml *y, void *arg, const char *key, yaml_node_t *key_node,
			 yaml_node_t *value)
{
	struct top *top = arg;
	struct config *c = top->config;
	uint64_t bits = c->slot_bits;

	if (!strcmp(key, "rate_cap")) {
		yaml_get_uint(y, value, key, 1, 100000000, &c->rate_cap);
		top->rate_cap = value;
	} else if (!strcmp(key, "rx")) {
		yaml_get_choice(y, value, key, rung_rx_names, &c->rx);
	} else if (!strcmp(key, "tc")) {
		yaml_get_choice(y, value, key, rung_tc_names, &c->tc);
	} else if (!strcmp(key, "slot_bits")) {
		yaml_get_uint(y, value, key, 10, 22, &bits);
		c->slot_bits = (unsigned)bits;
	} else if (!strcmp(key, "dns")) {
		yaml_each_item(y, value, key, read_dns, c);
	} else if (!strcmp(key, "builtin")) {
		yaml_get_choice(y, value, key, yes_no, &c->builtin);
	} else {
		yaml_unknown_key(y, key_node, key, "probing", probing_keys);
	}
}

static void read_log(struct yaml *y, void *arg, const char *key, yaml_node_t *key_node,
		     yaml_node_t *value)
{
	struct config *c = arg;
	int level = (int)c->log_level, format = (int)c->log_format;

	if (!strcmp(key, "level"))
		yaml_get_choice(y, value, key, level_names, &level);
	else if (!strcmp(key, "format"))
		yaml_get_choice(y, value, key, format_names, &format);
	else
		yaml_unknown_key(y, key_node, key, "log", log_keys);
	c->log_level = (enum log_level)level;
	c->log_format = (enum log_format)format;
}

static void read_top(struct yaml *y, void *arg, const char *key, yaml_node_t *key_node,
		     yaml_node_t *value)
{
	struct top *top = arg;

	if (!strcmp(key, "server"))
		yaml_each_pair(y, value, key, read_server, top->config);
	else if (!strcmp(key, "store"))
		yaml_each_pair(y, value, key, read_store, top->config);
	else if (!strcmp(key, "probing"))
		yaml_each_pair(y, value, key, read_probing, top);
	else if (!strcmp(key, "log"))
		yaml_each_pair(y, value, key, read_log, top->config);
	else if (!strcmp(key, "defaults"))
		top->defaults = value;
	else if (!strcmp(key, "checks"))
		top->checks = value;
	else
		yaml_unknown_key(y, key_node, key, "the file", top_keys);
}

/* A configuration above its own cap is refused, not thinned. */
static void check_rate(struct yaml *y, const struct top *top)
{
	const struct config *c = top->config;
	double rate = 0;

	for (uint32_t i = 0; i < c->nchecks; i++)
		rate += (double)NS_PER_SEC / (double)c->checks[i].interval_ns;
	if (c->rate_cap && rate > (double)c->rate_cap)
		yaml_error(y, top->rate_cap,
			   "the checks need %.1f probes per second, more than rate_cap %" PRIu64,
			   rate, c->rate_cap);
}

static void check_tls(struct yaml *y, const struct config *c)
{
	if (!c->tls_cert != !c->tls_key)
		yaml_error(y, yaml_root(y), "server: tls needs both 'cert' and 'key'");
}

int config_read(struct config *config, const char *path, FILE *errors)
{
	struct top top = { .config = config };
	struct yaml y;
	int err;

	config_defaults(config);
	err = yaml_load(&y, path, errors);
	if (!err && yaml_root(&y)) {
		yaml_each_pair(&y, yaml_root(&y), "the file", read_top, &top);
		if (top.checks)
			checks_read(&y, config, top.checks, top.defaults);
		check_rate(&y, &top);
		check_tls(&y, config);
	}
	if (err >= 0)
		err = (int)y.nerrors;
	if (err > 100)
		fprintf(errors, "%s: and %d more errors\n", path, err - 100);
	yaml_unload(&y);
	if (err)
		config_clear(config);
	return err;
}
