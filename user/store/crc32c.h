/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * crc32c.h - CRC-32C (Castagnoli, RFC 3720), by the processor's instruction
 * where there is one. Every value in the store carries it.
 */
#ifndef STORE_CRC32C_H
#define STORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/**
 * crc32c() - of @len bytes; any thread.
 * @crc: 0, or the result for the bytes before these.
 */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

#endif /* STORE_CRC32C_H */
