/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Frames of the lab: replies, errors and damage of both families, and the heap they wait in. */
#include "../../tools/lab/frame.c"
#include "../../tools/lab/replies.c"

#include <stdio.h>
#include <stdlib.h>

#include "../tap.h"

#define PAYLOAD 56

/* An echo request from .1 to .9 with sonde's payload. Return: its length. */
static unsigned make_request(int is_v6, struct frame_room *room)
{
	struct frame frame = { .bytes = room->bytes, .is_v6 = is_v6 };
	struct sonde_payload payload = { .slot = htonl(7),
					 .generation = htonl(3),
					 .nonce = 0x1122334455667788ull,
					 .attempt = htonl(4711) };
	unsigned header = is_v6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr), len;
	struct addr from, to;
	uint8_t nonce[8], *bytes;

	memset(room, 0, sizeof(*room));
	addr_parse(is_v6 ? "fd00:51:ffff::1" : "198.19.255.1", &from);
	addr_parse(is_v6 ? "fd00:51::9" : "198.18.0.9", &to);
	room->bytes[12] = is_v6 ? 0x86 : 0x08;
	room->bytes[13] = is_v6 ? 0xdd : 0x00;
	memcpy(room->bytes, "abcdefABCDEF", 12);
	frame.icmp = ETH_HLEN + header;
	frame.len = frame.icmp + sizeof(struct icmphdr) + PAYLOAD;
	put_ip(&frame, &(struct frame){ .bytes = room->bytes });
	icmp_of(&frame)->type = is_v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	icmp_of(&frame)->un.echo.id = htons(77);
	icmp_of(&frame)->un.echo.sequence = htons(8);
	bytes = frame_payload(&frame, &len);
	memcpy(nonce, &payload.nonce, 8);
	memcpy(bytes, &payload, sizeof(payload));
	for (unsigned i = sizeof(payload); i < PAYLOAD; i++)
		bytes[i] = nonce[i % 8] ^ i;
	put_addresses(&frame, &from, &to);
	return frame.len;
}

/* Summing what carries a right checksum gives all ones (RFC 1071). */
static int is_sum_right(const struct frame *frame)
{
	uint32_t sum = frame->is_v6 ? sum_pseudo(ip6_of(frame)) : 0;

	return !finish(add_words(sum, icmp_of(frame), frame->len - frame->icmp)) &&
	       (frame->is_v6 || !finish(add_words(0, ip4_of(frame), 20)));
}

static int is_addr(struct addr addr, const char *text)
{
	char found[ADDR_TEXT_MAX];

	addr_format(&addr, found);
	return !strcmp(found, text);
}

static void test_parse(int is_v6)
{
	struct frame_room room;
	unsigned len = make_request(is_v6, &room), cut = 0;
	struct frame frame;

	ok(!frame_parse(&frame, room.bytes, len) && frame_is_request(&frame) &&
		   frame_id(&frame) == 77 && frame_sequence(&frame) == 8 && frame_is_sonde(&frame),
	   "a request is read");
	ok(!frame_parse(&frame, room.bytes, len + 20) && frame.len == len, "padding is left out");
	for (unsigned i = 0; i < len; i++) {
		struct frame_room *exact = aligned_alloc(4, (i + 2 + 3) & ~3u);

		memcpy(exact->bytes, room.bytes, i);
		cut += frame_parse(&frame, exact->bytes, i) != 0;
		free(exact);
	}
	ok(cut == len, "and refused when cut at any byte");
	room.bytes[frame.icmp + 30 + 8] ^= 1;
	frame_parse(&frame, room.bytes, len);
	ok(!frame_is_sonde(&frame), "another pinger's payload is told apart");
}

static void test_reply(int is_v6)
{
	struct frame_room room;
	unsigned len = make_request(is_v6, &room);
	struct frame frame;
	struct addr other;

	frame_parse(&frame, room.bytes, len);
	frame_to_reply(&frame);
	ok(is_sum_right(&frame) && !frame_is_request(&frame) && frame_is_sonde(&frame) &&
		   is_addr(frame_source(&frame), is_v6 ? "fd00:51::9" : "198.18.0.9") &&
		   !memcmp(room.bytes, "ABCDEFabcdef", 12),
	   "a reply is the request turned round");
	addr_parse(is_v6 ? "fd00:51::8" : "198.18.0.8", &other);
	frame_set_source(&frame, &other);
	ok(is_sum_right(&frame) &&
		   is_addr(frame_source(&frame), is_v6 ? "fd00:51::8" : "198.18.0.8"),
	   "its source can be changed");
}

static void test_corrupt(int is_v6)
{
	unsigned valid = 0, hit = 0, inside = 0;

	for (uint64_t random = 0; random < 100000; random += 7) {
		struct frame_room room;
		struct frame frame;
		unsigned len = make_request(is_v6, &room), n;
		uint8_t before[PAYLOAD];

		frame_parse(&frame, room.bytes, len);
		memcpy(before, frame_payload(&frame, &n), PAYLOAD);
		frame_corrupt(&frame, random);
		valid += is_sum_right(&frame) == (int)(random & 1);
		inside += !memcmp(before, frame_payload(&frame, &n), sizeof(struct sonde_payload));
		hit += memcmp(before, frame_payload(&frame, &n), PAYLOAD) != 0;
	}
	ok(valid == 14286 && inside == 14286 && hit == 14286,
	   "damage is behind the identity, with the checksum that was asked for");
}

static void test_error(int is_v6)
{
	struct rule_error error = { .type = is_v6 ? 2 : 3, .code = is_v6 ? 0 : 4, .mtu = 1280 };
	unsigned header = is_v6 ? 40 : 20;
	struct frame_room request_room, room;
	unsigned len = make_request(is_v6, &request_room);
	struct frame request, frame = { .bytes = room.bytes, .is_v6 = is_v6, .icmp = 14 + header };
	struct addr router;

	addr_parse(is_v6 ? "fd00:51:ffff::2" : "198.19.255.2", &router);
	frame_parse(&request, request_room.bytes, len);
	frame.len = frame_error(&request, &error, &router, &room);
	ok(frame.len == len + header + 8 && is_sum_right(&frame) &&
		   !memcmp(room.bytes + frame.icmp + 8, request_room.bytes + 14, len - 14),
	   "an error quotes the whole request");
	ok(icmp_of(&frame)->type == error.type &&
		   (is_v6 ? ntohl(icmp_of(&frame)->un.gateway)
			  : ntohs(icmp_of(&frame)->un.frag.mtu)) == 1280,
	   "and tells the MTU");
	error.quote_bytes = header + 8;
	frame.len = frame_error(&request, &error, &router, &room);
	ok(frame.len == 14 + header + 8 + header + 8 && is_sum_right(&frame) &&
		   frame_error_names_probe(is_v6, &error),
	   "or as little as was asked for");
	error.quote_bytes--;
	ok(!frame_error_names_probe(is_v6, &error), "less does not say whose it is");
	error = (struct rule_error){ .type = is_v6 ? 137 : 5 };
	ok(!frame_error_names_probe(is_v6, &error), "a redirect is no error");
}

static void test_heap(void)
{
	struct replies replies = { 0 };
	struct reply all[1000], *reply;
	int64_t last_ns = -1;
	unsigned in_order = 0;

	for (unsigned i = 0; i < 1000; i++) {
		all[i] = (struct reply){ .due_ns = i * 7919 % 1009 };
		replies_push(&replies, &all[i]);
	}
	ok(replies_first(&replies)->due_ns == 0, "the earliest reply is first");
	while ((reply = replies_pop(&replies))) {
		in_order += reply->due_ns >= last_ns;
		last_ns = reply->due_ns;
	}
	ok(in_order == 1000 && !replies_first(&replies), "all leave in order of their time");
	replies_clear(&replies);
}

int main(void)
{
	for (int is_v6 = 0; is_v6 < 2; is_v6++) {
		printf("# IPv%d\n", is_v6 ? 6 : 4);
		test_parse(is_v6);
		test_reply(is_v6);
		test_corrupt(is_v6);
		test_error(is_v6);
	}
	test_heap();
	return tap_done();
}
