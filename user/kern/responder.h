/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * responder.h - the built-in target: a veth pair whose far end lives in a
 * namespace of our own and answers echoes by XDP_TX.
 *
 * The namespace has no name and no process: it lives by a descriptor, so it and
 * the veth are gone with us, even after kill -9. Its RTT is the tool's own floor.
 */
#ifndef KERN_RESPONDER_H
#define KERN_RESPONDER_H

#include "base/addr.h"

struct responder;

/**
 * responder_new() - make namespace and veth, attach the program, set a route to it.
 * Addresses are the first free /30 of 198.18.255.0/24 and a /64 below fd73:6f6e:6465::/48 (RFC 2544
 * and RFC 4193: no host on any real network).
 * @ret: the caller owns it and calls responder_free().
 * Return: 0 or -errno; -EPERM without CAP_NET_ADMIN and CAP_SYS_ADMIN.
 */
int responder_new(struct responder **ret);
void responder_free(struct responder *r);

/** responder_address4()/6() - where it answers; 6: NULL on a host that has IPv6 switched off. */
const struct addr *responder_address4(const struct responder *r);
const struct addr *responder_address6(const struct responder *r);

#endif /* KERN_RESPONDER_H */
