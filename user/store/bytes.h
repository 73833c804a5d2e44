/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * bytes.h - integers in files: little-endian in values, big-endian in keys, so
 * that byte order is number order. FORMAT.md says where each of them stands.
 */
#ifndef STORE_BYTES_H
#define STORE_BYTES_H

#include <stdint.h>

/** bytes_put_le() - the low @n bytes of @value, 1..8. */
static inline void bytes_put_le(uint8_t *at, uint64_t value, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/** bytes_get_le() - the reverse, zero-extended. */
static inline uint64_t bytes_get_le(const uint8_t *at, unsigned n)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < n; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

/** bytes_put_be() - the low @n bytes of @value, highest first. */
static inline void bytes_put_be(uint8_t *at, uint64_t value, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		at[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
}

/** bytes_get_be() - the reverse. */
static inline uint64_t bytes_get_be(const uint8_t *at, unsigned n)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < n; i++)
		value = value << 8 | at[i];
	return value;
}

#endif /* STORE_BYTES_H */
