/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* icmp_text.h - ICMP errors in words. */
#ifndef CMD_ICMP_TEXT_H
#define CMD_ICMP_TEXT_H

#include <stddef.h>

/**
 * icmp_text() - "host unreachable", "hop limit exceeded"; "ICMP type 3 code 99" when it has no
 * name. Numbers of RFC 792, 1122, 1812 and 4443, 6550.
 * @room: 48 bytes suffice. Return: @buffer.
 */
const char *icmp_text(int is_v4, unsigned type, unsigned code, char *buffer, size_t room);

#endif /* CMD_ICMP_TEXT_H */
