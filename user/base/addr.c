// SPDX-License-Identifier: GPL-2.0 OR MIT
/* addr.c - the contract is in addr.h. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

int addr_is_v4(const struct addr *addr)
{
	return !memcmp(addr->bytes, mapped_prefix, sizeof(mapped_prefix));
}

uint32_t addr_v4(const struct addr *addr)
{
	uint32_t v4;

	memcpy(&v4, addr->bytes + 12, 4);
	return v4;
}

struct addr addr_from_v4(uint32_t net_order)
{
	struct addr addr = { .scope = 0 };

	memcpy(addr.bytes, mapped_prefix, sizeof(mapped_prefix));
	memcpy(addr.bytes + 12, &net_order, 4);
	return addr;
}

static int is_link_local(const struct addr *addr)
{
	return addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

static int parse_zone(const char *zone, uint32_t *ret_scope)
{
	unsigned index = if_nametoindex(zone);
	char name[IF_NAMESIZE], *end;
	unsigned long number;

	if (!index && *zone >= '0' && *zone <= '9') {
		number = strtoul(zone, &end, 10);
		if (!*end && number <= UINT32_MAX && if_indextoname((unsigned)number, name))
			index = (unsigned)number;
	}
	*ret_scope = index;
	return index ? 0 : -ENODEV;
}

int addr_parse(const char *text, struct addr *ret)
{
	const char *zone = strchr(text, '%');
	size_t len = zone ? (size_t)(zone - text) : strlen(text);
	struct addr addr = { .scope = 0 };
	char plain[ADDR_TEXT_MAX];
	struct in_addr v4;

	if (len >= sizeof(plain))
		return -EINVAL;
	memcpy(plain, text, len);
	plain[len] = '\0';
	if (inet_pton(AF_INET, plain, &v4) == 1)
		addr = addr_from_v4(v4.s_addr);
	else if (inet_pton(AF_INET6, plain, addr.bytes) != 1)
		return -EINVAL;
	if (zone && !is_link_local(&addr))
		return -EINVAL;
	if (zone && parse_zone(zone + 1, &addr.scope))
		return -ENODEV;
	if (!zone && is_link_local(&addr))
		return -EDESTADDRREQ;
	*ret = addr;
	return 0;
}

static int parse_port(const char *text, int *ret)
{
	size_t len = strlen(text);
	int value;

	if (!len || len > 5 || text[strspn(text, "0123456789")])
		return -EINVAL;
	value = atoi(text);
	*ret = value;
	return value <= UINT16_MAX ? 0 : -EINVAL;
}

int addr_parse_port(const char *text, struct addr *ret, int *ret_port)
{
	int is_bracketed = *text == '[', err;
	const char *start = text + is_bracketed;
	const char *end = is_bracketed ? strchr(start, ']') : strchr(start, ':');
	const char *rest;
	char plain[ADDR_TEXT_MAX];

	if (is_bracketed && !end)
		return -EINVAL;
	if (!end || (!is_bracketed && strchr(end + 1, ':'))) /* IPv6 needs brackets for a port */
		end = start + strlen(start);
	if ((size_t)(end - start) >= sizeof(plain))
		return -EINVAL;
	memcpy(plain, start, (size_t)(end - start));
	plain[end - start] = '\0';
	rest = end + is_bracketed;
	*ret_port = -1;
	if (*rest && (*rest != ':' || parse_port(rest + 1, ret_port)))
		return -EINVAL;
	err = addr_parse(plain, ret);
	return !err && is_bracketed && addr_is_v4(ret) ? -EINVAL : err;
}

static unsigned family_bits(const struct addr *addr)
{
	return addr_is_v4(addr) ? 32 : 128;
}

/* Zero what lies behind the first @bits of the 16 bytes. */
static void clear_host(uint8_t *bytes, unsigned bits)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = bits > i * 8 ? bits - i * 8 : 0;

		if (kept < 8)
			bytes[i] &= (uint8_t)(0xff00 >> kept);
	}
}

int addr_parse_net(const char *text, struct addr_net *ret)
{
	const char *slash = strchr(text, '/');
	struct addr_net net = { .bits = 0 };
	char plain[ADDR_TEXT_MAX], *end;
	unsigned long bits;
	int err;

	if (!slash || (size_t)(slash - text) >= sizeof(plain) || slash[1] < '0' || slash[1] > '9')
		return -EINVAL;
	memcpy(plain, text, (size_t)(slash - text));
	plain[slash - text] = '\0';
	err = addr_parse(plain, &net.first);
	if (err)
		return err;
	bits = strtoul(slash + 1, &end, 10);
	if (*end)
		return -EINVAL;
	if (bits > family_bits(&net.first))
		return -ERANGE;
	net.bits = (uint8_t)bits;
	clear_host(net.first.bytes, 128 - family_bits(&net.first) + net.bits);
	*ret = net;
	return 0;
}

void addr_format(const struct addr *addr, char *text)
{
	char zone[IF_NAMESIZE];
	size_t len;

	if (addr_is_v4(addr))
		inet_ntop(AF_INET, addr->bytes + 12, text, ADDR_TEXT_MAX);
	else
		inet_ntop(AF_INET6, addr->bytes, text, ADDR_TEXT_MAX);
	if (!addr->scope)
		return;
	len = strlen(text);
	if (if_indextoname(addr->scope, zone))
		snprintf(text + len, ADDR_TEXT_MAX - len, "%%%s", zone);
	else
		snprintf(text + len, ADDR_TEXT_MAX - len, "%%%u", addr->scope);
}

int addr_is_equal(const struct addr *a, const struct addr *b)
{
	return !memcmp(a->bytes, b->bytes, 16) && a->scope == b->scope;
}

int addr_is_unicast(const struct addr *addr)
{
	static const uint8_t unspecified[16];
	uint8_t first;

	if (!addr_is_v4(addr))
		return addr->bytes[0] != 0xff && memcmp(addr->bytes, unspecified, 16) != 0;
	first = addr->bytes[12];
	return first != 0 && first < 224;
}

int addr_is_loopback(const struct addr *addr)
{
	static const uint8_t one[16] = { [15] = 1 };

	return addr_is_v4(addr) ? addr->bytes[12] == 127 : !memcmp(addr->bytes, one, 16);
}

uint64_t addr_net_size(const struct addr_net *net)
{
	unsigned host = family_bits(&net->first) - net->bits;

	return host >= 64 ? UINT64_MAX : 1ull << host;
}

struct addr addr_net_at(const struct addr_net *net, uint64_t i)
{
	struct addr addr = net->first;
	unsigned carry = 0;

	for (int at = 15; at >= 0 && (i || carry); at--, i >>= 8) {
		unsigned sum = addr.bytes[at] + (unsigned)(i & 0xff) + carry;

		addr.bytes[at] = (uint8_t)sum;
		carry = sum >> 8;
	}
	return addr;
}

int addr_net_has(const struct addr_net *net, const struct addr *addr)
{
	struct addr first = *addr;

	if (addr_is_v4(addr) != addr_is_v4(&net->first))
		return 0;
	clear_host(first.bytes, 128 - family_bits(&net->first) + net->bits);
	return !memcmp(first.bytes, net->first.bytes, 16);
}

socklen_t addr_to_sockaddr(const struct addr *addr, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (void *)ret;
	struct sockaddr_in6 *v6 = (void *)ret;

	memset(ret, 0, sizeof(*ret));
	if (addr_is_v4(addr)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		v4->sin_addr.s_addr = addr_v4(addr);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, addr->bytes, 16);
	v6->sin6_scope_id = addr->scope;
	return sizeof(*v6);
}

int addr_from_sockaddr(const struct sockaddr *from, struct addr *ret)
{
	const struct sockaddr_in6 *v6 = (const void *)from;

	if (from->sa_family == AF_INET) {
		*ret = addr_from_v4(
			((const struct sockaddr_in *)(const void *)from)->sin_addr.s_addr);
		return 0;
	}
	if (from->sa_family != AF_INET6)
		return -EAFNOSUPPORT;
	memcpy(ret->bytes, &v6->sin6_addr, 16);
	ret->scope = v6->sin6_scope_id;
	return 0;
}
