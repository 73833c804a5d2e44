/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * addr.h - an IPv4 or IPv6 address with its zone, and networks of them.
 *
 * One form for both families: 16 bytes, IPv4 as ::ffff:a.b.c.d.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDR_TEXT_MAX 64 /* room for any address with its zone, terminated */

struct addr {
	uint8_t bytes[16]; /* network order */
	uint32_t scope;    /* interface index of a link-local address, else 0 */
};

struct addr_net {
	struct addr first; /* host bits zero */
	uint8_t bits;      /* prefix length in the family's own counting: 0..32 or 0..128 */
};

/**
 * addr_parse() - strict text: dotted quad of four decimal numbers, or RFC 4291; %zone by name or
 * index for fe80::/10, where it is required. "::ffff:1.2.3.4" is taken as the IPv4 address.
 * Return: 0, -EINVAL (no address: may be a name), -ENODEV (no such zone), -EDESTADDRREQ
 * (link-local without a zone).
 */
int addr_parse(const char *text, struct addr *ret);

/** addr_parse_net() - "198.18.0.0/15"; host bits are cleared. As addr_parse(), -ERANGE (prefix). */
int addr_parse_net(const char *text, struct addr_net *ret);

/**
 * addr_parse_port() - "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53"; brackets are
 * for IPv6 only, and needed before a port.
 * @ret_port: 0..65535, -1 when there is none.
 * Return: as addr_parse().
 */
int addr_parse_port(const char *text, struct addr *ret, int *ret_port);

/** addr_format() - canonical text (RFC 5952). @text: ADDR_TEXT_MAX bytes. */
void addr_format(const struct addr *addr, char *text);

/** addr_is_v4() - IPv4? */
int addr_is_v4(const struct addr *addr);

/** addr_v4() - the four bytes as they stand in a packet. Only of IPv4. */
uint32_t addr_v4(const struct addr *addr);

/** addr_from_v4() - from the four bytes as they stand in a packet. */
struct addr addr_from_v4(uint32_t net_order);

/** addr_is_equal() - same address and zone. */
int addr_is_equal(const struct addr *a, const struct addr *b);

/** addr_is_unicast() - may be probed at all: not unspecified, multicast, broadcast or 240/4. */
int addr_is_unicast(const struct addr *addr);

/** addr_is_loopback() - 127.0.0.0/8 or ::1. */
int addr_is_loopback(const struct addr *addr);

/** addr_net_size() - addresses in a network, saturating at UINT64_MAX. */
uint64_t addr_net_size(const struct addr_net *net);

/** addr_net_at() - the @i-th address of a network. */
struct addr addr_net_at(const struct addr_net *net, uint64_t i);

/** addr_net_has() - is @addr inside? */
int addr_net_has(const struct addr_net *net, const struct addr *addr);

/** addr_to_sockaddr() - for connect(), bind(), send. Return: length used. */
socklen_t addr_to_sockaddr(const struct addr *addr, uint16_t port, struct sockaddr_storage *ret);

/** addr_from_sockaddr() - Return: 0 or -EAFNOSUPPORT. */
int addr_from_sockaddr(const struct sockaddr *from, struct addr *ret);

#endif /* BASE_ADDR_H */
