// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A journal value of any bytes: as it is, and with its checksum put right, since
 * nothing else would come past it. What opens can be read to its end.
 */
#include "store/chunk.c"
#include "store/crc32c.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const uint8_t *bytes, size_t size)
{
	struct sample sample;
	struct chunk chunk;

	if (chunk_open(&chunk, bytes, size))
		return;
	if (!chunk.n || chunk_bytes(&chunk) != size)
		__builtin_trap();
	for (uint32_t i = 0; i < chunk.n; i++) {
		chunk_sample(&chunk, i, &sample);
		if (chunk_id(&chunk, i) != sample.id || chunk_find(&chunk, sample.id) > chunk.n)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1); /* its exact size, so that each overrun is seen */

	memcpy(copy, data, size);
	read_all(copy, size);
	if (size >= CHUNK_HEADER_BYTES) {
		bytes_put_le(copy + CRC_AT, value_crc(copy, size), 4);
		read_all(copy, size);
	}
	free(copy);
	return 0;
}
