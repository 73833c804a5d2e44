/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * link.h - interfaces, their addresses and neighbours, by rtnetlink.
 *
 * `fd` is from netlink_open(): it decides in which namespace things happen.
 */
#ifndef KERN_LINK_H
#define KERN_LINK_H

#include <net/if.h>
#include <stdint.h>

#include "base/addr.h"

struct link_end {
	char name[IF_NAMESIZE];
	uint8_t mac[6];
};

/**
 * link_add_veth() - a pair: @here in the socket's namespace, @there in that of @there_netns_fd.
 * Return: 0, -EEXIST (a name is taken, on either side), -EPERM, -errno.
 */
int link_add_veth(int fd, const struct link_end *here, const struct link_end *there,
		  int there_netns_fd);

/** link_delete() - with a veth's other end. Return: 0 or -errno. */
int link_delete(int fd, unsigned ifindex);

/** link_set_up() - Return: 0 or -errno. */
int link_set_up(int fd, unsigned ifindex);

/**
 * link_wait_carrier() - until packets really leave: after link_set_up() the kernel still drops them
 * for a moment. @name: in the calling thread's namespace.
 * Return: 0, -ETIMEDOUT after a second, -errno.
 */
int link_wait_carrier(const char *name);

/** link_add_address() - usable at once: no duplicate address detection. Return: 0 or -errno. */
int link_add_address(int fd, unsigned ifindex, const struct addr *addr, unsigned bits);

/** link_add_neighbour() - permanent: never asked for on the wire. Return: 0 or -errno. */
int link_add_neighbour(int fd, unsigned ifindex, const struct addr *addr, const uint8_t *mac);

/** link_each_address4() - @fn for each IPv4 address of all interfaces. Return: 0 or -errno. */
int link_each_address4(int fd, void (*fn)(void *arg, uint32_t net_order), void *arg);

#endif /* KERN_LINK_H */
