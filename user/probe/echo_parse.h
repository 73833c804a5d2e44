/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * echo_parse.h - what a packet from the network says about an echo request.
 *
 * Replies, errors that quote a request, and requests as they are looped back
 * with their send stamp. Nothing in a packet is believed: every length is
 * checked against the bytes that are there. Whether the packet concerns a probe
 * of ours is the caller's question.
 *
 * Pure: no system calls, no allocation, any thread.
 */
#ifndef PROBE_ECHO_PARSE_H
#define PROBE_ECHO_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* IPv6 extension headers that are walked over; RFC 8200 knows seven kinds, once each but one. */
#define ECHO_EXTENSIONS_MAX 8

enum echo_kind {
	ECHO_REPLY,
	ECHO_REQUEST,
	ECHO_ERROR, /* id, seq, payload and identity are those of the quoted request */
};

struct echo {
	const uint8_t *payload; /* inside the caller's packet */
	size_t payload_bytes;   /* of it that are there */
	uint64_t nonce;
	uint32_t slot;
	uint32_t mtu; /* fragmentation needed, packet too big; otherwise 0 */
	uint16_t id, seq;
	uint16_t generation;
	uint8_t kind; /* enum echo_kind */
	uint8_t type, code;
	uint8_t ttl;          /* IPv4: of the outer header; 0 for IPv6, whose header is not there */
	uint8_t has_identity; /* slot, generation and nonce are whole */
	uint8_t is_whole;     /* the payload is, as far as the headers tell */
	struct addr from;     /* IPv4: who sent it; all 0 for IPv6 */
	struct addr target;   /* destination of the request, quoted or looped back; else all 0 */
};

/**
 * echo_parse4() - an IPv4 packet from its header on, as a raw socket gives it.
 * Errors: destination unreachable, time exceeded, parameter problem, with a right checksum.
 * Return: 0, -ENOMSG (well-formed, but none of the kinds), -EBADMSG (cut off, malformed, damaged).
 */
int echo_parse4(const void *packet, size_t len, struct echo *ret);

/**
 * echo_parse6() - an ICMPv6 message without its IPv6 header, as a raw socket gives it.
 * Errors: destination unreachable, packet too big, time exceeded, parameter problem. The checksum
 * is the socket's business.
 * Return: as echo_parse4().
 */
int echo_parse6(const void *message, size_t len, struct echo *ret);

/**
 * echo_parse_sent() - a request of either family, from its IP header or with an Ethernet header
 * before it (VLAN tags included), as the error queue of its socket gives it.
 * Return: as echo_parse4().
 */
int echo_parse_sent(const void *frame, size_t len, struct echo *ret);

#endif /* PROBE_ECHO_PARSE_H */
