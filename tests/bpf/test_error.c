// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_error.c - ICMP errors that quote a probe of ours, at sonde_rx_tc and sonde_rx_xdp. */
#include "harness.h"

#define STAMP 1000000ull
#define WHOLE 4096 /* quote everything */

/* An error as a router writes it. */
struct error {
	__u8 type, code;
	__u32 rest;       /* the word after the checksum, host order */
	unsigned quoted;  /* bytes of the probe's ICMP message that are quoted */
	unsigned options; /* IPv4 options in the quoted header, in words */
	__u16 fragment;   /* fragment field of the quoted header */
	int is_wrong_sum; /* the error's own ICMP checksum is wrong */
	__u8 *router;
};

static struct harness h;
static const struct bpf_program *program;
static int drop, next;
static const char *name;
static __u8 routers[2][16];

/* Reports `e` undeliverable to its sender. The quoted frame's bytes can be spoilt before. */
static void build(struct frame *f, const struct error *error, const struct frame *probe,
		  const struct echo *e)
{
	__u8 message[FRAME_BYTES_MAX] = { error->type, error->code };
	unsigned head = probe->icmp - probe->ip, quoted = probe->length - probe->ip;
	unsigned bytes;
	__u32 rest = htonl(error->rest);
	__u64 sum = 0;
	__u16 check;

	if (quoted > head + error->quoted)
		quoted = head + error->quoted;
	bytes = 8 + quoted;
	memcpy(message + 4, &rest, 4);
	memcpy(message + 8, probe->bytes + probe->ip, quoted);
	if (e->is_v6)
		sum = echo_sum(routers[1], 16) + echo_sum(e->source, 16) + htons(bytes) +
		      htons(IPPROTO_ICMPV6);
	check = ~echo_fold(sum + echo_sum(message, bytes)) ^ (error->is_wrong_sum ? 0x100 : 0);
	memcpy(message + 2, &check, 2);
	frame_build(f, &(struct shape){ .ttl = 60 }, e->is_v6, routers[e->is_v6], e->source,
		    message, bytes);
}

static void build_plain(struct frame *f, const struct error *error, const struct echo *e)
{
	struct shape shape = { .options = error->options, .fragment = error->fragment };
	struct frame probe;

	frame_request(&probe, &shape, e);
	build(f, error, &probe, e);
}

/* Return: the event, 0 when the error passed and nothing changed, -1. */
static int run(const struct frame *f, const struct echo *e)
{
	__u64 word = harness_word(&h, e);
	int verdict = harness_run(program, f->bytes, f->length);

	if (verdict == next)
		return harness_drain(&h) || harness_word(&h, e) != word ? -1 : 0;
	if (verdict != drop || harness_drain(&h) != 1)
		return -1;
	return h.last.record.event;
}

static int event_of(const struct error *error, const struct echo *e)
{
	struct frame f;

	build_plain(&f, error, e);
	harness_arm(&h, e, STAMP);
	return run(&f, e);
}

static struct error unreachable(int is_v6)
{
	return (struct error){ .type = is_v6 ? 1 : 3, .code = is_v6 ? 3 : 1, .quoted = WHOLE };
}

static void test_record(int is_v6)
{
	const struct sonde_error_record *r = &h.last;
	struct error error = unreachable(is_v6);
	struct echo e = harness_probe(is_v6);

	ok(event_of(&error, &e) == SONDE_EVENT_ICMP_ERROR,
	   "%s IPv%d: unreachable is dropped and reported", name, is_v6 ? 6 : 4);
	ok(r->record.icmp_type == error.type && r->record.icmp_code == error.code &&
		   r->record.ttl == 60 && r->record.slot == e.slot && !r->mtu &&
		   (r->record.tx_word & SONDE_STAMP_MASK) == STAMP,
	   "type, code, TTL, slot and stamp are right");
	if (is_v6)
		ok(!memcmp(r->router, routers[1], 16), "so is the router's address");
	else
		ok(!r->router[0] && !r->router[1] && r->router[2] == htonl(0xffff) &&
			   !memcmp(&r->router[3], routers[0], 4),
		   "so is the router's address, as a mapped one");
	ok(harness_mark(&h, &e) == SONDE_MARK_TAKEN, "the slot is taken");
}

static void test_again(int is_v6)
{
	struct error error = unreachable(is_v6);
	struct echo e = harness_probe(is_v6);
	struct frame f;

	build_plain(&f, &error, &e);
	harness_arm(&h, &e, SONDE_MARK_TAKEN);
	ok(run(&f, &e) == SONDE_EVENT_DUPLICATE && h.last.record.icmp_type == error.type,
	   "%s IPv%d: an error after the answer is a duplicate", name, is_v6 ? 6 : 4);
	harness_arm(&h, &e, SONDE_MARK_CLOSED);
	ok(!run(&f, &e), "after the closing it passes");
}

static void test_mtu(void)
{
	static const unsigned mtus[] = { 0, 68, 1279, 1280, 1500, 65535 };
	struct error big4 = { .type = 3, .code = 4, .quoted = WHOLE };
	struct error big6 = { .type = 2, .quoted = WHOLE };
	struct echo e4 = harness_probe(0), e6 = harness_probe(1);
	int right = 1;

	for (unsigned i = 0; i < sizeof(mtus) / sizeof(mtus[0]); i++) {
		big4.rest = 0xabcd0000 | mtus[i];
		right &= event_of(&big4, &e4) == SONDE_EVENT_ICMP_ERROR && h.last.mtu == mtus[i];
		big6.rest = mtus[i] << 8;
		right &= event_of(&big6, &e6) == SONDE_EVENT_ICMP_ERROR &&
			 h.last.mtu == mtus[i] << 8;
	}
	ok(right, "%s: fragmentation needed and packet too big tell the MTU", name);
}

static void test_types(int is_v6)
{
	struct error error = unreachable(is_v6);
	struct echo e = harness_probe(is_v6);
	int right = 1;

	for (unsigned type = 0; type < 256; type++) {
		int is_error =
			is_v6 ? type >= 1 && type <= 4 : type == 3 || type == 11 || type == 12;

		if (type == (is_v6 ? 129 : 0)) /* an echo reply, of nobody */
			continue;
		for (unsigned code = 0; code < 256; code += 17) {
			error.type = type;
			error.code = code;
			right &= event_of(&error, &e) == (is_error ? SONDE_EVENT_ICMP_ERROR : 0);
		}
	}
	ok(right, "%s IPv%d: unreachable, exceeded, parameter problem, too big; nothing else", name,
	   is_v6 ? 6 : 4);
}

/* At least 8 bytes of ICMP for IPv4, the whole identity for IPv6; an error cut short passes. */
static void test_quote_lengths(int is_v6)
{
	struct error error = unreachable(is_v6);
	struct echo e = harness_probe(is_v6);
	int right = 1;

	for (error.quoted = 0; error.quoted <= 8 + e.payload_bytes; error.quoted++) {
		unsigned least = is_v6 ? 24 : 8;

		right &= event_of(&error, &e) ==
			 (error.quoted >= least ? SONDE_EVENT_ICMP_ERROR : 0);
	}
	ok(right, "%s IPv%d: at every length of the quote", name, is_v6 ? 6 : 4);
	e.payload_bytes = SONDE_PAYLOAD_MAX;
	for (error.quoted = 500; error.quoted <= 1450; error.quoted += 7)
		right &= event_of(&error, &e) == SONDE_EVENT_ICMP_ERROR;
	ok(right, "%s IPv%d: long quotes too", name, is_v6 ? 6 : 4);
}

static void test_truncated(int is_v6)
{
	struct error error = unreachable(is_v6);
	struct echo e = harness_probe(is_v6);
	struct frame f;
	int right = 1;

	build_plain(&f, &error, &e);
	for (unsigned bytes = 0; bytes < f.length; bytes++) {
		int verdict;

		harness_arm(&h, &e, STAMP);
		verdict = harness_run(program, f.bytes, bytes);
		right &= verdict == next || (verdict == -1000 - EINVAL && bytes < f.icmp);
		right &= harness_mark(&h, &e) == STAMP && !harness_drain(&h);
	}
	ok(right, "%s IPv%d: cut off at any length it passes", name, is_v6 ? 6 : 4);
}

/* One wrong bit in the quote, under a right checksum: what identifies the probe must fit. */
static void test_quoted_bits(int is_v6, unsigned quoted)
{
	struct error error = unreachable(is_v6);
	struct echo e = harness_probe(is_v6);
	struct frame probe, f;
	unsigned identity = is_v6 ? 40 : 20, right = 1;

	error.quoted = quoted;
	frame_request(&probe, &(struct shape){ 0 }, &e);
	for (unsigned at = 0; at < identity + quoted; at++) {
		unsigned icmp = at - identity;
		int is_target = is_v6 ? at >= 24 && at < 40 : at >= 16 && at < 20;
		int is_type = at >= identity && icmp < 2;
		int is_long = at >= identity + 8 && icmp < 24 && icmp / 2 != 6;
		int is_short = quoted < 24 && at >= identity + 2;
		int event;

		probe.bytes[probe.ip + at] ^= 0x40;
		build(&f, &error, &probe, &e);
		harness_arm(&h, &e, STAMP);
		event = run(&f, &e);
		if (is_target || is_type || is_long || is_short)
			right &= event == 0;
		else
			right &= event == 0 || event == SONDE_EVENT_ICMP_ERROR;
		probe.bytes[probe.ip + at] ^= 0x40;
	}
	ok(right, "%s IPv%d: one wrong bit in target, type or identity, %u bytes quoted: passes",
	   name, is_v6 ? 6 : 4, quoted);
}

static void test_checksum(int is_v6)
{
	struct error error = unreachable(is_v6);
	struct echo e = harness_probe(is_v6);

	error.is_wrong_sum = 1;
	ok(!event_of(&error, &e), "%s IPv%d: with a wrong checksum it passes", name, is_v6 ? 6 : 4);
}

static void test_quoted_shapes(void)
{
	struct error error = unreachable(0);
	struct echo e = harness_probe(0);
	int right = 1;

	for (error.options = 0; error.options <= 10; error.options++)
		for (unsigned i = 0; i < 2; i++) {
			error.quoted = i ? 8 : WHOLE;
			right &= event_of(&error, &e) == SONDE_EVENT_ICMP_ERROR;
		}
	ok(right, "%s: any length of options in the quoted header", name);
	error = unreachable(0);
	error.fragment = 0x2000;
	ok(event_of(&error, &e) == SONDE_EVENT_ICMP_ERROR, "%s: a first fragment is quoted", name);
	error.fragment = 1;
	ok(!event_of(&error, &e), "%s: of a later fragment nothing can be told", name);
}

/* Slots with the same 16 low bits: only one may fit a short quote. */
static void test_congruent(void)
{
	struct error error = unreachable(0);
	struct echo e = harness_probe(0), twin = e, other = e;
	struct frame f;

	error.quoted = 8;
	build_plain(&f, &error, &e);
	memset(h.slots, 0xff, HARNESS_SLOTS * sizeof(*h.slots)); /* no mark: in flight to nobody */
	other.slot = 0x32345;
	other.target[3] ^= 1;
	harness_arm(&h, &other, STAMP);
	harness_arm(&h, &e, STAMP);
	ok(run(&f, &e) == SONDE_EVENT_ICMP_ERROR && h.last.record.slot == e.slot &&
		   harness_mark(&h, &other) == STAMP,
	   "%s: of several slots the one with the quoted target is found", name);
	twin.slot = 0x12345;
	harness_arm(&h, &twin, STAMP);
	harness_arm(&h, &e, STAMP);
	/* `balance` gives both the same sum: nothing in the quote tells them apart */
	ok(h.slots[twin.slot].payload_sum == h.slots[e.slot].payload_sum, "twins are twins");
	ok(!run(&f, &e) && harness_mark(&h, &twin) == STAMP, "%s: when two fit, neither is taken",
	   name);
	harness_arm(&h, &twin, SONDE_MARK_TAKEN);
	ok(run(&f, &e) == SONDE_EVENT_ICMP_ERROR, "%s: one that is answered does not count", name);
	harness_arm(&h, &twin, SONDE_MARK_CLOSED);
	harness_arm(&h, &e, SONDE_MARK_ARMED);
	ok(run(&f, &e) == SONDE_EVENT_ICMP_ERROR, "%s: nor one that is closed", name);
	memset(h.slots, 0, HARNESS_SLOTS * sizeof(*h.slots));
}

/* Random bytes in place of the quote must never find a probe, whatever the rest looks like. */
static void test_random(int is_v6)
{
	struct error error = unreachable(is_v6);
	struct echo e = harness_probe(is_v6);
	struct frame probe, f;
	unsigned seed = 1, passed = 0;

	harness_arm(&h, &e, STAMP);
	frame_request(&probe, &(struct shape){ 0 }, &e);
	for (unsigned round = 0; round < 5000; round++) {
		unsigned from = probe.ip + (round & 1 ? 0 : probe.icmp - probe.ip);

		for (unsigned at = from; at < probe.length; at++) {
			seed = seed * 1664525 + 1013904223;
			probe.bytes[at] = seed >> 24;
		}
		build(&f, &error, &probe, &e);
		passed += run(&f, &e) == 0;
	}
	ok(passed == 5000, "%s IPv%d: 5000 random quotes pass", name, is_v6 ? 6 : 4);
}

static void test_all(int is_v6)
{
	test_record(is_v6);
	test_again(is_v6);
	test_types(is_v6);
	test_quote_lengths(is_v6);
	test_truncated(is_v6);
	test_quoted_bits(is_v6, 64);
	test_quoted_bits(is_v6, 24);
	if (!is_v6)
		test_quoted_bits(is_v6, 8);
	test_checksum(is_v6);
	test_random(is_v6);
}

static void test_no_room(void)
{
	struct error error = unreachable(0);
	struct echo e = harness_probe(0);
	unsigned taken = 0, no_room = 0;
	struct frame f;

	harness_open(&h, 4096, 0);
	for (unsigned i = 0; i < 150; i++, e.slot++) {
		build_plain(&f, &error, &e);
		harness_arm(&h, &e, STAMP);
		harness_run(h.skel->progs.sonde_rx_tc, f.bytes, f.length);
		taken += harness_mark(&h, &e) == SONDE_MARK_TAKEN;
		no_room += harness_mark(&h, &e) == SONDE_MARK_NO_ROOM;
	}
	ok(no_room && taken >= 60 && taken + no_room == 150 && harness_drain(&h) == taken,
	   "a full ring marks the slots of errors too");
	harness_close(&h);
}

int main(void)
{
	inet_pton(AF_INET, "198.18.0.254", routers[0]);
	inet_pton(AF_INET6, "fd00:18::fe", routers[1]);
	harness_open(&h, 65536, 0);
	for (int i = 0; i < 2; i++) {
		program = i ? h.skel->progs.sonde_rx_xdp : h.skel->progs.sonde_rx_tc;
		name = i ? "xdp" : "tc";
		drop = i ? XDP_DROP : DROP;
		next = i ? XDP_PASS : NEXT;
		test_all(0);
		test_all(1);
		test_mtu();
		test_quoted_shapes();
		test_congruent();
	}
	harness_close(&h);
	test_no_room();
	return tap_done();
}
