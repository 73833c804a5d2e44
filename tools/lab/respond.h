/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * respond.h - what crosses between respond.bpf.c and user space: rules and counts.
 */
#ifndef LAB_RESPOND_H
#define LAB_RESPOND_H

#ifndef __VMLINUX_H__ /* BPF gets its types from vmlinux.h */
#include <linux/types.h>
#endif

#define RESPOND_RULES_MAX 65536
#define RESPOND_MS_RING   16384 /* milliseconds remembered: 16 s */

/* Key of the prefix table; addresses as in base/addr.h, so IPv4 lies below ::ffff:0:0/96. */
struct respond_key {
	__u32 bits;
	__u8 address[16];
};

/* Parts per million of the requests; at most a million together. */
struct respond_rule {
	__u32 loss;
	__u32 duplicate;
	__u32 corrupt;
	__u32 wrong_source;
};

enum respond_count {
	RESPOND_SEEN,    /* echo requests */
	RESPOND_REPLIES, /* answered: plain, duplicated, corrupted or from a wrong source */
	RESPOND_LOSS,
	RESPOND_DUPLICATE,
	RESPOND_CORRUPT,
	RESPOND_WRONG_SOURCE,
	RESPOND_PASSED, /* everything else, left to the stack */
	RESPOND_COUNT_MAX,
};

/* Requests seen in one millisecond of CLOCK_MONOTONIC, by one CPU. */
struct respond_ms {
	__u32 ms; /* the low 32 bits */
	__u32 seen;
};

#endif /* LAB_RESPOND_H */
