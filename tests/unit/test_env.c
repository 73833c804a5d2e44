// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Entries of meta as FORMAT.md prints them; LMDB's codes as errno. */
#include "store/env.c"

#include "../tap.h"

int main(void)
{
	static const uint8_t bytes[] = { 0x0f, 0xa6, 0x61, 0xc7, 0x01, 0x00, 0x00, 0x00,
					 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };
	uint8_t copy[sizeof(bytes)];
	MDB_val name = { 6, "format" }, other = { 6, "epochs" }, value = { sizeof(bytes), copy };
	unsigned seen = 0;
	uint64_t number;

	memcpy(copy, bytes, sizeof(bytes));
	ok(!env_parse_number(&name, &value, &number) && number == 1, "the vector of FORMAT.md");
	ok(env_parse_number(&other, &value, &number) == -EBADMSG,
	   "under another name it is damage");
	for (unsigned bit = 0; bit < 8 * sizeof(bytes); bit++) {
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		seen += env_parse_number(&name, &value, &number) == -EBADMSG;
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ok(seen == 8 * sizeof(bytes), "each single flipped bit is seen");
	value.mv_size--;
	ok(env_parse_number(&name, &value, &number) == -EBADMSG, "and a missing byte");
	ok(env_error(MDB_MAP_FULL) == -ENOSPC && env_error(MDB_CORRUPTED) == -EBADMSG &&
		   env_error(ENOSPC) == -ENOSPC && env_error(-EIO) == -EIO &&
		   env_error(MDB_PANIC) == -EIO && !env_error(0),
	   "LMDB's codes become errno");
	return tap_done();
}
