/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * connection.h - accepted connections and their caps.
 *
 * h2o neither counts connections nor ends one whose reader has stopped, and it
 * spins when descriptors run out; all three are dealt with here. Web server's
 * thread only.
 */
#ifndef API_CONNECTION_H
#define API_CONNECTION_H

#include <h2o.h>
#include <stdint.h>

#include "api/access.h"
#include "base/addr.h"
#include "base/list.h"

#define CONNECTIONS_MAX         256 /* TCP, all listeners together */
#define CONNECTIONS_UNIX_MAX    64  /* beside them: a flood by TCP cannot lock the owner out */
#define CONNECTIONS_ADDRESS_MAX 32  /* of one address, unless it is a loopback one */
#define CONNECTIONS_LISTEN_MAX  8
#define CONNECTIONS_STALL_NS    20000000000ll

struct connection {
	struct list link;
	struct connections *owner;
	h2o_socket_t *sock;
	enum access_listener listener;
	int may_write;           /* unix: the peer is root or runs as we do */
	struct addr local, peer; /* TCP */
	uint64_t progress;       /* of a write under way */
	int64_t progressed_ns;   /* when that last grew, 0: nothing is being written */
};

struct connections;

/** connections_new() - @context is in use already. Return: 0 or -ENOMEM. */
int connections_new(struct connections **ret, h2o_context_t *context);

/** connections_listen() - accept from @fd, owned from here on. @tls: NULL for plain. 0 or -ENOSPC. */
int connections_listen(struct connections *connections, int fd, enum access_listener listener,
		       SSL_CTX *tls);

/** connections_sweep() - cut readers that have stalled; now and then. */
void connections_sweep(struct connections *connections, int64_t now_ns);

/** connections_count() - open ones; and those that still have bytes to send. */
unsigned connections_count(const struct connections *connections);
unsigned connections_writing(const struct connections *connections);

/** connections_stop_listening() - close the listeners. */
void connections_stop_listening(struct connections *connections);

/** connections_shut() - make every connection end within the next turns of the loop. */
void connections_shut(struct connections *connections);

/** connections_free() - listeners closed, no connection left; NULL is a no-op. */
void connections_free(struct connections *connections);

/** connection_of() - whose request is it? */
const struct connection *connection_of(h2o_req_t *req);

#endif /* API_CONNECTION_H */
