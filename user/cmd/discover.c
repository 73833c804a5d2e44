// SPDX-License-Identifier: GPL-2.0 OR MIT
/* discover.c - /proc/net/route, /proc/net/ipv6_route, /etc/resolv.conf; contract in discover.h. */
#include "cmd/discover.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"

#define ROUTE_GATEWAY 0x0002 /* RTF_GATEWAY of linux/route.h and linux/ipv6_route.h */

struct found {
	struct api_suggestion *list;
	unsigned n, max;
};

static void add(struct found *found, const struct addr *addr, const char *name, const char *reason)
{
	struct api_suggestion *s = &found->list[found->n];
	char text[ADDR_TEXT_MAX];

	if (found->n == found->max || addr_is_loopback(addr) || !addr_is_unicast(addr))
		return;
	addr_format(addr, text);
	for (unsigned i = 0; i < found->n; i++)
		if (!strcmp(found->list[i].target, text))
			return;
	snprintf(s->target, sizeof(s->target), "%s", text);
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
	found->n++;
}

static void add_gateway(struct found *found, const struct addr *addr, const char *device)
{
	char reason[64];

	snprintf(reason, sizeof(reason), "default route via %s", device);
	add(found, addr, addr_is_v4(addr) ? "default gateway" : "default gateway (IPv6)", reason);
}

static void read_routes4(struct found *found)
{
	FILE *file = fopen("/proc/net/route", "re");
	unsigned destination, gateway, flags, mask;
	char line[256], device[IF_NAMESIZE];
	struct addr addr;

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		/* addresses stand there as the machine's own integers */
		if (sscanf(line, "%15s %x %x %x %*d %*d %*d %x", device, &destination, &gateway,
			   &flags, &mask) != 5 ||
		    destination || mask || !(flags & ROUTE_GATEWAY))
			continue;
		addr = addr_from_v4(gateway);
		add_gateway(found, &addr, device);
	}
	fclose(file);
}

/* 32 hex digits. */
static int parse_hex(const char *text, uint8_t *bytes)
{
	unsigned byte;

	for (int i = 0; i < 16; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return -1;
		bytes[i] = (uint8_t)byte;
	}
	return 0;
}

static void read_routes6(struct found *found)
{
	FILE *file = fopen("/proc/net/ipv6_route", "re");
	char line[256], destination[33], gateway[33], device[IF_NAMESIZE];
	unsigned bits, flags;
	struct addr addr;

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%32s %x %*s %*s %32s %*x %*x %*x %x %15s", destination, &bits,
			   gateway, &flags, device) != 5 ||
		    bits || !(flags & ROUTE_GATEWAY) || parse_hex(gateway, addr.bytes))
			continue;
		addr.scope = addr.bytes[0] == 0xfe && (addr.bytes[1] & 0xc0) == 0x80
				     ? if_nametoindex(device)
				     : 0;
		add_gateway(found, &addr, device);
	}
	fclose(file);
}

static void read_resolvers(struct found *found)
{
	FILE *file = fopen("/etc/resolv.conf", "re");
	char line[256], text[ADDR_TEXT_MAX];
	struct addr addr;

	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " nameserver %63s", text) == 1 && !addr_parse(text, &addr))
			add(found, &addr, "resolver", "/etc/resolv.conf");
	fclose(file);
}

unsigned discover_suggestions(struct api_suggestion *ret, unsigned max)
{
	struct found found = { .list = ret, .max = max };

	read_routes4(&found);
	read_routes6(&found);
	read_resolvers(&found);
	return found.n;
}
