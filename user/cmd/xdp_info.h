/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * xdp_info.h - what an interface says about XDP, by netlink. Nothing is attached to find out.
 */
#ifndef CMD_XDP_INFO_H
#define CMD_XDP_INFO_H

#include <stdint.h>

#define XDP_INFO_NATIVE   1u /* BASIC: programs run in the driver */
#define XDP_INFO_REDIRECT 2u
#define XDP_INFO_XMIT     4u /* takes frames redirected from elsewhere */

struct xdp_info {
	int knows_features; /* since Linux 6.3 the kernel tells */
	uint64_t features;  /* XDP_INFO_* */
	uint32_t program;   /* id of what is attached, 0 nothing */
};

/** xdp_info_get() - Return: 0 or -errno of talking to the kernel. */
int xdp_info_get(unsigned ifindex, struct xdp_info *ret);

#endif /* CMD_XDP_INFO_H */
