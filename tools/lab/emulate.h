/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * emulate.h - what crosses between emulate.bpf.c and user space.
 */
#ifndef LAB_EMULATE_H
#define LAB_EMULATE_H

#ifndef __VMLINUX_H__ /* BPF gets its types from vmlinux.h */
#include <linux/types.h>
#endif

#define EMULATE_BATCH      64          /* replies handed to the kernel in one call */
#define EMULATE_MARK       0x534c0000u /* socket mark of a reply: this + its place in the batch */
#define EMULATE_RING_BYTES (16u * 1024 * 1024) /* more than a second of short ones at 50,000/s */

/* A request as it arrived. Two sizes, because a ring reserves constant ones. */
struct emulate_short {
	__u64 rx_ns; /* CLOCK_MONOTONIC, at TC ingress */
	__u32 len;
	__u16 pad0; /* so that the IP header is aligned */
	__u8 bytes[242];
};
_Static_assert(sizeof(struct emulate_short) == 256, "emulate_short");

struct emulate_long {
	__u64 rx_ns;
	__u32 len;
	__u16 pad0;
	__u8 bytes[2034];
};
_Static_assert(sizeof(struct emulate_long) == 2048, "emulate_long");

enum emulate_count {
	EMULATE_TAKEN,   /* requests handed to user space */
	EMULATE_NO_ROOM, /* requests dropped because the ring was full: the lab's own loss */
	EMULATE_COUNT_MAX,
};

#endif /* LAB_EMULATE_H */
