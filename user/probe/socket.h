/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * socket.h - the pool of sending sockets: one for all flows that want the same.
 *
 * What the IP header needs and the packet cannot carry itself is a property of
 * the socket: source address, device, mark, and without a header of our own TTL
 * and DSCP too. Flows with the same profile share a socket. Sending sockets
 * receive nothing but their own send stamps.
 *
 * The probe thread's.
 */
#ifndef PROBE_SOCKET_H
#define PROBE_SOCKET_H

#include <stdint.h>

#include "base/addr.h"
#include "base/list.h"
#include "domain/check.h"
#include "loop/loop.h"
#include "probe/icmp.h"

/* A profile. All bytes are compared, padding included: start from a zeroed one. */
struct socket_key {
	struct addr source; /* all 0: the route's */
	uint32_t mark;
	char device[CHECK_DEVICE_MAX + 1];
	uint8_t form;          /* enum icmp_form */
	uint8_t ttl, dscp;     /* 0 with ICMP_HEADER4, as the next one */
	uint8_t dont_fragment; /* 0 with ICMP_HEADER4, too; IPv6 never fragments on the way */
	uint8_t wants_stamps;  /* SO_TIMESTAMPING on the way out */
};

/* A pooled socket; read-only outside of socket.c. */
struct socket {
	struct list link;
	struct socket_key key;
	int fd, handle;   /* of loop_socket(); both -1 while it cannot be opened: `error` */
	int error;        /* -errno of the last attempt to open, else 0 */
	unsigned ifindex; /* of key.device when it was opened */
	uint32_t users;
};

struct sockets;

/**
 * sockets_new() - an empty pool.
 * @failed: of every send, as in loop.h.
 * Return: 0 or -ENOMEM.
 */
int sockets_new(struct sockets **ret, struct loop *loop, loop_failed_fn failed, void *arg);

/** sockets_free() - closes all, users or not. NULL is a no-op. */
void sockets_free(struct sockets *sockets);

/**
 * sockets_get() - one more user of the socket for this profile, opened when it is the first.
 * A socket that cannot be opened is there all the same, with its error: sockets_retry().
 * Return: NULL only without memory.
 */
struct socket *sockets_get(struct sockets *sockets, const struct socket_key *key);

/** sockets_put() - one user fewer; the last one closes it. NULL is a no-op. */
void sockets_put(struct sockets *sockets, struct socket *socket);

/**
 * sockets_retry() - open again what could not be opened, or whose device has another index now.
 * Return: 0, or the -errno that is also in socket->error.
 */
int sockets_retry(struct sockets *sockets, struct socket *socket);

/** sockets_list() - head of all sockets, linked by `link`. */
const struct list *sockets_list(const struct sockets *sockets);

#endif /* PROBE_SOCKET_H */
