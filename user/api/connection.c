// SPDX-License-Identifier: GPL-2.0 OR MIT
/* connection.c - the contract is in connection.h. */
#include "api/connection.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define ACCEPTS_A_TURN    16
#define SEND_BUFFER_BYTES 262144 /* the kernel would let each stalled reader hold 4 MB */

struct listener {
	struct connections *owner;
	h2o_socket_t *sock;
	h2o_accept_ctx_t accept;
	enum access_listener class;
};

struct connections {
	struct list all;
	unsigned tcp, unix_count;
	struct listener listeners[CONNECTIONS_LISTEN_MAX];
	unsigned nlisteners;
	h2o_context_t *context;
	h2o_timeout_entry_t again; /* accept again after descriptors ran out */
	int is_short_logged;
};

/* Sent, as far as one write goes, to those who come when all places are taken. */
static const char full[] = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n"
			   "retry-after: 1\r\ncontent-length: 0\r\n\r\n";

static void on_close(void *data)
{
	struct connection *c = data;

	if (c->listener == ACCESS_UNIX)
		c->owner->unix_count--;
	else
		c->owner->tcp--;
	list_remove(&c->link);
	free(c);
}

static unsigned count_of_peer(const struct connections *cs, const struct addr *peer)
{
	unsigned n = 0;

	for (struct list *l = cs->all.next; l != &cs->all; l = l->next) {
		struct connection *c = container_of(l, struct connection, link);

		n += c->listener != ACCESS_UNIX && addr_is_equal(&c->peer, peer);
	}
	return n;
}

static int has_room(const struct connections *cs, const struct connection *c)
{
	if (c->listener == ACCESS_UNIX)
		return cs->unix_count < CONNECTIONS_UNIX_MAX;
	return cs->tcp < CONNECTIONS_MAX && (addr_is_loopback(&c->peer) ||
					     count_of_peer(cs, &c->peer) < CONNECTIONS_ADDRESS_MAX);
}

static void look_at_tcp(struct connection *c, int fd)
{
	unsigned timeout_ms = CONNECTIONS_STALL_NS / NS_PER_MS;
	int buffer_bytes = SEND_BUFFER_BYTES;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (!getsockname(fd, (struct sockaddr *)&ss, &len))
		addr_from_sockaddr((struct sockaddr *)&ss, &c->local);
	len = sizeof(ss);
	if (!getpeername(fd, (struct sockaddr *)&ss, &len))
		addr_from_sockaddr((struct sockaddr *)&ss, &c->peer);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes));
}

static void look_at_unix(struct connection *c, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		c->may_write = peer.uid == 0 || peer.uid == geteuid();
}

static struct connection *connection_new(struct listener *listener, h2o_socket_t *sock)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->owner = listener->owner;
	c->sock = sock;
	c->listener = listener->class;
	if (c->listener == ACCESS_UNIX)
		look_at_unix(c, h2o_socket_get_fd(sock));
	else
		look_at_tcp(c, h2o_socket_get_fd(sock));
	return c;
}

static void take(struct listener *listener, h2o_socket_t *sock)
{
	struct connections *cs = listener->owner;
	struct connection *c = connection_new(listener, sock);

	if (!c || !has_room(cs, c)) {
		if (!listener->accept.ssl_ctx)
			send(h2o_socket_get_fd(sock), full, sizeof(full) - 1,
			     MSG_DONTWAIT | MSG_NOSIGNAL);
		h2o_socket_close(sock);
		free(c);
		return;
	}
	if (c->listener == ACCESS_UNIX)
		cs->unix_count++;
	else
		cs->tcp++;
	list_add_tail(&cs->all, &c->link);
	sock->on_close.cb = on_close;
	sock->on_close.data = c;
	h2o_accept(&listener->accept, sock);
}

/* The pending connection stays readable while there is no descriptor for it: stop looking. */
static void pause_listener(struct listener *listener)
{
	struct connections *cs = listener->owner;

	h2o_socket_read_stop(listener->sock);
	if (!h2o_timeout_is_linked(&cs->again))
		h2o_timeout_link(cs->context->loop, &cs->context->hundred_ms_timeout, &cs->again);
	if (!cs->is_short_logged)
		log_event(LOG_WARN, "out of descriptors, new connections wait", "open=%u",
			  cs->tcp + cs->unix_count);
	cs->is_short_logged = 1;
}

static void on_accept(h2o_socket_t *sock, const char *err)
{
	struct listener *listener = sock->data;
	h2o_socket_t *accepted;

	if (err)
		return;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		accepted = h2o_evloop_socket_accept(sock);
		if (!accepted) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			    errno == ENOMEM)
				pause_listener(listener);
			return;
		}
		take(listener, accepted);
	}
}

static void on_again(h2o_timeout_entry_t *entry)
{
	struct connections *cs = container_of(entry, struct connections, again);

	for (unsigned i = 0; i < cs->nlisteners; i++)
		if (cs->listeners[i].sock && !h2o_socket_is_reading(cs->listeners[i].sock))
			h2o_socket_read_start(cs->listeners[i].sock, on_accept);
}

int connections_new(struct connections **ret, h2o_context_t *context)
{
	struct connections *cs = calloc(1, sizeof(*cs));

	if (!cs)
		return -ENOMEM;
	list_init(&cs->all);
	cs->context = context;
	cs->again.cb = on_again;
	*ret = cs;
	return 0;
}

int connections_listen(struct connections *cs, int fd, enum access_listener class, SSL_CTX *tls)
{
	struct listener *listener = &cs->listeners[cs->nlisteners];

	if (cs->nlisteners == CONNECTIONS_LISTEN_MAX)
		return -ENOSPC;
	cs->nlisteners++;
	listener->owner = cs;
	listener->class = class;
	listener->accept.ctx = cs->context;
	listener->accept.hosts = cs->context->globalconf->hosts;
	listener->accept.ssl_ctx = tls;
	listener->sock = h2o_evloop_socket_create(cs->context->loop, fd, H2O_SOCKET_FLAG_DONT_READ);
	listener->sock->data = listener;
	h2o_socket_read_start(listener->sock, on_accept);
	return 0;
}

/* A number that grows while the peer takes bytes. */
static uint64_t progress_of(const struct connection *c)
{
	int fd = h2o_socket_get_fd(c->sock), unsent = 0;
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (c->listener == ACCESS_UNIX) {
		ioctl(fd, SIOCOUTQ, &unsent);
		return c->sock->bytes_written - (uint64_t)unsent;
	}
	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	return info.tcpi_bytes_acked;
}

static void sweep_one(struct connection *c, int64_t now_ns)
{
	static const struct linger drop = { .l_onoff = 1 };
	int fd = h2o_socket_get_fd(c->sock);
	uint64_t progress;

	if (!h2o_socket_is_writing(c->sock)) {
		c->progressed_ns = 0;
		return;
	}
	progress = progress_of(c);
	if (!c->progressed_ns || progress != c->progress) {
		c->progress = progress;
		c->progressed_ns = now_ns;
	} else if (now_ns - c->progressed_ns > CONNECTIONS_STALL_NS) {
		/* what waits in the kernel goes too; a plain close would keep it for minutes */
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &drop, sizeof(drop));
		shutdown(fd, SHUT_RDWR);
	}
}

void connections_sweep(struct connections *cs, int64_t now_ns)
{
	for (struct list *l = cs->all.next; l != &cs->all; l = l->next)
		sweep_one(container_of(l, struct connection, link), now_ns);
	cs->is_short_logged = 0;
}

unsigned connections_count(const struct connections *cs)
{
	return cs->tcp + cs->unix_count;
}

unsigned connections_writing(const struct connections *cs)
{
	unsigned n = 0;

	for (struct list *l = cs->all.next; l != &cs->all; l = l->next)
		n += !!h2o_socket_is_writing(container_of(l, struct connection, link)->sock);
	return n;
}

void connections_stop_listening(struct connections *cs)
{
	for (unsigned i = 0; i < cs->nlisteners; i++) {
		h2o_socket_read_stop(cs->listeners[i].sock);
		h2o_socket_close(cs->listeners[i].sock);
		cs->listeners[i].sock = NULL;
	}
	if (h2o_timeout_is_linked(&cs->again))
		h2o_timeout_unlink(&cs->again);
}

void connections_shut(struct connections *cs)
{
	for (struct list *l = cs->all.next; l != &cs->all; l = l->next)
		shutdown(h2o_socket_get_fd(container_of(l, struct connection, link)->sock),
			 SHUT_RDWR);
}

void connections_free(struct connections *cs)
{
	free(cs);
}

const struct connection *connection_of(h2o_req_t *req)
{
	return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}
