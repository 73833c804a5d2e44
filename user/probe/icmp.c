// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * icmp.c - the contract is in icmp.h.
 *
 * One's complement sums do not care about byte order or word size: they are
 * taken eight bytes at a time as they lie in memory and folded at the end
 * (RFC 1071).
 */
#include "probe/icmp.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "sonde_abi.h"

#define BYTES_01234567 htole64(0x0706050403020100ull)
#define EVERY_BYTE     0x0101010101010101ull

static uint64_t add(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

static uint16_t fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

uint16_t icmp_sum(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t sum = 0, word;

	for (; len >= 8; len -= 8, at += 8) {
		memcpy(&word, at, 8);
		sum = add(sum, word);
	}
	word = 0;
	memcpy(&word, at, len);
	return fold(add(sum, word));
}

size_t icmp_header_bytes(enum icmp_form form)
{
	return form == ICMP_HEADER4 ? sizeof(struct iphdr) + 8 : 8;
}

/* Bytes 24.. of the payload. Return: their sum, not folded. */
static uint64_t fill(uint8_t *payload, uint64_t nonce, size_t size)
{
	uint64_t sum = 0, word;
	size_t i;

	for (i = sizeof(struct sonde_payload); i + 8 <= size; i += 8) {
		word = nonce ^ (BYTES_01234567 + EVERY_BYTE * (i & 0xff));
		memcpy(payload + i, &word, 8);
		sum = add(sum, word);
	}
	if (i < size) {
		uint64_t part = 0;

		word = nonce ^ (BYTES_01234567 + EVERY_BYTE * (i & 0xff));
		memcpy(payload + i, &word, size - i);
		memcpy(&part, &word, size - i);
		sum = add(sum, part);
	}
	return sum;
}

/* Return: the payload's sum, folded. @seq in memory order. */
static uint16_t payload(uint8_t *to, const struct icmp_flow *flow, const struct icmp_probe *probe,
			uint16_t seq)
{
	struct sonde_payload head = {
		.slot = htonl(probe->slot),
		.generation = htonl(probe->generation),
		.nonce = probe->nonce,
		.attempt = htonl(probe->attempt),
	};
	size_t head_bytes = flow->size < sizeof(head) ? flow->size : sizeof(head);
	uint64_t sum;

	sum = head_bytes < flow->size ? fill(to, probe->nonce, flow->size) : 0;
	sum = add(sum, icmp_sum(&head, head_bytes));
	if (flow->size < SONDE_PAYLOAD_MIN) {
		memcpy(to, &head, head_bytes);
		return fold(sum);
	}
	/* x + ~y is x - y in one's complement. */
	head.balance = fold((uint64_t)flow->constant + (uint16_t)~seq + (uint16_t)~fold(sum));
	memcpy(to, &head, head_bytes);
	return fold(add(sum, head.balance));
}

static void ip_header(struct iphdr *ip, const struct icmp_flow *flow, uint16_t seq)
{
	*ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tos = (uint8_t)(flow->dscp << 2),
		.tot_len = htons((uint16_t)(sizeof(*ip) + 8 + flow->size)),
		.id = seq,
		.frag_off = flow->dont_fragment ? htons(IP_DF) : 0,
		.ttl = flow->ttl,
		.protocol = IPPROTO_ICMP,
		.saddr = flow->source4,
		.daddr = flow->target4,
	};
}

size_t icmp_build(void *packet, enum icmp_form form, const struct icmp_flow *flow,
		  const struct icmp_probe *probe, uint16_t *ret_payload_sum)
{
	size_t before = icmp_header_bytes(form);
	uint16_t seq = htons((uint16_t)probe->slot);
	uint8_t *at = packet;
	struct icmphdr icmp = {
		.type = form == ICMP_PLAIN6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
		.un.echo = { .id = htons(flow->id), .sequence = seq },
	};
	struct iphdr ip;
	uint16_t sum;

	sum = payload(at + before, flow, probe, seq);
	if (form != ICMP_PLAIN6)
		icmp.checksum = (uint16_t)~fold((uint64_t)icmp_sum(&icmp, sizeof(icmp)) + sum);
	if (form == ICMP_HEADER4) {
		ip_header(&ip, flow, seq);
		memcpy(at, &ip, sizeof(ip));
	}
	memcpy(at + before - sizeof(icmp), &icmp, sizeof(icmp));
	*ret_payload_sum = sum;
	return before + flow->size;
}

uint32_t icmp_address_tag(const struct addr *addr)
{
	uint32_t words[4];

	if (addr_is_v4(addr))
		return sonde_address_tag4(addr_v4(addr));
	memcpy(words, addr->bytes, sizeof(words));
	return sonde_address_tag6(words);
}
