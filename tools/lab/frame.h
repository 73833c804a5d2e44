/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * frame.h - an Ethernet frame with an ICMP echo request in it, and what can be
 * made of it: the reply, a damaged one, an ICMP error that quotes it.
 *
 * IPv4 (options allowed, no fragments) and IPv6 without extension headers. All
 * checksums are computed anew, none is patched.
 */
#ifndef LAB_FRAME_H
#define LAB_FRAME_H

#include <stdint.h>

#include "base/addr.h"
#include "rules.h"
#include "sonde_abi.h"

#define FRAME_MAX_BYTES 2044

/* Room for a frame: two bytes before the Ethernet header align what follows it. */
struct frame_room {
	uint8_t pad[2];
	uint8_t bytes[FRAME_MAX_BYTES];
} __attribute__((aligned(4)));

struct frame {
	uint8_t *bytes; /* the caller's; the IP header, at 14, is aligned to 4 */
	unsigned len;   /* without padding of the link */
	unsigned icmp;  /* offset of the ICMP header */
	int is_v6;
};

/**
 * frame_parse() - look at an echo request or reply.
 * @frame: points into @bytes afterwards; nothing is copied.
 * Return: 0, -EINVAL when it is neither or is cut off.
 */
int frame_parse(struct frame *frame, void *bytes, unsigned len);

/** frame_is_request() - request, not reply. */
int frame_is_request(const struct frame *frame);

/** frame_source()/frame_destination() - the addresses of the IP header. */
struct addr frame_source(const struct frame *frame);
struct addr frame_destination(const struct frame *frame);

/** frame_id()/frame_sequence() - of the ICMP header, host order. */
uint16_t frame_id(const struct frame *frame);
uint16_t frame_sequence(const struct frame *frame);

/** frame_set_sequence() - without mending the checksum. */
void frame_set_sequence(struct frame *frame, uint16_t seq);

/** frame_payload() - what follows the ICMP header. */
uint8_t *frame_payload(const struct frame *frame, unsigned *ret_bytes);

/** frame_is_sonde() - has the payload the identity and the fill of sonde_abi.h, to its end? */
int frame_is_sonde(const struct frame *frame);

/** frame_to_reply() - turn a request round in place: addresses, type, hop limit 64, checksums. */
void frame_to_reply(struct frame *frame);

/** frame_set_source() - another sender; checksums follow. */
void frame_set_source(struct frame *frame, const struct addr *source);

/**
 * frame_corrupt() - flip one bit behind the identity.
 * @random: which one; its lowest bit: whether the ICMP checksum follows.
 * Return: 0, -EINVAL when nothing is behind the identity.
 */
int frame_corrupt(struct frame *frame, uint64_t random);

/** frame_mend() - compute the ICMP checksum again. */
void frame_mend(struct frame *frame);

/**
 * frame_error() - the ICMP error of a router about a request.
 * @room: another one than the request's.
 * Return: length of the frame.
 */
unsigned frame_error(const struct frame *request, const struct rule_error *error,
		     const struct addr *router, struct frame_room *room);

/** frame_error_names_probe() - is it an error by type, and is its quote long enough to tell whose? */
int frame_error_names_probe(int is_v6, const struct rule_error *error);

#endif /* LAB_FRAME_H */
