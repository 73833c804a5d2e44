/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * random.h - unguessable numbers from the kernel, and a keyed hash.
 *
 * random_u64() hands out getrandom() bytes from a small buffer per thread: fast
 * enough for a nonce a probe. SipHash-2-4 (Aumasson, Bernstein 2012) is for ids
 * and hash tables whose keys strangers choose.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random_pool {
	uint64_t words[64];
	unsigned left; /* unused words; 0 at start */
};

/** random_u64() - next word; refills from getrandom(). The pool's thread only. Never fails:
 * a kernel that cannot answer ends the program. */
uint64_t random_u64(struct random_pool *pool);

/** random_bytes() - fill a buffer from getrandom(). Any thread. Return: 0 or -errno. */
int random_bytes(void *bytes, size_t len);

/** siphash() - SipHash-2-4 of @len bytes under a 128-bit key. Any thread. */
uint64_t siphash(const void *bytes, size_t len, const uint64_t key[2]);

#endif /* BASE_RANDOM_H */
