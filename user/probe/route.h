/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * route.h - which device an address leaves by, asked of the kernel over netlink.
 *
 * A lookup is one question and one answer that the kernel gives at once; it
 * waits for nothing. The probe thread's.
 */
#ifndef PROBE_ROUTE_H
#define PROBE_ROUTE_H

#include <stdint.h>

#include "base/addr.h"

struct route_query {
	const struct addr *to;
	const struct addr *source; /* NULL: the route's */
	unsigned ifindex;          /* SO_BINDTODEVICE's device or VRF, 0 any */
	uint32_t mark;
};

struct route_answer {
	unsigned ifindex; /* for addresses of this host: the loopback device */
	unsigned mtu;     /* of the route if it has one, else of the device; bytes with IP header */
};

struct route;

/** route_open() - Return: 0 or -errno. @ret: the caller owns it and calls route_close(). */
int route_open(struct route **ret);

/** route_close() - NULL is a no-op. */
void route_close(struct route *route);

/**
 * route_lookup() - ask.
 * Return: 0, -ENETUNREACH, -EHOSTUNREACH, -EINVAL (blackhole), -EACCES (prohibited) or another
 * -errno of the kernel's.
 */
int route_lookup(struct route *route, const struct route_query *query, struct route_answer *ret);

/** route_mtu() - a device's MTU. Return: bytes, or -errno when it is gone. */
int route_mtu(struct route *route, unsigned ifindex);

/** route_ifindex() - a device's index by name. Return: index, or -ENODEV. */
int route_ifindex(struct route *route, const char *device);

#endif /* PROBE_ROUTE_H */
