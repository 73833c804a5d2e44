/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * netlink.h - just enough rtnetlink: build a request, wait for its answer.
 *
 * A socket belongs to the network namespace of the thread that opened it, for ever:
 * whoever holds it may configure that namespace without being in it.
 * Blocking; one thread a socket.
 */
#ifndef KERN_NETLINK_H
#define KERN_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#define NETLINK_BYTES 1024

/* A request under construction; what does not fit is remembered and fails in netlink_ask(). */
struct netlink_request {
	_Alignas(struct nlmsghdr) uint8_t bytes[NETLINK_BYTES];
	int is_full;
};

/** netlink_open() - Return: descriptor, close() it; or -errno. */
int netlink_open(void);

/** netlink_start() - the message's fixed part. @flags: NLM_F_* beside NLM_F_REQUEST. */
void netlink_start(struct netlink_request *r, uint16_t type, uint16_t flags, const void *body,
		   size_t body_bytes);

/** netlink_put() - append an attribute. */
void netlink_put(struct netlink_request *r, uint16_t type, const void *data, size_t bytes);

/** netlink_append() - bytes without an attribute's header, as some nests begin. */
void netlink_append(struct netlink_request *r, const void *data, size_t bytes);

/** netlink_nest() - open an attribute that holds what is put until netlink_unnest(). */
size_t netlink_nest(struct netlink_request *r, uint16_t type);
void netlink_unnest(struct netlink_request *r, size_t nest);

/** netlink_ask() - send and wait for the kernel's verdict. Return: 0 or -errno. */
int netlink_ask(int fd, struct netlink_request *r);

/** netlink_dump() - call @fn for every object of the answer. Return: 0 or -errno. */
int netlink_dump(int fd, struct netlink_request *r,
		 void (*fn)(void *arg, const struct nlmsghdr *message), void *arg);

#endif /* KERN_NETLINK_H */
