/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * attach.h - our programs on one interface: which hooks, in which way, and back off again.
 *
 * Devices without a link layer (tun, wireguard, ppp, IP tunnels) get the "bare" programs.
 * Neither they nor the loopback device can have native XDP: asked for it, they get TC, and
 * `why` says so.
 */
#ifndef KERN_ATTACH_H
#define KERN_ATTACH_H

#include "kern/kern.h"

#define ATTACH_WHY_BYTES 256

/* Descriptors of loaded programs, borrowed. */
struct attach_programs {
	int tx, tx_bare, rx, rx_bare, rx_xdp;
};

struct attach_options {
	struct attach_programs programs;
	enum kern_rx rx;
	enum kern_tc tc;
	int guard_fd;
};

struct attach;

/**
 * attach_new() - both directions or nothing.
 * @why: ATTACH_WHY_BYTES; written when something was refused or is not the best.
 * @ret: the caller owns it and calls attach_free(), which detaches.
 * Return: 0, -ENODEV, -EBUSY, -EOPNOTSUPP, -errno.
 */
int attach_new(struct attach **ret, const struct attach_options *options, unsigned ifindex,
	       char *why);
void attach_free(struct attach *attach);

/** attach_is_alive() - is everything still where it was put? */
int attach_is_alive(const struct attach *attach);

/** attach_is_xdp() - are packets received by XDP (else by TC)? */
int attach_is_xdp(const struct attach *attach);

#endif /* KERN_ATTACH_H */
