/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * icmp.h - the bytes of an echo request, IPv4 and IPv6.
 *
 * The payload follows the rules at struct sonde_payload: identity, a balance
 * word that keeps the sum of payload and sequence number at the flow's constant
 * (and so its ICMP checksum), fill that repeats in no other probe. A payload
 * shorter than SONDE_PAYLOAD_MIN is cut off where it ends: no balance, and what
 * identity there is.
 *
 * Pure: no system calls, no allocation, any thread.
 */
#ifndef PROBE_ICMP_H
#define PROBE_ICMP_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define ICMP_PACKET_MAX (20 + 8 + 65507) /* bytes of the longest packet icmp_build() writes */

/* How a packet is handed to the kernel. */
enum icmp_form {
	ICMP_HEADER4, /* with its IPv4 header: IPPROTO_RAW, cannot be fragmented */
	ICMP_PLAIN4,  /* ICMP alone: the kernel adds the header and fragments */
	ICMP_PLAIN6,  /* ICMPv6 alone: the kernel adds header and checksum and fragments */
};

/* What is the same for every probe of a flow. */
struct icmp_flow {
	uint32_t source4; /* as in the packet; 0: the route's. Only ICMP_HEADER4, as the next one */
	uint32_t target4;
	uint32_t size;     /* payload, bytes: 0..65507 */
	uint16_t id;       /* host order */
	uint16_t constant; /* payload sum + sequence number, 1..0xffff, memory order */
	uint8_t ttl;       /* ICMP_HEADER4; the other forms take them from their socket */
	uint8_t dscp;      /* 0..63 */
	uint8_t dont_fragment;
};

/* What differs from probe to probe. The sequence number and IPv4 id are the slot's low 16 bits;
 * for an IPv4 id of 0 the kernel fills in one of its own. */
struct icmp_probe {
	uint64_t nonce; /* eight opaque bytes */
	uint32_t slot;
	uint32_t attempt;
	uint16_t generation;
};

/** icmp_header_bytes() - what precedes the payload in a packet of @form. */
size_t icmp_header_bytes(enum icmp_form form);

/**
 * icmp_build() - write one packet.
 * @packet: room for icmp_header_bytes() + size bytes; no alignment needed.
 * @ret_payload_sum: one's complement sum of the payload as struct sonde_slot wants it.
 * Return: bytes written.
 */
size_t icmp_build(void *packet, enum icmp_form form, const struct icmp_flow *flow,
		  const struct icmp_probe *probe, uint16_t *ret_payload_sum);

/** icmp_sum() - one's complement sum of @len bytes, folded, in memory order; an odd last byte is
 * padded with 0. 0 only when all bytes are. */
uint16_t icmp_sum(const void *bytes, size_t len);

/** icmp_address_tag() - what struct sonde_slot remembers of an address of either family. */
uint32_t icmp_address_tag(const struct addr *addr);

#endif /* PROBE_ICMP_H */
