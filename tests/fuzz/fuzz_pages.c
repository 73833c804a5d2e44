// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A data file of any bytes: the walk ends, stays inside, and what it shows can be read. */
#include "store/pages.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int touch(void *arg, const struct pages_entry *entry)
{
	uint64_t *sum = arg;

	for (size_t i = 0; i < entry->key_bytes; i++)
		*sum += entry->key[i];
	for (size_t i = 0; i < entry->value_bytes; i++)
		*sum += entry->value[i];
	*sum += strlen(entry->db);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	uint8_t *copy = malloc(size ? size : 1);
	uint64_t sum = 0;

	memcpy(copy, data, size);
	if (pages_walk(copy, size, touch, &sum, &why) == -EBADMSG && !why)
		__builtin_trap();
	free(copy);
	return 0;
}
