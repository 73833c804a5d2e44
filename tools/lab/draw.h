/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * draw.h - the lab's dice: the same throw for the same seed, host and attempt, in
 * BPF and in user space.
 *
 * Each word goes through the finaliser of SplitMix64 (Steele, Lea, Flood 2014);
 * not for secrets.
 */
#ifndef LAB_DRAW_H
#define LAB_DRAW_H

#ifndef __VMLINUX_H__ /* BPF gets its types from vmlinux.h */
#include <linux/types.h>
#endif

#define LAB_MILLION 1000000u

static inline __u64 lab_mix(__u64 x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/**
 * lab_throw() - 64 random bits that depend on nothing but the arguments.
 * @address: 16 bytes, IPv4 as ::ffff:a.b.c.d.
 * @salt: which of several throws for one attempt.
 */
static inline __u64 lab_throw(__u64 seed, const __u8 *address, __u32 attempt, __u32 salt)
{
	__u64 high, low;

	__builtin_memcpy(&high, address, 8);
	__builtin_memcpy(&low, address + 8, 8);
	seed = lab_mix(seed ^ high);
	seed = lab_mix(seed ^ low);
	return lab_mix(seed ^ ((__u64)salt << 32 | attempt));
}

/** lab_scale() - a throw as 0..@range - 1. */
static inline __u32 lab_scale(__u64 thrown, __u32 range)
{
	return (__u32)((thrown >> 32) * range >> 32);
}

#endif /* LAB_DRAW_H */
