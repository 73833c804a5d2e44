/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* frame.c - the bytes of echo requests, replies and errors. */
#include "frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#define HOP_LIMIT 64
/* RFC 1812 4.3.2.3 and RFC 4443 2.4 (c): how long an error may be at most. */
#define ERROR_MAX4 576
#define ERROR_MAX6 1280

static uint32_t add_words(uint32_t sum, const void *bytes, unsigned len)
{
	const uint8_t *p = bytes;

	for (; len > 1; p += 2, len -= 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	return len ? sum + ((uint32_t)p[0] << 8) : sum;
}

static uint16_t finish(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

static struct iphdr *ip4_of(const struct frame *frame)
{
	return (struct iphdr *)(frame->bytes + ETH_HLEN);
}

static struct ip6_hdr *ip6_of(const struct frame *frame)
{
	return (struct ip6_hdr *)(frame->bytes + ETH_HLEN);
}

static struct icmphdr *icmp_of(const struct frame *frame)
{
	return (struct icmphdr *)(frame->bytes + frame->icmp);
}

static int parse4(struct frame *frame, unsigned len)
{
	const struct iphdr *ip = ip4_of(frame);
	unsigned total;

	if (len < ETH_HLEN + sizeof(*ip) || ip->version != 4 || ip->ihl < 5 ||
	    ip->protocol != IPPROTO_ICMP || ip->frag_off & htons(IP_MF | IP_OFFMASK))
		return -EINVAL;
	total = ntohs(ip->tot_len);
	frame->icmp = ETH_HLEN + ip->ihl * 4;
	frame->len = ETH_HLEN + total;
	return frame->len > len || frame->icmp + sizeof(struct icmphdr) > frame->len ? -EINVAL : 0;
}

static int parse6(struct frame *frame, unsigned len)
{
	const struct ip6_hdr *ip = ip6_of(frame);

	if (len < ETH_HLEN + sizeof(*ip) || ip->ip6_vfc >> 4 != 6 || ip->ip6_nxt != IPPROTO_ICMPV6)
		return -EINVAL;
	frame->icmp = ETH_HLEN + sizeof(*ip);
	frame->len = frame->icmp + ntohs(ip->ip6_plen);
	return frame->len > len || frame->icmp + sizeof(struct icmphdr) > frame->len ? -EINVAL : 0;
}

int frame_parse(struct frame *frame, void *bytes, unsigned len)
{
	const struct ethhdr *eth = bytes;
	uint8_t type;
	int err;

	frame->bytes = bytes;
	if (len < ETH_HLEN)
		return -EINVAL;
	frame->is_v6 = eth->h_proto == htons(ETH_P_IPV6);
	if (!frame->is_v6 && eth->h_proto != htons(ETH_P_IP))
		return -EINVAL;
	err = frame->is_v6 ? parse6(frame, len) : parse4(frame, len);
	if (err)
		return err;
	type = icmp_of(frame)->type;
	if (icmp_of(frame)->code)
		return -EINVAL;
	if (frame->is_v6)
		return type == ICMP6_ECHO_REQUEST || type == ICMP6_ECHO_REPLY ? 0 : -EINVAL;
	return type == ICMP_ECHO || type == ICMP_ECHOREPLY ? 0 : -EINVAL;
}

int frame_is_request(const struct frame *frame)
{
	return icmp_of(frame)->type == (frame->is_v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO);
}

static struct addr address_at(const struct frame *frame, const void *four, const void *sixteen)
{
	struct addr addr = { 0 };
	uint32_t word;

	if (frame->is_v6) {
		memcpy(addr.bytes, sixteen, sizeof(addr.bytes));
		return addr;
	}
	memcpy(&word, four, sizeof(word));
	return addr_from_v4(word);
}

struct addr frame_source(const struct frame *frame)
{
	return address_at(frame, &ip4_of(frame)->saddr, &ip6_of(frame)->ip6_src);
}

struct addr frame_destination(const struct frame *frame)
{
	return address_at(frame, &ip4_of(frame)->daddr, &ip6_of(frame)->ip6_dst);
}

uint16_t frame_id(const struct frame *frame)
{
	return ntohs(icmp_of(frame)->un.echo.id);
}

uint16_t frame_sequence(const struct frame *frame)
{
	return ntohs(icmp_of(frame)->un.echo.sequence);
}

void frame_set_sequence(struct frame *frame, uint16_t seq)
{
	icmp_of(frame)->un.echo.sequence = htons(seq);
}

uint8_t *frame_payload(const struct frame *frame, unsigned *ret_bytes)
{
	*ret_bytes = frame->len - frame->icmp - sizeof(struct icmphdr);
	return frame->bytes + frame->icmp + sizeof(struct icmphdr);
}

int frame_is_sonde(const struct frame *frame)
{
	struct sonde_payload payload;
	uint8_t nonce[sizeof(payload.nonce)];
	unsigned len;
	const uint8_t *bytes = frame_payload(frame, &len);

	if (len < sizeof(payload))
		return 0;
	memcpy(&payload, bytes, sizeof(payload));
	memcpy(nonce, &payload.nonce, sizeof(nonce));
	if (payload.zero)
		return 0;
	for (unsigned i = sizeof(payload); i < len; i++)
		if (bytes[i] != (nonce[i % sizeof(nonce)] ^ (i & 0xff)))
			return 0;
	return 1;
}

/* The part of an ICMPv6 checksum that is no ICMP: addresses, length, protocol (RFC 8200 8.1). */
static uint32_t sum_pseudo(const struct ip6_hdr *ip)
{
	return add_words(ntohs(ip->ip6_plen) + IPPROTO_ICMPV6, &ip->ip6_src, 32);
}

void frame_mend(struct frame *frame)
{
	struct icmphdr *icmp = icmp_of(frame);
	uint32_t sum = frame->is_v6 ? sum_pseudo(ip6_of(frame)) : 0;

	icmp->checksum = 0;
	icmp->checksum = finish(add_words(sum, icmp, frame->len - frame->icmp));
}

static void mend_ip4(struct frame *frame)
{
	struct iphdr *ip = ip4_of(frame);

	ip->check = 0;
	ip->check = finish(add_words(0, ip, ip->ihl * 4));
}

static void put_addresses(struct frame *frame, const struct addr *from, const struct addr *to)
{
	if (frame->is_v6) {
		memcpy(&ip6_of(frame)->ip6_src, from->bytes, 16);
		memcpy(&ip6_of(frame)->ip6_dst, to->bytes, 16);
		ip6_of(frame)->ip6_hlim = HOP_LIMIT;
	} else {
		ip4_of(frame)->saddr = addr_v4(from);
		ip4_of(frame)->daddr = addr_v4(to);
		ip4_of(frame)->ttl = HOP_LIMIT;
		mend_ip4(frame);
	}
	frame_mend(frame);
}

/* From one buffer to another, or inside one. */
static void swap_macs(uint8_t *to, const uint8_t *from)
{
	uint8_t destination[ETH_ALEN];

	memcpy(destination, from, ETH_ALEN);
	memmove(to, from + ETH_ALEN, ETH_ALEN);
	memcpy(to + ETH_ALEN, destination, ETH_ALEN);
}

void frame_to_reply(struct frame *frame)
{
	struct addr from = frame_source(frame), to = frame_destination(frame);

	swap_macs(frame->bytes, frame->bytes);
	icmp_of(frame)->type = frame->is_v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
	put_addresses(frame, &to, &from);
}

void frame_set_source(struct frame *frame, const struct addr *source)
{
	struct addr to = frame_destination(frame);

	put_addresses(frame, source, &to);
}

int frame_corrupt(struct frame *frame, uint64_t random)
{
	unsigned len, at;
	uint8_t *payload = frame_payload(frame, &len);

	if (len <= sizeof(struct sonde_payload))
		return -EINVAL;
	at = (random >> 8) % (len - sizeof(struct sonde_payload)) + sizeof(struct sonde_payload);
	payload[at] ^= 1u << (random >> 4 & 7);
	if (random & 1)
		frame_mend(frame);
	return 0;
}

/* The second word of the header: MTU, gateway or nothing. */
static void put_rest(struct icmphdr *icmp, const struct frame *frame,
		     const struct rule_error *error, const struct addr *router)
{
	if (frame->is_v6) {
		icmp->un.gateway = htonl(error->mtu);
	} else if (error->type == ICMP_REDIRECT) {
		icmp->un.gateway = addr_v4(router);
	} else {
		icmp->un.frag.mtu = htons(error->mtu);
	}
}

static void put_ip(struct frame *frame, const struct frame *request)
{
	unsigned total = frame->len - ETH_HLEN;

	memcpy(frame->bytes + 12, request->bytes + 12, 2);
	if (frame->is_v6) {
		*ip6_of(frame) = (struct ip6_hdr){ 0 };
		ip6_of(frame)->ip6_vfc = 6 << 4;
		ip6_of(frame)->ip6_nxt = IPPROTO_ICMPV6;
		ip6_of(frame)->ip6_plen = htons(total - sizeof(struct ip6_hdr));
	} else {
		*ip4_of(frame) = (struct iphdr){
			.version = 4, .ihl = 5, .protocol = IPPROTO_ICMP, .tot_len = htons(total)
		};
	}
}

unsigned frame_error(const struct frame *request, const struct rule_error *error,
		     const struct addr *router, struct frame_room *room)
{
	unsigned header = request->is_v6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr);
	unsigned most =
		(request->is_v6 ? ERROR_MAX6 : ERROR_MAX4) - header - sizeof(struct icmphdr);
	unsigned quote = request->len - ETH_HLEN;
	struct frame frame = { .bytes = room->bytes,
			       .is_v6 = request->is_v6,
			       .icmp = ETH_HLEN + header };
	struct addr to = frame_source(request);

	if (error->quote_bytes)
		most = error->quote_bytes;
	if (quote > most)
		quote = most;
	frame.len = frame.icmp + sizeof(struct icmphdr) + quote;
	swap_macs(room->bytes, request->bytes);
	put_ip(&frame, request);
	*icmp_of(&frame) = (struct icmphdr){ .type = error->type, .code = error->code };
	put_rest(icmp_of(&frame), &frame, error, router);
	memcpy(room->bytes + frame.icmp + sizeof(struct icmphdr), request->bytes + ETH_HLEN, quote);
	put_addresses(&frame, router, &to);
	return frame.len;
}

int frame_error_names_probe(int is_v6, const struct rule_error *error)
{
	unsigned least = (is_v6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr)) + 8;

	if (error->quote_bytes && error->quote_bytes < least)
		return 0;
	if (is_v6)
		return error->type >= ICMP6_DST_UNREACH && error->type <= ICMP6_PARAM_PROB;
	return error->type == ICMP_DEST_UNREACH || error->type == ICMP_TIME_EXCEEDED ||
	       error->type == ICMP_PARAMETERPROB;
}
