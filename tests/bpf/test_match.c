// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_match.c - echo replies at sonde_rx_tc, sonde_rx_bare and sonde_rx_xdp. */
#include "harness.h"

#define STAMP 1000000ull

/* A receiving program with its words for "ours" and "not ours". */
struct receiver {
	const char *name;
	const struct bpf_program *program;
	int drop, next;
	int is_bare;
};

static struct harness h;
static struct receiver receivers[3];

static int receive(const struct receiver *r, const struct frame *f)
{
	return harness_run(r->program, f->bytes, f->length);
}

/* A reply of that shape to a stamped probe. Return: its event, 0 when it passed untouched, -1. */
static int event_of(const struct receiver *r, const struct shape *shape, const struct echo *e)
{
	struct shape s = *shape;
	struct frame f;
	int verdict;

	s.is_bare = r->is_bare;
	frame_reply(&f, &s, e);
	harness_arm(&h, e, STAMP);
	verdict = receive(r, &f);
	if (verdict == r->next)
		return harness_drain(&h) || harness_mark(&h, e) != STAMP ? -1 : 0;
	if (verdict != r->drop || harness_drain(&h) != 1)
		return -1;
	return h.last.record.event;
}

static void test_record(const struct receiver *r, int is_v6)
{
	struct echo e = harness_probe(is_v6);
	__u64 count = harness_count(&h, SONDE_COUNT_REPLY), before = echo_now();
	const struct sonde_record *record = &h.last.record;

	ok(event_of(r, &(struct shape){ .ttl = 57 }, &e) == SONDE_EVENT_REPLY,
	   "%s IPv%d: a right reply is dropped and reported", r->name, is_v6 ? 6 : 4);
	ok(record->rx_ns >= before && record->rx_ns <= echo_now(), "it carries the time");
	ok(record->tx_word == ((__u64)e.generation << SONDE_STAMP_BITS | STAMP),
	   "and the word with the send stamp");
	ok(record->slot == e.slot && record->ttl == 57 && record->icmp_code == 0 &&
		   record->icmp_type == (is_v6 ? 129 : 0),
	   "slot, TTL, type and code are right");
	ok(record->ifindex == 1 && record->cpu < (unsigned)libbpf_num_possible_cpus(),
	   "interface and CPU are there");
	ok(harness_mark(&h, &e) == SONDE_MARK_TAKEN, "the slot is taken");
	ok(harness_count(&h, SONDE_COUNT_REPLY) == count + 1, "the counter moved");
}

static void test_duplicates(const struct receiver *r, int is_v6)
{
	struct echo e = harness_probe(is_v6);
	struct shape s = { .is_bare = r->is_bare };
	struct frame f;
	int right = 1;

	frame_reply(&f, &s, &e);
	harness_arm(&h, &e, 0);
	right &= receive(r, &f) == r->drop && harness_drain(&h) == 1;
	right &= h.last.record.event == SONDE_EVENT_REPLY &&
		 h.last.record.tx_word == (__u64)e.generation << SONDE_STAMP_BITS;
	ok(right, "%s IPv%d: an armed probe is answered with stamp 0", r->name, is_v6 ? 6 : 4);
	for (int i = 0; i < 10; i++) {
		right &= receive(r, &f) == r->drop && harness_drain(&h) == 1;
		right &= h.last.record.event == SONDE_EVENT_DUPLICATE;
		right &= (h.last.record.tx_word & SONDE_STAMP_MASK) == SONDE_MARK_TAKEN;
	}
	ok(right, "every further reply is a duplicate");
	harness_arm(&h, &e, SONDE_MARK_NO_ROOM);
	ok(receive(r, &f) == r->drop && harness_drain(&h) == 1 &&
		   h.last.record.event == SONDE_EVENT_DUPLICATE &&
		   harness_mark(&h, &e) == SONDE_MARK_NO_ROOM,
	   "also after an answer that found no room");
	harness_arm(&h, &e, SONDE_MARK_CLOSED);
	ok(receive(r, &f) == r->next && !harness_drain(&h) &&
		   harness_mark(&h, &e) == SONDE_MARK_CLOSED,
	   "when the slot is closed, a reply passes as foreign");
}

/* One wrong bit anywhere: in the identity it is foreign, in the rest of the payload corrupt. */
static void test_each_bit(const struct receiver *r, int is_v6, unsigned payload_bytes)
{
	struct echo e = harness_probe(is_v6);
	struct shape s = { .is_bare = r->is_bare };
	struct frame f;
	int right = 1;

	e.payload_bytes = payload_bytes;
	frame_reply(&f, &s, &e);
	for (unsigned bit = 0; bit<payload_bytes * 8; bit += payload_bytes> 100 ? 5 : 1) {
		unsigned at = bit / 8;
		int is_foreign = at < 4 || (at >= 6 && at < 16);
		int verdict;

		f.bytes[f.icmp + 8 + at] ^= 1 << bit % 8;
		harness_arm(&h, &e, STAMP);
		verdict = receive(r, &f);
		harness_drain(&h);
		if (is_foreign)
			right &= verdict == r->next && !h.records;
		else
			right &= verdict == r->drop && h.records == 1 &&
				 h.last.record.event == SONDE_EVENT_CORRUPT &&
				 h.last.record.tx_word == harness_word(&h, &e);
		right &= harness_mark(&h, &e) == STAMP;
		f.bytes[f.icmp + 8 + at] ^= 1 << bit % 8;
	}
	ok(right, "%s IPv%d: one wrong bit in %u bytes of payload never answers", r->name,
	   is_v6 ? 6 : 4, payload_bytes);
}

static void test_sizes(const struct receiver *r, int is_v6)
{
	struct echo e = harness_probe(is_v6);
	int right = 1;

	for (e.payload_bytes = 0; e.payload_bytes <= SONDE_PAYLOAD_MAX; e.payload_bytes++)
		right &= event_of(r, &(struct shape){ 0 }, &e) ==
			 (e.payload_bytes >= SONDE_PAYLOAD_MIN ? SONDE_EVENT_REPLY : 0);
	ok(right, "%s IPv%d: payloads of %d to %d bytes are matched", r->name, is_v6 ? 6 : 4,
	   SONDE_PAYLOAD_MIN, SONDE_PAYLOAD_MAX);
}

static void test_lengths(const struct receiver *r, int is_v6)
{
	struct echo e = harness_probe(is_v6), other = e;
	struct shape s = { .is_bare = r->is_bare };
	struct frame f;

	other.payload_bytes = e.payload_bytes + 2;
	frame_reply(&f, &s, &other);
	harness_arm(&h, &e, STAMP);
	ok(receive(r, &f) == r->drop && harness_drain(&h) == 1 &&
		   h.last.record.event == SONDE_EVENT_CORRUPT && harness_mark(&h, &e) == STAMP,
	   "%s IPv%d: a longer payload is corrupt", r->name, is_v6 ? 6 : 4);
	other.payload_bytes = e.payload_bytes - 2;
	frame_reply(&f, &s, &other);
	ok(receive(r, &f) == r->drop && harness_drain(&h) == 1 &&
		   h.last.record.event == SONDE_EVENT_CORRUPT && harness_mark(&h, &e) == STAMP,
	   "a shorter one too");
	ok(event_of(r, &(struct shape){ .padding = 9 }, &e) == SONDE_EVENT_REPLY,
	   "padding behind the packet does not matter");
	ok(!event_of(r, &(struct shape){ .longer = 1 }, &e),
	   "a packet that claims more bytes than there are passes");
	ok(!event_of(r, &(struct shape){ .longer = -(int)e.payload_bytes }, &e),
	   "one that claims to have no payload passes");
}

static void test_source(const struct receiver *r, int is_v6)
{
	struct echo e = harness_probe(is_v6), other = e;
	struct shape s = { .is_bare = r->is_bare };
	struct frame f;
	int right = 1;

	for (unsigned byte = 0; byte < (is_v6 ? 16 : 4); byte++) {
		other = e;
		other.target[byte] ^= 0x10;
		frame_reply(&f, &s, &other);
		harness_arm(&h, &e, STAMP);
		right &= receive(r, &f) == r->drop && harness_drain(&h) == 1;
		right &= h.last.record.event == SONDE_EVENT_WRONG_SOURCE;
		right &= harness_mark(&h, &e) == STAMP;
	}
	ok(right, "%s IPv%d: another source is reported, and the probe stays in flight", r->name,
	   is_v6 ? 6 : 4);
}

static void test_header(const struct receiver *r, int is_v6)
{
	struct echo e = harness_probe(is_v6);
	struct shape s = { .is_bare = r->is_bare };
	struct frame f;
	int answers = 0;

	for (unsigned type = 0; type < 256; type++)
		for (unsigned code = 0; code < 256; code += type % 128 ? 51 : 1) {
			frame_reply(&f, &s, &e);
			f.bytes[f.icmp] = type;
			f.bytes[f.icmp + 1] = code;
			harness_arm(&h, &e, STAMP);
			answers += receive(r, &f) != r->next;
			harness_drain(&h);
		}
	ok(answers == 1, "%s IPv%d: of all types and codes only the echo reply answers", r->name,
	   is_v6 ? 6 : 4);
	frame_reply(&f, &s, &e);
	memset(f.bytes + f.icmp + 2, 0xee, 6);
	harness_arm(&h, &e, STAMP);
	ok(receive(r, &f) == r->drop && harness_drain(&h) == 1 &&
		   h.last.record.event == SONDE_EVENT_REPLY,
	   "id, sequence number and ICMP checksum are not looked at");
	ok(event_of(r, &(struct shape){ .is_check_broken = 1 }, &e) ==
		   (is_v6 ? SONDE_EVENT_REPLY : 0),
	   "a broken IPv4 header checksum is left to the stack");
}

static void test_truncated(const struct receiver *r, int is_v6, unsigned vlans)
{
	struct echo e = harness_probe(is_v6);
	struct shape s = { .is_bare = r->is_bare, .vlans = vlans };
	struct frame f;
	int right = 1;

	frame_reply(&f, &s, &e);
	for (unsigned bytes = 0; bytes < f.length; bytes++) {
		int verdict;

		harness_arm(&h, &e, STAMP);
		verdict = harness_run(r->program, f.bytes, bytes);
		/* the kernel does not run a program on less than a link and a network header */
		right &= verdict == r->next || (verdict == -1000 - EINVAL && bytes < f.icmp);
		right &= harness_mark(&h, &e) == STAMP && !harness_drain(&h);
	}
	harness_arm(&h, &e, STAMP);
	right &= receive(r, &f) == r->drop && harness_drain(&h) == 1;
	ok(right, "%s IPv%d, %u tags: cut off at any length it passes, whole it answers", r->name,
	   is_v6 ? 6 : 4, vlans);
}

static void test_shapes4(const struct receiver *r)
{
	struct echo e = harness_probe(0);
	int right = 1;

	for (unsigned options = 0; options <= 10; options++)
		right &=
			event_of(r, &(struct shape){ .options = options }, &e) == SONDE_EVENT_REPLY;
	ok(right, "%s IPv4: with any length of options", r->name);
	for (unsigned ihl = 1; ihl < 16; ihl++)
		right &= event_of(r, &(struct shape){ .ihl = ihl }, &e) ==
			 (ihl == 5 ? SONDE_EVENT_REPLY : 0);
	ok(right, "%s IPv4: a wrong header length passes", r->name);
	for (unsigned bit = 0; bit < 16; bit++)
		right &= event_of(r, &(struct shape){ .fragment = 1 << bit }, &e) ==
			 (bit >= 14 ? SONDE_EVENT_REPLY : 0);
	ok(right, "%s IPv4: fragments pass", r->name);
}

static void test_shapes6(const struct receiver *r)
{
	static const __u8 kinds[] = { 0, 43, 44, 60 };
	struct echo e = harness_probe(1);
	int right = 1;

	for (unsigned count = 0; count <= 8; count++)
		for (unsigned shift = 0; shift < 4; shift++) {
			struct shape s = { 0 };

			for (unsigned i = 0; i < count; i++)
				s.extensions[i] = kinds[(i + shift) % 4] + 1;
			right &= event_of(r, &s, &e) == (count <= 6 ? SONDE_EVENT_REPLY : 0);
		}
	ok(right, "%s IPv6: behind up to six extension headers", r->name);
	for (unsigned bit = 0; bit < 16; bit++)
		right &= event_of(r, &(struct shape){ .extensions = { 45 }, .fragment6 = 1 << bit },
				  &e) == (bit == 1 || bit == 2 ? SONDE_EVENT_REPLY : 0);
	ok(right, "%s IPv6: fragments pass, unless there is only one", r->name);
	ok(!event_of(r, &(struct shape){ .extensions = { 52 } }, &e),
	   "%s IPv6: not behind an authentication header", r->name);
}

static void test_shapes(const struct receiver *r, int is_v6)
{
	struct echo e = harness_probe(is_v6);
	int right = 1;

	for (unsigned version = 1; version < 16; version++)
		right &= event_of(r, &(struct shape){ .version = version }, &e) ==
			 (version == (is_v6 ? 6 : 4) ? SONDE_EVENT_REPLY : 0);
	ok(right, "%s IPv%d: not under another version number", r->name, is_v6 ? 6 : 4);
	for (int protocol = 0; protocol < 256; protocol++)
		right &= event_of(r, &(struct shape){ .protocol = protocol + 1 }, &e) ==
			 (protocol == (is_v6 ? 58 : 1) ? SONDE_EVENT_REPLY : 0);
	ok(right, "%s IPv%d: not under another protocol", r->name, is_v6 ? 6 : 4);
	for (unsigned vlans = 0; vlans <= 4 && !r->is_bare; vlans++)
		right &= event_of(r, &(struct shape){ .vlans = vlans }, &e) ==
			 (vlans <= 2 ? SONDE_EVENT_REPLY : 0);
	ok(right, "%s IPv%d: behind up to two VLAN tags", r->name, is_v6 ? 6 : 4);
}

static void test_foreign(const struct receiver *r, int is_v6)
{
	struct echo e = harness_probe(is_v6), other = e;
	struct shape s = { .is_bare = r->is_bare };
	__u64 count = harness_count(&h, SONDE_COUNT_FOREIGN_ECHO);
	struct frame f;
	int passed = 0;

	harness_arm(&h, &e, STAMP);
	other.slot = HARNESS_SLOTS;
	frame_reply(&f, &s, &other);
	passed += receive(r, &f) == r->next;
	other.slot = ~0u;
	frame_reply(&f, &s, &other);
	passed += receive(r, &f) == r->next;
	other.slot = e.slot + 1;
	frame_reply(&f, &s, &other);
	passed += receive(r, &f) == r->next;
	other = e;
	other.generation++;
	frame_reply(&f, &s, &other);
	passed += receive(r, &f) == r->next;
	ok(passed == 4 && !harness_drain(&h) && harness_mark(&h, &e) == STAMP,
	   "%s IPv%d: replies with another slot or generation pass", r->name, is_v6 ? 6 : 4);
	ok(harness_count(&h, SONDE_COUNT_FOREIGN_ECHO) == count + 4, "and are counted");
}

static void choose_receivers(void)
{
	receivers[0] = (struct receiver){ "tc", h.skel->progs.sonde_rx_tc, DROP, NEXT, 0 };
	receivers[1] = (struct receiver){ "bare", h.skel->progs.sonde_rx_bare, DROP, NEXT, 1 };
	receivers[2] =
		(struct receiver){ "xdp", h.skel->progs.sonde_rx_xdp, XDP_DROP, XDP_PASS, 0 };
}

/* A ring of one page takes 102 records of 40 bytes; the 103rd answer finds no room. */
static void test_no_room(void)
{
	struct echo e = harness_probe(0);
	const struct receiver *r = &receivers[0];
	struct shape s = { 0 };
	unsigned answered = 0, no_room = 0;
	struct frame f;

	harness_open(&h, 4096, 0);
	choose_receivers();
	for (unsigned i = 0; i < 150; i++, e.slot++) {
		frame_reply(&f, &s, &e);
		harness_arm(&h, &e, STAMP);
		receive(r, &f);
		answered += harness_mark(&h, &e) == SONDE_MARK_TAKEN;
		no_room += harness_mark(&h, &e) == SONDE_MARK_NO_ROOM;
	}
	/* the kernel may move us to the other CPU's ring on the way */
	ok(answered >= 100 && answered + no_room == 150,
	   "a full ring marks the slots of what it has no room for");
	ok(harness_count(&h, SONDE_COUNT_NO_ROOM) == no_room, "and counts them");
	ok(harness_drain(&h) == answered, "what it had room for is there");
	harness_arm(&h, &e, STAMP);
	frame_reply(&f, &s, &e);
	ok(receive(r, &f) == DROP && harness_drain(&h) == 1 &&
		   h.last.record.event == SONDE_EVENT_REPLY,
	   "and after that there is room again");
	harness_close(&h);
}

static void test_verdict_pass(void)
{
	struct echo e = harness_probe(0);
	struct shape s = { 0 };
	struct frame f;

	harness_open(&h, 65536, 1);
	choose_receivers();
	frame_reply(&f, &s, &e);
	harness_arm(&h, &e, STAMP);
	ok(receive(&receivers[0], &f) == NEXT && harness_drain(&h) == 1,
	   "with the verdict pass, tc reports and lets go on");
	harness_arm(&h, &e, STAMP);
	ok(receive(&receivers[2], &f) == XDP_PASS && harness_drain(&h) == 1, "and so does xdp");
	harness_close(&h);
}

static void test_receiver(const struct receiver *r, int is_v6)
{
	test_record(r, is_v6);
	test_duplicates(r, is_v6);
	test_each_bit(r, is_v6, SONDE_PAYLOAD_MIN);
	test_each_bit(r, is_v6, 63);
	test_each_bit(r, is_v6, SONDE_PAYLOAD_MAX);
	test_sizes(r, is_v6);
	test_lengths(r, is_v6);
	test_source(r, is_v6);
	test_header(r, is_v6);
	test_truncated(r, is_v6, 0);
	if (!r->is_bare)
		test_truncated(r, is_v6, 2);
	test_shapes(r, is_v6);
	if (is_v6)
		test_shapes6(r);
	else
		test_shapes4(r);
	test_foreign(r, is_v6);
}

int main(void)
{
	harness_open(&h, 65536, 0);
	choose_receivers();
	for (int i = 0; i < 3; i++)
		for (int is_v6 = 0; is_v6 < 2; is_v6++)
			test_receiver(&receivers[i], is_v6);
	harness_close(&h);
	test_no_room();
	test_verdict_pass();
	return tap_done();
}
