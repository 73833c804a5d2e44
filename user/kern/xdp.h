/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * xdp.h - one native XDP program on an interface.
 *
 * A link, which goes with its descriptor and never replaces anything. With one exception: the built-in
 * responder's veth carries sonde_pass, without which the far end's XDP_TX would be
 * lost; that one steps aside for as long as we are attached (its device goes with its process).
 */
#ifndef KERN_XDP_H
#define KERN_XDP_H

#include <stdint.h>

struct xdp_hook {
	unsigned ifindex;
	int link_fd;        /* -1 when in the placeholder's stead */
	int placeholder_fd; /* sonde_pass, -1 none */
	int prog_fd;        /* borrowed */
	uint32_t prog_id;
};

/**
 * xdp_attach() - driver mode only.
 * @prog_fd: kept open by the caller until xdp_detach().
 * Return: 0, -EBUSY (another program is there), -EOPNOTSUPP (no native XDP), -errno.
 */
int xdp_attach(struct xdp_hook *ret, unsigned ifindex, int prog_fd);
void xdp_detach(struct xdp_hook *hook);

/** xdp_is_alive() - is the program still attached? */
int xdp_is_alive(const struct xdp_hook *hook);

#endif /* KERN_XDP_H */
