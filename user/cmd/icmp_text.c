// SPDX-License-Identifier: GPL-2.0 OR MIT
/* icmp_text.c - the contract is in icmp_text.h. */
#include "cmd/icmp_text.h"

#include <stdio.h>

struct icmp_name {
	unsigned char type, code;
	const char *text;
};

static const struct icmp_name names4[] = {
	{ 3, 0, "network unreachable" },
	{ 3, 1, "host unreachable" },
	{ 3, 2, "protocol unreachable" },
	{ 3, 3, "port unreachable" },
	{ 3, 4, "fragmentation needed" },
	{ 3, 5, "source route failed" },
	{ 3, 6, "network unknown" },
	{ 3, 7, "host unknown" },
	{ 3, 8, "source host isolated" },
	{ 3, 9, "network prohibited" },
	{ 3, 10, "host prohibited" },
	{ 3, 11, "network unreachable for this service" },
	{ 3, 12, "host unreachable for this service" },
	{ 3, 13, "prohibited by a filter" },
	{ 3, 14, "host precedence violation" },
	{ 3, 15, "precedence cutoff" },
	{ 4, 0, "source quench" },
	{ 5, 0, "redirect for the network" },
	{ 5, 1, "redirect for the host" },
	{ 11, 0, "time to live exceeded" },
	{ 11, 1, "fragment reassembly time exceeded" },
	{ 12, 0, "parameter problem" },
	{ 0, 0, NULL },
};

static const struct icmp_name names6[] = {
	{ 1, 0, "no route" },
	{ 1, 1, "prohibited by a filter" },
	{ 1, 2, "beyond scope of the source" },
	{ 1, 3, "address unreachable" },
	{ 1, 4, "port unreachable" },
	{ 1, 5, "source address failed policy" },
	{ 1, 6, "route rejected" },
	{ 1, 7, "source route failed" },
	{ 2, 0, "packet too big" },
	{ 3, 0, "hop limit exceeded" },
	{ 3, 1, "fragment reassembly time exceeded" },
	{ 4, 0, "erroneous header field" },
	{ 4, 1, "unknown next header" },
	{ 4, 2, "unknown IPv6 option" },
	{ 0, 0, NULL },
};

const char *icmp_text(int is_v4, unsigned type, unsigned code, char *buffer, size_t room)
{
	for (const struct icmp_name *name = is_v4 ? names4 : names6; name->text; name++)
		if (name->type == type && name->code == code) {
			snprintf(buffer, room, "%s", name->text);
			return buffer;
		}
	snprintf(buffer, room, "ICMP type %u code %u", type, code);
	return buffer;
}
