// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * echo_parse.c - the contract is in echo_parse.h.
 *
 * Everything is read through one cursor that knows where the bytes end; header
 * structs are copied out, so nothing has to be aligned.
 */
#include "probe/echo_parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "probe/icmp.h"
#include "sonde_abi.h"

#define ETHERTYPE_QINQ 0x88a8

struct cursor {
	const uint8_t *at, *end;
	int is_cut; /* headers announced more than there is */
};

static size_t left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

static int take(struct cursor *c, void *to, size_t len)
{
	if (left(c) < len)
		return -EBADMSG;
	memcpy(to, c->at, len);
	c->at += len;
	return 0;
}

static int skip(struct cursor *c, size_t len)
{
	if (left(c) < len)
		return -EBADMSG;
	c->at += len;
	return 0;
}

/* What lies behind @len bytes from here on is padding; fewer than @len are a cut. */
static void limit(struct cursor *c, size_t len)
{
	if (len < left(c))
		c->end = c->at + len;
	else
		c->is_cut = len > left(c);
}

/* An IPv4 header up to its payload, which must be ICMP and a first fragment. */
static int ip4(struct cursor *c, struct iphdr *ret)
{
	size_t header, total;

	if (take(c, ret, sizeof(*ret)) || ret->version != 4 || ret->ihl < 5)
		return -EBADMSG;
	header = ret->ihl * 4u;
	total = ntohs(ret->tot_len);
	if (total < header || skip(c, header - sizeof(*ret)))
		return -EBADMSG;
	limit(c, total - header);
	if (ret->protocol != IPPROTO_ICMP || ntohs(ret->frag_off) & IP_OFFMASK)
		return -ENOMSG;
	if (ntohs(ret->frag_off) & IP_MF)
		c->is_cut = 1;
	return 0;
}

/* One extension header. Return: 0, -ENOMSG (a later fragment), -EBADMSG. */
static int extension(struct cursor *c, uint8_t *next)
{
	struct ip6_ext head;
	struct ip6_frag fragment;

	if (*next == IPPROTO_FRAGMENT) {
		if (take(c, &fragment, sizeof(fragment)))
			return -EBADMSG;
		*next = fragment.ip6f_nxt;
		if (fragment.ip6f_offlg & IP6F_MORE_FRAG)
			c->is_cut = 1;
		return (fragment.ip6f_offlg & IP6F_OFF_MASK) ? -ENOMSG : 0;
	}
	if (take(c, &head, sizeof(head)))
		return -EBADMSG;
	/* Authentication headers count words of four bytes less two (RFC 4302), all others words of
	 * eight less one. */
	if (skip(c, (*next == IPPROTO_AH ? (head.ip6e_len + 2u) * 4 : (head.ip6e_len + 1u) * 8) -
			    sizeof(head)))
		return -EBADMSG;
	*next = head.ip6e_nxt;
	return 0;
}

/* An IPv6 header and its extensions up to the payload, which must be ICMPv6. */
static int ip6(struct cursor *c, struct ip6_hdr *ret)
{
	uint8_t next;
	int err;

	if (take(c, ret, sizeof(*ret)) || ret->ip6_vfc >> 4 != 6)
		return -EBADMSG;
	limit(c, ntohs(ret->ip6_plen));
	next = ret->ip6_nxt;
	for (unsigned i = 0; i < ECHO_EXTENSIONS_MAX && next != IPPROTO_ICMPV6; i++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_FRAGMENT && next != IPPROTO_AH)
			return -ENOMSG;
		err = extension(c, &next);
		if (err)
			return err;
	}
	return next == IPPROTO_ICMPV6 ? 0 : -ENOMSG;
}

/* Id, sequence number, payload and what identity it carries. */
static void echo_body(struct cursor *c, const struct icmphdr *icmp, struct echo *ret)
{
	struct sonde_payload head;

	ret->id = ntohs(icmp->un.echo.id);
	ret->seq = ntohs(icmp->un.echo.sequence);
	ret->payload = c->at;
	ret->payload_bytes = left(c);
	ret->is_whole = !c->is_cut;
	if (left(c) < SONDE_PAYLOAD_MIN)
		return;
	memcpy(&head, c->at, SONDE_PAYLOAD_MIN);
	ret->slot = ntohl(head.slot);
	ret->generation = (uint16_t)ntohl(head.generation);
	ret->nonce = head.nonce;
	ret->has_identity = 1;
}

/* One's complement addition. */
static uint16_t add16(uint16_t a, uint16_t b)
{
	uint32_t sum = (uint32_t)a + b;

	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

static struct addr addr6(const struct in6_addr *from)
{
	struct addr addr = { 0 };

	memcpy(addr.bytes, from, sizeof(addr.bytes));
	return addr;
}

/* The request at the cursor, from its IPv4 header on. */
static int request4(struct cursor *c, struct echo *ret)
{
	struct icmphdr icmp;
	struct iphdr ip;
	int err;

	err = ip4(c, &ip);
	if (err)
		return err;
	if (take(c, &icmp, sizeof(icmp)))
		return -EBADMSG;
	if (icmp.type != ICMP_ECHO || icmp.code)
		return -ENOMSG;
	ret->target = addr_from_v4(ip.daddr);
	ret->quoted_sum = icmp_sum(&icmp, sizeof(icmp));
	echo_body(c, &icmp, ret);
	return 0;
}

static int request6(struct cursor *c, struct echo *ret)
{
	const uint8_t *begin = c->at;
	struct icmphdr icmp;
	struct ip6_hdr ip;
	size_t extensions;
	int err;

	err = ip6(c, &ip);
	if (err)
		return err;
	extensions = (size_t)(c->at - begin) - sizeof(ip);
	if (take(c, &icmp, sizeof(icmp)))
		return -EBADMSG;
	if (icmp.type != ICMP6_ECHO_REQUEST || icmp.code)
		return -ENOMSG;
	ret->target = addr6(&ip.ip6_dst);
	/* ICMPv6 covers a pseudo-header, too (RFC 8200, 8.1) */
	ret->quoted_sum = add16(icmp_sum(&icmp, sizeof(icmp)), icmp_sum(&ip.ip6_src, 32));
	ret->quoted_sum =
		add16(ret->quoted_sum, htons((uint16_t)(ntohs(ip.ip6_plen) - extensions)));
	ret->quoted_sum = add16(ret->quoted_sum, htons(IPPROTO_ICMPV6));
	echo_body(c, &icmp, ret);
	return 0;
}

/* Type and code of an error are protected by nothing but its checksum; raw IPv4 sockets get packets
 * before anybody has looked at it. */
static int is_error_intact(const uint8_t *icmp, const struct cursor *c)
{
	return !c->is_cut && icmp_sum(icmp, (size_t)(c->end - icmp)) == 0xffff;
}

int echo_parse4(const void *packet, size_t len, struct echo *ret)
{
	struct cursor c = { packet, (const uint8_t *)packet + len, 0 };
	struct echo echo = { 0 };
	struct icmphdr icmp;
	struct iphdr ip;
	int err;

	err = ip4(&c, &ip);
	if (err)
		return err;
	if (take(&c, &icmp, sizeof(icmp)))
		return -EBADMSG;
	echo.type = icmp.type;
	echo.code = icmp.code;
	echo.ttl = ip.ttl;
	echo.from = addr_from_v4(ip.saddr);
	switch (icmp.type) {
	case ICMP_ECHOREPLY:
		if (icmp.code)
			return -ENOMSG;
		echo.kind = ECHO_REPLY;
		echo_body(&c, &icmp, &echo);
		break;
	case ICMP_DEST_UNREACH:
		if (icmp.code == ICMP_FRAG_NEEDED)
			echo.mtu = ntohs(icmp.un.frag.mtu);
		/* fall through */
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		echo.kind = ECHO_ERROR;
		err = is_error_intact(c.at - sizeof(icmp), &c) ? request4(&c, &echo) : -EBADMSG;
		break;
	default:
		err = -ENOMSG;
	}
	if (!err)
		*ret = echo;
	return err;
}

int echo_parse6(const void *message, size_t len, struct echo *ret)
{
	struct cursor c = { message, (const uint8_t *)message + len, 0 };
	struct echo echo = { 0 };
	struct icmphdr icmp;
	int err = 0;

	if (take(&c, &icmp, sizeof(icmp)))
		return -EBADMSG;
	echo.type = icmp.type;
	echo.code = icmp.code;
	switch (icmp.type) {
	case ICMP6_ECHO_REPLY:
		if (icmp.code)
			return -ENOMSG;
		echo.kind = ECHO_REPLY;
		echo_body(&c, &icmp, &echo);
		break;
	case ICMP6_PACKET_TOO_BIG:
		echo.mtu = ntohl(icmp.un.gateway);
		/* fall through */
	case ICMP6_DST_UNREACH:
	case ICMP6_TIME_EXCEEDED:
	case ICMP6_PARAM_PROB:
		echo.kind = ECHO_ERROR;
		err = request6(&c, &echo);
		break;
	default:
		err = -ENOMSG;
	}
	if (!err)
		*ret = echo;
	return err;
}

/* Step over an Ethernet header and at most two VLAN tags, if there is one that leads to IP. */
static int ethernet(struct cursor *c)
{
	uint16_t type;

	if (skip(c, 2 * ETH_ALEN))
		return -EBADMSG;
	for (unsigned i = 0; i < 3; i++) {
		if (take(c, &type, sizeof(type)))
			return -EBADMSG;
		if (type == htons(ETHERTYPE_IP) || type == htons(ETHERTYPE_IPV6))
			return 0;
		if (type != htons(ETHERTYPE_VLAN) && type != htons(ETHERTYPE_QINQ))
			return -ENOMSG;
		if (skip(c, 2))
			return -EBADMSG;
	}
	return -ENOMSG;
}

static int request(struct cursor c, struct echo *ret)
{
	if (!left(&c))
		return -EBADMSG;
	return *c.at >> 4 == 4 ? request4(&c, ret) : request6(&c, ret);
}

int echo_parse_sent(const void *frame, size_t len, struct echo *ret)
{
	struct cursor c = { frame, (const uint8_t *)frame + len, 0 };
	struct echo echo = { .kind = ECHO_REQUEST };
	struct cursor inner = c;
	int err;

	/* A MAC address may begin like an IP header: the frame is tried first. */
	err = ethernet(&inner);
	if (!err)
		err = request(inner, &echo);
	if (err) {
		echo = (struct echo){ .kind = ECHO_REQUEST };
		err = request(c, &echo);
	}
	if (!err)
		*ret = echo;
	return err;
}
