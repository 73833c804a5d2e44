// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * fuzz_echo_parse.c - whatever a raw socket or its error queue may give. The first byte chooses the
 * entry; errors get a right checksum half of the time, or nothing would come past it.
 */
#include <stdlib.h>

#include "base/addr.c"
#include "probe/echo_parse.c"
#include "probe/icmp.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void seal(uint8_t *packet, size_t len)
{
	size_t at = len ? (packet[0] & 15u) * 4 : 0;
	uint16_t sum;

	if (at < 20 || len < at + 8)
		return;
	memset(packet + at + 2, 0, 2);
	sum = (uint16_t)~icmp_sum(packet + at, len - at);
	memcpy(packet + at + 2, &sum, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct echo echo;
	uint8_t *packet;
	int err;

	if (!len--)
		return 0;
	packet = malloc(len ? len : 1);
	if (!packet)
		return 0;
	memcpy(packet, data + 1, len);
	if (*data & 4)
		seal(packet, len);
	switch (*data & 3) {
	case 0:
		err = echo_parse4(packet, len, &echo);
		break;
	case 1:
		err = echo_parse6(packet, len, &echo);
		break;
	default:
		err = echo_parse_sent(packet, len, &echo);
	}
	if (!err && (echo.payload < packet || echo.payload + echo.payload_bytes > packet + len ||
		     (echo.has_identity && echo.payload_bytes < SONDE_PAYLOAD_MIN) ||
		     icmp_sum(echo.payload, echo.payload_bytes) > 0xffff))
		abort();
	free(packet);
	return 0;
}
