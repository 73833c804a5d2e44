/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* tcx.h - TC programs as links (Linux 6.6), first in line; they go with their descriptor. */
#ifndef KERN_TCX_H
#define KERN_TCX_H

/**
 * tcx_attach() - before every other TCX program of the interface.
 * Return: descriptor of the link, or -errno; -EINVAL where the kernel has no TCX.
 */
int tcx_attach(unsigned ifindex, int prog_fd, int is_egress);

/** tcx_is_alive() - has the link still a device? */
int tcx_is_alive(int link_fd);

#endif /* KERN_TCX_H */
