// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Both forms of the CRC give the published values of RFC 3720 B.4, at every alignment. */
#include "store/crc32c.c"

#include "../tap.h"

int main(void)
{
	uint8_t zeros[32] = { 0 }, ones[32], rising[32];
	int same = 1;

	memset(ones, 0xff, sizeof(ones));
	for (unsigned i = 0; i < sizeof(rising); i++)
		rising[i] = (uint8_t)i;
	ok(crc32c(0, zeros, 32) == 0x8a9136aa, "32 bytes of zero");
	ok(crc32c(0, ones, 32) == 0x62a8ab43, "32 bytes of ff");
	ok(crc32c(0, rising, 32) == 0x46dd794e, "00 to 1f");
	ok(crc32c(0, "123456789", 9) == 0xe3069283, "\"123456789\"");
	ok(~crc_portable(~0u, (const uint8_t *)"123456789", 9) == 0xe3069283, "the portable form");
	ok(crc32c(crc32c(0, "1234", 4), "56789", 5) == 0xe3069283, "in two parts");
	for (unsigned from = 0; from < 16; from++)
		for (unsigned to = from; to <= 32; to++)
			same &= crc32c(0, rising + from, to - from) ==
				(uint32_t)~crc_portable(~0u, rising + from, to - from);
	ok(same, "both forms agree on every part of a buffer");
	ok(crc32c(7, NULL, 0) == 7, "nothing changes nothing");
	return tap_done();
}
