// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * api.c - life of the web server's thread; the contract is in api.h.
 *
 * The starter checks, binds and reads certificates, so that every refusal is
 * told at once; all that is h2o's is made, run and taken down in the thread
 * itself, because h2o keeps buffers per thread.
 */
#include "api/api.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "api/catalogue.h"
#include "api/commands.h"
#include "api/listen.h"
#include "api/reader.h"
#include "api/routes.h"
#include "api/server.h"
#include "api/stream.h"
#include "base/clock.h"
#include "base/log.h"

#define BODY_BYTES_MAX   (1u << 20)
#define REQUEST_MS       10000 /* head, body and idle time together: h2o has one timer for them */
#define STOP_FLUSH_NS    (300 * NS_PER_MS)
#define STOP_CLOSE_NS    (1500 * NS_PER_MS)
#define SWEEP_TICKS      4
#define MEASURED_RATE_NS (NS_PER_SEC / 2)

struct api {
	struct server server;
	pthread_t thread;
	SSL_CTX *tls;
	int stop_event;
	int fds[CONNECTIONS_LISTEN_MAX]; /* -1 once the thread has them */
	struct listen_spec specs[CONNECTIONS_LISTEN_MAX];
	unsigned nfds;
	int commands; /* a copy of the caller's; -1 once the thread has it */
	uint16_t port;
	h2o_socket_t *stop_socket;
	h2o_timeout_t tick_interval;
	h2o_timeout_entry_t tick;
	int is_stopping;
};

double server_rate(const struct server *server)
{
	unsigned newest = server->ticks % SERVER_RATES, oldest = (newest + 1) % SERVER_RATES;
	int64_t span_ns;

	if (server->ticks < SERVER_RATES)
		oldest = server->ticks ? 1 : 0;
	span_ns = server->rates[newest].at_ns - server->rates[oldest].at_ns;
	if (span_ns < MEASURED_RATE_NS)
		return 0;
	return (double)(server->rates[newest].attempts - server->rates[oldest].attempts) * 1e9 /
	       (double)span_ns;
}

static void on_tick(h2o_timeout_entry_t *entry)
{
	struct api *api = container_of(entry, struct api, tick);
	struct server *server = &api->server;
	int64_t now_ns = clock_now_ns();
	unsigned slot = ++server->ticks % SERVER_RATES;

	server->rates[slot].at_ns = now_ns;
	server->rates[slot].attempts = board_get(server->options.board, BOARD_ATTEMPTS);
	commands_expire(server->commands, now_ns);
	streams_tick(server->streams, now_ns);
	if (server->ticks % SWEEP_TICKS == 0)
		connections_sweep(server->connections, now_ns);
	h2o_timeout_link(server->context.loop, &api->tick_interval, entry);
}

static void on_stop(h2o_socket_t *sock, const char *err)
{
	struct api *api = sock->data;
	eventfd_t value;

	(void)err;
	if (eventfd_read(h2o_socket_get_fd(sock), &value))
		return;
	api->is_stopping = 1;
	h2o_socket_read_stop(sock);
}

static void configure(struct api *api)
{
	static const char name[] = "sonde";
	h2o_globalconf_t *config = &api->server.config;
	h2o_hostconf_t *host;

	h2o_config_init(config);
	config->server_name = h2o_iovec_init(name, sizeof(name) - 1);
	config->max_request_entity_size = BODY_BYTES_MAX;
	config->http1.req_timeout = REQUEST_MS;
	config->handshake_timeout = REQUEST_MS;
	/* rapid reset is not mended in this h2o: no HTTP/2, neither by upgrade nor by preface */
	config->http1.upgrade_to_http2 = 0;
	host = h2o_config_register_host(config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	routes_register(host, &api->server);
}

static int build(struct api *api)
{
	struct server *server = &api->server;
	int err;

	configure(api);
	h2o_context_init(&server->context, h2o_evloop_create(), &server->config);
	err = connections_new(&server->connections, &server->context);
	if (!err)
		err = catalogue_new(&server->catalogue, server->options.board,
				    server->options.repository);
	if (!err)
		err = commands_new(&server->commands, server->context.loop, api->commands,
				   server->options.repository);
	if (err)
		return err;
	api->commands = -1;
	err = streams_new(&server->streams, server);
	if (!err)
		err = reader_new(&server->reader, server->context.loop);
	for (unsigned i = 0; !err && i < api->nfds; i++) {
		err = connections_listen(server->connections, api->fds[i], api->specs[i].class,
					 api->specs[i].class == ACCESS_BEYOND ? api->tls : NULL);
		api->fds[i] = -1;
	}
	return err;
}

static void watch(struct api *api)
{
	h2o_loop_t *loop = api->server.context.loop;

	api->stop_socket =
		h2o_evloop_socket_create(loop, api->stop_event, H2O_SOCKET_FLAG_DONT_READ);
	api->stop_socket->data = api;
	h2o_socket_read_start(api->stop_socket, on_stop);
	h2o_timeout_init(loop, &api->tick_interval, SERVER_TICK_MS);
	api->tick.cb = on_tick;
	h2o_timeout_link(loop, &api->tick_interval, &api->tick);
}

static void run_until(struct api *api, int64_t deadline_ns,
		      unsigned (*count)(const struct connections *connections))
{
	while (count(api->server.connections) && clock_now_ns() < deadline_ns)
		if (h2o_evloop_run(api->server.context.loop, 20) && errno != EINTR)
			return;
}

/* Streams get their end, what is being sent a moment, then every connection is shut. */
static void wind_down(struct api *api)
{
	struct server *server = &api->server;
	int64_t now_ns = clock_now_ns();

	h2o_timeout_unlink(&api->tick);
	connections_stop_listening(server->connections);
	commands_stop(server->commands);
	reader_stop(server->reader);
	streams_end(server->streams);
	h2o_evloop_run(server->context.loop, 0);
	run_until(api, now_ns + STOP_FLUSH_NS, connections_writing);
	connections_shut(server->connections);
	run_until(api, now_ns + STOP_CLOSE_NS, connections_count);
}

static void take_down(struct api *api)
{
	struct server *server = &api->server;
	h2o_loop_t *loop = server->context.loop;

	if (connections_count(server->connections)) {
		/* h2o aborts on a live connection; leaking at the end is better */
		log_event(LOG_WARN, "connections did not close", "open=%u",
			  connections_count(server->connections));
		return;
	}
	h2o_socket_close(api->stop_socket);
	h2o_timeout_dispose(loop, &api->tick_interval);
	streams_free(server->streams);
	commands_free(server->commands);
	catalogue_free(server->catalogue);
	connections_free(server->connections);
	h2o_context_dispose(&server->context);
	h2o_evloop_run(loop, 0);
	h2o_config_dispose(&server->config);
	h2o_evloop_destroy(loop);
}

static void *run(void *arg)
{
	struct api *api = arg;
	int err = build(api);

	if (err) {
		log_event(LOG_ERROR, "the web server cannot start", "error=\"%s\"", strerror(-err));
		return NULL;
	}
	watch(api);
	/* a signal for another thread's handler also ends the wait */
	while (!api->is_stopping)
		if (h2o_evloop_run(api->server.context.loop, 1000) && errno != EINTR)
			break;
	wind_down(api);
	take_down(api);
	return NULL;
}

static int choose_http1(SSL *ssl, const unsigned char **out, unsigned char *out_bytes,
			const unsigned char *offered, unsigned bytes, void *arg)
{
	static const char http1[] = "http/1.1";

	(void)ssl;
	(void)arg;
	for (unsigned i = 0; i < bytes; i += 1u + offered[i]) {
		if (offered[i] != sizeof(http1) - 1 || bytes - i <= offered[i] ||
		    memcmp(offered + i + 1, http1, sizeof(http1) - 1))
			continue;
		*out = offered + i + 1;
		*out_bytes = sizeof(http1) - 1;
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_NOACK;
}

static int load_tls(struct api *api, char *why, unsigned why_bytes)
{
	const struct api_options *options = &api->server.options;

	if (!options->tls_cert || !options->tls_key)
		return 0;
	api->tls = SSL_CTX_new(TLS_server_method());
	if (!api->tls)
		return -ENOMEM;
	SSL_CTX_set_min_proto_version(api->tls, TLS1_2_VERSION);
	SSL_CTX_set_options(api->tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_alpn_select_cb(api->tls, choose_http1, NULL);
	if (SSL_CTX_use_certificate_chain_file(api->tls, options->tls_cert) == 1 &&
	    SSL_CTX_use_PrivateKey_file(api->tls, options->tls_key, SSL_FILETYPE_PEM) == 1 &&
	    SSL_CTX_check_private_key(api->tls) == 1)
		return 0;
	snprintf(why, why_bytes, "cannot use the TLS certificate %s with key %s: %s",
		 options->tls_cert, options->tls_key,
		 ERR_reason_error_string(ERR_peek_last_error()));
	ERR_clear_error();
	return -EINVAL;
}

static int open_listeners(struct api *api, char *why, unsigned why_bytes)
{
	const struct api_options *options = &api->server.options;
	int err = 0, fd;

	if (options->nlisten > CONNECTIONS_LISTEN_MAX) {
		snprintf(why, why_bytes, "more than %d addresses to listen on",
			 CONNECTIONS_LISTEN_MAX);
		return -E2BIG;
	}
	/* all of them are checked before the first is opened */
	for (unsigned i = 0; !err && i < options->nlisten; i++) {
		err = listen_parse(options->listen[i], &api->specs[i], why, why_bytes);
		if (!err)
			err = access_may_listen(options->listen[i], api->specs[i].class,
						options->token, api->tls != NULL, why, why_bytes);
	}
	for (unsigned i = 0; !err && i < options->nlisten; i++) {
		fd = listen_open(&api->specs[i], why, why_bytes);
		if (fd < 0)
			return fd;
		api->fds[api->nfds++] = fd;
		if (!api->port)
			api->port = listen_port(fd);
	}
	return err;
}

static int start_thread(struct api *api)
{
	sigset_t all, before;
	int err;

	/* signals are the main thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = -pthread_create(&api->thread, NULL, run, api);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static void api_free(struct api *api)
{
	for (unsigned i = 0; i < api->nfds; i++) {
		if (api->fds[i] >= 0)
			close(api->fds[i]);
		if (api->specs[i].class == ACCESS_UNIX)
			unlink(api->specs[i].path);
	}
	if (api->commands >= 0)
		close(api->commands);
	if (api->stop_event >= 0)
		close(api->stop_event);
	SSL_CTX_free(api->tls);
	access_clear(&api->server.access);
	free(api);
}

static int prepare(struct api *api, char *why, unsigned why_bytes)
{
	const struct api_options *options = &api->server.options;
	int err;

	if (!options->version)
		api->server.options.version = "";
	err = access_init(&api->server.access, options->token, options->hosts, options->nhosts);
	if (err == -EINVAL)
		snprintf(why, why_bytes, "the token is empty");
	if (!err)
		err = load_tls(api, why, why_bytes);
	if (!err)
		err = open_listeners(api, why, why_bytes);
	if (err)
		return err;
	/* h2o closes what it is given; the caller's own descriptor stays the caller's */
	api->commands = fcntl(options->commands, F_DUPFD_CLOEXEC, 3);
	api->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return api->commands < 0 || api->stop_event < 0 ? -errno : 0;
}

int api_start(struct api **ret, const struct api_options *options, char *why, unsigned why_bytes)
{
	struct api *api = calloc(1, sizeof(*api));
	int err;

	*why = '\0';
	if (!api)
		return -ENOMEM;
	api->commands = api->stop_event = -1;
	api->server.options = *options;
	api->server.started_ns = clock_now_ns();
	api->server.started_wall_ns = clock_wall_ns();
	err = prepare(api, why, why_bytes);
	if (!err)
		err = start_thread(api);
	if (err) {
		if (!*why)
			snprintf(why, why_bytes, "the web server cannot start: %s", strerror(-err));
		api_free(api);
		return err;
	}
	*ret = api;
	return 0;
}

void api_stop(struct api *api)
{
	if (!api)
		return;
	eventfd_write(api->stop_event, 1);
	pthread_join(api->thread, NULL);
	api->stop_event = -1; /* closed with its h2o socket */
	api_free(api);
}

static int is_wildcard(const struct addr *addr)
{
	for (int i = addr_is_v4(addr) ? 12 : 0; i < 16; i++)
		if (addr->bytes[i])
			return 0;
	return 1;
}

static const struct listen_spec *first_tcp(const struct api *api)
{
	for (unsigned i = 0; i < api->nfds; i++)
		if (api->specs[i].class != ACCESS_UNIX)
			return &api->specs[i];
	return NULL;
}

int api_origin(const struct api *api, char *text, size_t room)
{
	const struct access *access = &api->server.access;
	const struct listen_spec *spec = first_tcp(api);
	char numeric[ADDR_TEXT_MAX];
	const char *host = numeric;
	int is_beyond, is_bracketed;

	if (!spec)
		return 0;
	is_beyond = spec->class == ACCESS_BEYOND;
	addr_format(&spec->addr, numeric);
	if (is_beyond && access->nhosts)
		host = access->hosts[0];
	else if (is_wildcard(&spec->addr))
		host = "localhost";
	is_bracketed = host == numeric && !addr_is_v4(&spec->addr);
	snprintf(text, room, is_bracketed ? "%s://[%s]:%u" : "%s://%s:%u",
		 is_beyond ? "https" : "http", host, api->port);
	return 1;
}

uint16_t api_port(const struct api *api)
{
	return api->port;
}
