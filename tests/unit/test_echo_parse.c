// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_echo_parse.c - tables of replies, errors and looped requests; every header length, every cut. */
#include "probe/echo_parse.c"

#include <stdlib.h>

#include "../tap.h"
#include "probe/icmp.h"

#define SLOT  0x00012345u
#define NONCE 0x1122334455667788ull

static const struct icmp_flow flow = { .source4 = 0x0101a8c0,
				       .target4 = 0x0201a8c0,
				       .size = 56,
				       .id = 0x4242,
				       .constant = 99,
				       .ttl = 64 };
static const struct icmp_probe probe = {
	.nonce = NONCE, .slot = SLOT, .attempt = 3, .generation = 0x8001
};

/* A packet under construction. */
struct bytes {
	uint8_t at[512];
	size_t len;
};

static void add_bytes(struct bytes *b, const void *from, size_t len)
{
	memcpy(b->at + b->len, from, len);
	b->len += len;
}

static void add_fill(struct bytes *b, uint8_t value, size_t len)
{
	memset(b->at + b->len, value, len);
	b->len += len;
}

/* The ICMP message of a request, its type replaced. */
static void add_echo(struct bytes *b, int is_v6, uint8_t type)
{
	uint8_t echo[64];
	uint16_t sum;

	icmp_build(echo, is_v6 ? ICMP_PLAIN6 : ICMP_PLAIN4, &flow, &probe, &sum);
	echo[0] = type;
	add_bytes(b, echo, sizeof(echo));
}

static void add_ip4(struct bytes *b, unsigned ihl, size_t payload, uint32_t from, uint32_t to)
{
	struct iphdr ip = { .version = 4,
			    .ihl = ihl & 15,
			    .tot_len = htons((uint16_t)(ihl * 4 + payload)),
			    .ttl = 55,
			    .protocol = IPPROTO_ICMP,
			    .saddr = from,
			    .daddr = to };

	add_bytes(b, &ip, sizeof(ip));
	if (ihl > 5)
		add_fill(b, 1, (ihl - 5) * 4); /* no-operation options */
}

static void add_ip6(struct bytes *b, uint8_t next, size_t payload)
{
	struct ip6_hdr ip = { .ip6_plen = htons((uint16_t)payload), .ip6_nxt = next };

	ip.ip6_vfc = 6 << 4;
	ip.ip6_dst.s6_addr[0] = 0xfd;
	ip.ip6_dst.s6_addr[15] = 2;
	add_bytes(b, &ip, sizeof(ip));
}

static struct bytes reply4(unsigned ihl)
{
	struct bytes b = { .len = 0 };

	add_ip4(&b, ihl, 64, flow.target4, flow.source4);
	add_echo(&b, 0, ICMP_ECHOREPLY);
	return b;
}

/* Put in the right ICMP checksum. */
static void seal4(struct bytes *b)
{
	size_t at = (b->at[0] & 15u) * 4;
	uint16_t sum;

	memset(b->at + at + 2, 0, 2);
	sum = (uint16_t)~icmp_sum(b->at + at, b->len - at);
	memcpy(b->at + at + 2, &sum, 2);
}

/* An IPv4 error whose quote has all of the request up to @quoted bytes after its IP header. */
static struct bytes error4(unsigned ihl, unsigned quoted_ihl, size_t quoted, uint8_t type,
			   uint8_t code)
{
	const uint8_t icmp[8] = { type, code, 0, 0, 0, 0, 0x05, 0x78 };
	struct bytes b = { .len = 0 };
	size_t end;

	add_ip4(&b, ihl, 8 + quoted_ihl * 4 + quoted, 0x6301a8c0, flow.source4);
	add_bytes(&b, icmp, sizeof(icmp));
	add_ip4(&b, quoted_ihl, 64, flow.source4, flow.target4);
	end = b.len + quoted;
	add_echo(&b, 0, ICMP_ECHO);
	b.len = end;
	seal4(&b);
	return b;
}

static int is_probe(const struct echo *echo)
{
	return echo->has_identity && echo->slot == SLOT && echo->nonce == NONCE &&
	       echo->generation == 0x8001 && echo->id == 0x4242 && echo->seq == (uint16_t)SLOT;
}

/* From memory of exactly this size, so that a sanitizer sees a byte too many. */
static int parse_exact(int (*parse)(const void *, size_t, struct echo *), const struct bytes *b,
		       size_t len, struct echo *ret)
{
	uint8_t *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, b->at, len);
	err = parse(copy, len, ret);
	free(copy);
	return err;
}

static void test_reply4(void)
{
	struct echo echo;
	int all = 1;

	for (unsigned ihl = 5; ihl <= 15; ihl++) {
		struct bytes b = reply4(ihl);

		all &= !echo_parse4(b.at, b.len, &echo) && is_probe(&echo) && echo.is_whole &&
		       echo.kind == ECHO_REPLY && echo.ttl == 55 && echo.payload_bytes == 56 &&
		       addr_v4(&echo.from) == flow.target4;
	}
	ok(all, "a reply behind 0 to 40 bytes of options");
	for (unsigned ihl = 0; ihl < 5; ihl++) {
		struct bytes b = reply4(5);

		b.at[0] = (uint8_t)(0x40 | ihl);
		all &= echo_parse4(b.at, b.len, &echo) == -EBADMSG;
	}
	ok(all, "header lengths below 5 words are malformed");
	for (unsigned version = 0; version < 16; version++) {
		struct bytes b = reply4(5);

		b.at[0] = (uint8_t)(version << 4 | 5);
		all &= echo_parse4(b.at, b.len, &echo) == (version == 4 ? 0 : -EBADMSG);
	}
	ok(all, "so is every version but 4");
}

static void test_cuts4(void)
{
	struct bytes b = reply4(7);
	struct echo echo;
	int refused = 1, marked = 1;

	for (size_t len = 0; len < b.len; len++) {
		int err = parse_exact(echo_parse4, &b, len, &echo);

		if (len < 28 + 8)
			refused &= err == -EBADMSG;
		else
			marked &= !err && !echo.is_whole && echo.payload_bytes == len - 36 &&
				  echo.has_identity == (len - 36 >= SONDE_PAYLOAD_MIN);
	}
	ok(refused, "a reply cut inside its headers is malformed");
	ok(marked, "one cut behind them says that it is not whole");
	b.at[2] = 0;
	b.at[3] = 27;
	ok(echo_parse4(b.at, b.len, &echo) == -EBADMSG,
	   "a total length inside the header is malformed");
	b = reply4(5);
	add_fill(&b, 0, 18);
	ok(!echo_parse4(b.at, b.len, &echo) && echo.payload_bytes == 56 && echo.is_whole,
	   "padding behind the packet is not payload");
	b.at[6] = 0x20;
	ok(!echo_parse4(b.at, b.len, &echo) && !echo.is_whole, "a first fragment is not whole");
	b.at[7] = 1;
	ok(echo_parse4(b.at, b.len, &echo) == -ENOMSG, "a later fragment is nothing");
}

/* Does the quoted checksum fit the payload that was sent? */
static int fits(const struct echo *echo)
{
	uint8_t sent[64];
	uint16_t sum;

	icmp_build(sent, ICMP_PLAIN4, &flow, &probe, &sum);
	return add16(echo->quoted_sum, sum) == 0xffff;
}

static void test_error4(void)
{
	struct echo echo;
	struct bytes b;
	int all = 1;

	for (unsigned ihl = 5; ihl <= 15; ihl++)
		for (unsigned quoted = 5; quoted <= 15; quoted++) {
			b = error4(ihl, quoted, 64, ICMP_TIME_EXCEEDED, 0);
			all &= !echo_parse4(b.at, b.len, &echo) && is_probe(&echo) &&
			       echo.kind == ECHO_ERROR && echo.type == 11 &&
			       addr_v4(&echo.target) == flow.target4 &&
			       addr_v4(&echo.from) == 0x6301a8c0;
			for (size_t len = 0; len < b.len; len += 3)
				all &= parse_exact(echo_parse4, &b, len, &echo) <= 0;
		}
	ok(all, "an error with 121 pairs of header lengths, cut everywhere");
	b = error4(5, 5, 64, ICMP_TIME_EXCEEDED, 0);
	b.at[21] = 1;
	ok(echo_parse4(b.at, b.len, &echo) == -EBADMSG,
	   "an error with a wrong checksum is refused");
	b = error4(5, 5, 8, ICMP_DEST_UNREACH, 1);
	ok(!echo_parse4(b.at, b.len, &echo) && !echo.has_identity && echo.seq == (uint16_t)SLOT &&
		   echo.id == 0x4242 && !echo.mtu,
	   "a quote of eight bytes leaves id and sequence number");
	ok(fits(&echo), "and a checksum that fits the payload");
	b.at[52] ^= 1;
	seal4(&b);
	ok(!echo_parse4(b.at, b.len, &echo) && !fits(&echo), "which with another id it does not");
	b = error4(5, 5, 7, ICMP_DEST_UNREACH, 1);
	ok(echo_parse4(b.at, b.len, &echo) == -EBADMSG, "a shorter one leaves nothing");
	b = error4(5, 5, 64, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED);
	ok(!echo_parse4(b.at, b.len, &echo) && echo.mtu == 1400,
	   "fragmentation needed tells the MTU");
	b = error4(5, 5, 64, ICMP_DEST_UNREACH, 1);
	b.at[48] = ICMP_DEST_UNREACH;
	seal4(&b);
	ok(echo_parse4(b.at, b.len, &echo) == -ENOMSG, "a quoted error is nothing");
	b = error4(5, 5, 64, ICMP_DEST_UNREACH, 1);
	b.at[34] = 0;
	b.at[35] = 1;
	seal4(&b);
	ok(echo_parse4(b.at, b.len, &echo) == -ENOMSG, "a quoted later fragment is nothing");
	b = error4(5, 5, 64, ICMP_DEST_UNREACH, 1);
	b.at[37] = IPPROTO_UDP;
	seal4(&b);
	ok(echo_parse4(b.at, b.len, &echo) == -ENOMSG, "quoted UDP is nothing");
}

static void test_types4(void)
{
	unsigned replies = 0, errors = 0;
	struct echo echo;

	for (unsigned type = 0; type < 256; type++)
		for (unsigned code = 0; code < 256; code++) {
			struct bytes b = error4(5, 5, 64, (uint8_t)type, (uint8_t)code);

			if (!echo_parse4(b.at, b.len, &echo)) {
				replies += echo.kind == ECHO_REPLY;
				errors += echo.kind == ECHO_ERROR;
			}
		}
	ok(replies == 1 && errors == 3 * 256,
	   "of 65,536 types and codes one is a reply, 768 are errors");
}

static struct bytes error6(uint8_t type, uint8_t next, const struct bytes *extensions)
{
	const uint8_t icmp[8] = { type, 0, 0, 0, 0, 0, 0x05, 0x00 };
	struct bytes b = { .len = 0 };

	add_bytes(&b, icmp, sizeof(icmp));
	add_ip6(&b, next, extensions->len + 64);
	add_bytes(&b, extensions->at, extensions->len);
	add_echo(&b, 1, ICMP6_ECHO_REQUEST);
	return b;
}

/* What the kernel adds on the way out: the quoted request's checksum, over its pseudo-header. */
static void seal_quoted6(struct bytes *b)
{
	uint16_t sum = add16(icmp_sum(b->at + 16, 32), htons(64 + IPPROTO_ICMPV6));

	sum = (uint16_t)~add16(sum, icmp_sum(b->at + 48, 64));
	memcpy(b->at + 50, &sum, 2);
}

static void test_v6(void)
{
	struct bytes none = { .len = 0 }, b = none;
	struct echo echo;
	int cut = 1;

	add_echo(&b, 1, ICMP6_ECHO_REPLY);
	ok(!echo_parse6(b.at, b.len, &echo) && is_probe(&echo) && echo.kind == ECHO_REPLY &&
		   echo.is_whole && echo.payload_bytes == 56,
	   "an ICMPv6 reply");
	for (size_t len = 0; len < b.len; len++)
		cut &= parse_exact(echo_parse6, &b, len, &echo) == (len < 8 ? -EBADMSG : 0);
	ok(cut, "cut inside its header it is malformed");
	b = error6(ICMP6_PACKET_TOO_BIG, IPPROTO_ICMPV6, &none);
	ok(!echo_parse6(b.at, b.len, &echo) && is_probe(&echo) && echo.mtu == 1280 &&
		   echo.target.bytes[0] == 0xfd && echo.target.bytes[15] == 2,
	   "packet too big tells the MTU and whom we asked");
	for (size_t len = 0; len < b.len; len++)
		cut &= parse_exact(echo_parse6, &b, len, &echo) == (len < 56 ? -EBADMSG : 0);
	ok(cut, "cut inside a header it is malformed");
	seal_quoted6(&b);
	ok(!echo_parse6(b.at, 56, &echo) && !echo.has_identity && fits(&echo),
	   "a quote of eight bytes leaves a checksum that fits the payload");
}

static void test_extensions(void)
{
	static const uint8_t kinds[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS,
					 IPPROTO_AH };
	const uint8_t fragment[8] = { IPPROTO_ICMPV6, 0, 0, 1 };
	struct bytes b, ext = { .len = 0 };
	struct echo echo;
	int all = 1, err;

	for (unsigned depth = 1; depth <= 10; depth++) {
		ext.len = 0;
		for (unsigned i = 0; i < depth; i++) {
			uint8_t kind = kinds[i % 4], next = kinds[(i + 1) % 4];
			uint8_t header[16] = { i + 1 < depth ? next : IPPROTO_ICMPV6,
					       kind == IPPROTO_AH ? 2 : 1 };

			add_bytes(&ext, header, sizeof(header));
		}
		b = error6(ICMP6_DST_UNREACH, kinds[0], &ext);
		err = echo_parse6(b.at, b.len, &echo);
		all &= depth <= ECHO_EXTENSIONS_MAX ? !err && is_probe(&echo) : err == -ENOMSG;
		for (size_t len = 0; len < b.len; len += 5)
			all &= parse_exact(echo_parse6, &b, len, &echo) <= 0;
	}
	ok(all, "up to 8 extension headers are walked over, of four kinds, cut everywhere");
	ext.len = 0;
	add_bytes(&ext, fragment, sizeof(fragment));
	b = error6(ICMP6_TIME_EXCEEDED, IPPROTO_FRAGMENT, &ext);
	ok(!echo_parse6(b.at, b.len, &echo) && is_probe(&echo) && !echo.is_whole,
	   "a quoted first fragment is recognised, and not whole");
	b.at[8 + 40 + 3] = 0x08;
	ok(echo_parse6(b.at, b.len, &echo) == -ENOMSG, "a later one is not");
	ext.at[0] = IPPROTO_ICMPV6;
	ext.at[1] = 255;
	b = error6(ICMP6_TIME_EXCEEDED, IPPROTO_HOPOPTS, &ext);
	ok(echo_parse6(b.at, b.len, &echo) == -EBADMSG,
	   "an extension longer than the packet is malformed");
	b = error6(ICMP6_TIME_EXCEEDED, IPPROTO_ESP, &ext);
	ok(echo_parse6(b.at, b.len, &echo) == -ENOMSG, "encryption hides the rest");
}

static void test_sent(void)
{
	const uint8_t mac[12] = { 0x45, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	const uint8_t tags[] = { 0x88, 0xa8, 0, 1, 0x81, 0, 0, 2 };
	const uint8_t ip4[] = { 0x08, 0x00 }, ip6[] = { 0x86, 0xdd };
	struct bytes b = { .len = 0 };
	struct echo echo;
	int cut = 1;

	add_ip4(&b, 5, 64, flow.source4, flow.target4);
	add_echo(&b, 0, ICMP_ECHO);
	ok(!echo_parse_sent(b.at, b.len, &echo) && is_probe(&echo) && echo.kind == ECHO_REQUEST &&
		   addr_v4(&echo.target) == flow.target4,
	   "a looped request without a link header");
	b.len = 0;
	add_bytes(&b, mac, sizeof(mac));
	add_bytes(&b, ip4, sizeof(ip4));
	add_ip4(&b, 5, 64, flow.source4, flow.target4);
	add_echo(&b, 0, ICMP_ECHO);
	ok(!echo_parse_sent(b.at, b.len, &echo) && is_probe(&echo),
	   "with Ethernet, from a MAC like IPv4");
	for (size_t len = 0; len < b.len; len++)
		cut &= parse_exact(echo_parse_sent, &b, len, &echo) <= 0;
	ok(cut, "cut everywhere");
	b.len = 0;
	add_bytes(&b, mac, sizeof(mac));
	add_bytes(&b, tags, sizeof(tags));
	add_bytes(&b, ip6, sizeof(ip6));
	add_ip6(&b, IPPROTO_ICMPV6, 64);
	add_echo(&b, 1, ICMP6_ECHO_REQUEST);
	ok(!echo_parse_sent(b.at, b.len, &echo) && is_probe(&echo) && echo.target.bytes[15] == 2,
	   "IPv6 behind two VLAN tags");
	b.at[62] = ICMP6_ECHO_REPLY;
	ok(echo_parse_sent(b.at, b.len, &echo) < 0, "a reply is no request");
}

static void test_random(void)
{
	struct bytes b = { .len = sizeof(b.at) };
	struct echo echo;
	int sane = 1;

	srand(7);
	for (unsigned round = 0; round < 200000; round++) {
		struct bytes base = round % 2 ? error4(5, 6, 64, ICMP_DEST_UNREACH, 4) : reply4(5);

		base.at[(size_t)rand() % base.len] ^= (uint8_t)(1 << rand() % 8);
		b = base;
		if (!echo_parse4(b.at, b.len, &echo))
			sane &= echo.payload >= b.at &&
				echo.payload + echo.payload_bytes <= b.at + b.len;
	}
	ok(sane, "with any bit flipped the payload stays inside the packet");
}

int main(void)
{
	test_reply4();
	test_cuts4();
	test_error4();
	test_types4();
	test_v6();
	test_extensions();
	test_sent();
	test_random();
	return tap_done();
}
