// SPDX-License-Identifier: GPL-2.0 OR MIT
/* SipHash against the vectors of its authors' reference implementation (key 00..0f, input 00..). */
#include "base/random.c"

#include "../tap.h"

int main(void)
{
	static const uint64_t key[2] = { 0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull };
	static const struct row {
		size_t len;
		uint64_t hash;
	} rows[] = { { 0, 0x726fdb47dd0e0e31ull },
		     { 1, 0x74f839c593dc67fdull },
		     { 8, 0x93f5f5799a932462ull },
		     { 15, 0xa129ca6149be45e5ull } };
	struct random_pool pool = { .left = 0 };
	uint8_t input[16];
	unsigned same = 0;

	for (unsigned i = 0; i < sizeof(input); i++)
		input[i] = (uint8_t)i;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(siphash(input, rows[i].len, key) == rows[i].hash, "%zu bytes", rows[i].len);
	for (int i = 0; i < 1000; i++)
		same += random_u64(&pool) == random_u64(&pool);
	ok(!same, "2,000 random words differ pairwise");
	return tap_done();
}
