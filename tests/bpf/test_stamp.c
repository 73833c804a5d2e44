// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_stamp.c - sonde_tx_stamp, sonde_tx_bare: what is stamped on its way out, and what is not. */
#include "harness.h"

static struct harness h;

/* Sends a probe of that shape. Return: 1 when its armed slot was stamped, and nothing else done. */
static int is_stamped(const struct shape *s, const struct echo *e)
{
	const struct bpf_program *program =
		s->is_bare ? h.skel->progs.sonde_tx_bare : h.skel->progs.sonde_tx_stamp;
	__u64 before = echo_now() & SONDE_STAMP_MASK, mark;
	struct frame f;

	frame_request(&f, s, e);
	if (harness_run(program, f.bytes, f.length) != NEXT || harness_drain(&h))
		return -1;
	mark = harness_mark(&h, e);
	if (harness_word(&h, e) >> SONDE_STAMP_BITS != e->generation)
		return -1;
	if (mark == SONDE_MARK_ARMED)
		return 0;
	return mark >= before && mark <= (echo_now() & SONDE_STAMP_MASK) ? 1 : -1;
}

static int is_armed_stamped(const struct shape *s, const struct echo *e)
{
	echo_arm(e, h.slots);
	return is_stamped(s, e);
}

static void test_right(int is_v6)
{
	struct echo e = harness_probe(is_v6);
	struct shape plain = { 0 }, bare = { .is_bare = 1 };
	__u64 count = harness_count(&h, SONDE_COUNT_STAMPED), first;

	ok(is_armed_stamped(&plain, &e) == 1, "IPv%d: an armed probe is stamped with the time",
	   is_v6 ? 6 : 4);
	first = harness_mark(&h, &e);
	ok(is_stamped(&plain, &e) == 1 && harness_mark(&h, &e) > first,
	   "IPv%d: on a further device the later stamp wins", is_v6 ? 6 : 4);
	ok(harness_count(&h, SONDE_COUNT_STAMPED) == count + 1,
	   "IPv%d: a probe counts as stamped once", is_v6 ? 6 : 4);
	ok(is_armed_stamped(&bare, &e) == 1, "IPv%d: stamped without a link layer too",
	   is_v6 ? 6 : 4);
}

static void test_marks(int is_v6)
{
	static const struct {
		__u64 mark;
		const char *name;
	} marks[] = { { SONDE_MARK_TAKEN, "TAKEN" },
		      { SONDE_MARK_NO_ROOM, "NO_ROOM" },
		      { SONDE_MARK_CLOSED, "CLOSED" } };
	struct echo e = harness_probe(is_v6);
	struct shape plain = { 0 };
	struct frame f;

	frame_request(&f, &plain, &e);
	for (unsigned i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		__u64 stale = harness_count(&h, SONDE_COUNT_STAMP_STALE);

		harness_arm(&h, &e, marks[i].mark);
		harness_run(h.skel->progs.sonde_tx_stamp, f.bytes, f.length);
		ok(harness_mark(&h, &e) == marks[i].mark &&
			   harness_count(&h, SONDE_COUNT_STAMP_STALE) == stale + 1,
		   "IPv%d: the mark %s stays, and the probe is counted as stale", is_v6 ? 6 : 4,
		   marks[i].name);
	}
}

/* Each field of the identity, wrong by one bit, must leave the slot alone. */
static void test_identity(int is_v6)
{
	struct echo e = harness_probe(is_v6);
	struct shape plain = { 0 };
	struct frame f;
	int touched = 0;

	frame_request(&f, &plain, &e);
	for (unsigned bit = 0; bit < 16 * 8; bit++) {
		/* slot, and the used half of generation and nonce */
		if (bit / 8 >= 4 && bit / 8 < 6)
			continue;
		f.bytes[f.icmp + 8 + bit / 8] ^= 1 << bit % 8;
		echo_arm(&e, h.slots);
		touched += harness_run(h.skel->progs.sonde_tx_stamp, f.bytes, f.length) != NEXT;
		touched += harness_mark(&h, &e) != SONDE_MARK_ARMED;
		f.bytes[f.icmp + 8 + bit / 8] ^= 1 << bit % 8;
	}
	ok(!touched, "IPv%d: one wrong bit in slot, generation or nonce: not stamped",
	   is_v6 ? 6 : 4);
}

static void test_kinds(int is_v6)
{
	struct echo e = harness_probe(is_v6);
	struct shape plain = { 0 };
	struct frame f;
	int stamped = 0, wrong = 0;

	frame_request(&f, &plain, &e);
	for (unsigned type = 0; type < 256; type++)
		for (unsigned code = 0; code < 256; code += type % 8 ? 51 : 1) {
			f.bytes[f.icmp] = type;
			f.bytes[f.icmp + 1] = code;
			echo_arm(&e, h.slots);
			wrong += harness_run(h.skel->progs.sonde_tx_stamp, f.bytes, f.length) !=
				 NEXT;
			stamped += harness_mark(&h, &e) != SONDE_MARK_ARMED;
		}
	ok(stamped == 1 && !wrong, "IPv%d: of all types and codes only the echo request is stamped",
	   is_v6 ? 6 : 4);
}

static void test_sizes(int is_v6)
{
	struct echo e = harness_probe(is_v6);
	struct shape plain = { 0 };
	int right = 1;

	for (e.payload_bytes = 0; e.payload_bytes <= 1472; e.payload_bytes++)
		right &= is_armed_stamped(&plain, &e) == (e.payload_bytes >= SONDE_PAYLOAD_MIN);
	ok(right, "IPv%d: payloads of %d bytes and more are stamped", is_v6 ? 6 : 4,
	   SONDE_PAYLOAD_MIN);
}

static void test_truncated(int is_v6)
{
	struct echo e = harness_probe(is_v6);
	struct shape plain = { .vlans = 1 };
	struct frame f;
	int right = 1, refused = 0;

	frame_request(&f, &plain, &e);
	for (unsigned bytes = 0; bytes < f.length; bytes++) {
		int verdict;

		echo_arm(&e, h.slots);
		verdict = harness_run(h.skel->progs.sonde_tx_stamp, f.bytes, bytes);
		refused += verdict == -1000 - EINVAL;
		right &= verdict == NEXT || (verdict == -1000 - EINVAL && bytes < 14);
		right &= (harness_mark(&h, &e) != SONDE_MARK_ARMED) == (bytes >= f.icmp + 24);
	}
	ok(right && refused <= 14, "IPv%d: cut off at any length, only a whole identity is stamped",
	   is_v6 ? 6 : 4);
}

static void test_shapes4(void)
{
	struct echo e = harness_probe(0);
	int right = 1;

	for (unsigned options = 0; options <= 10; options++)
		right &= is_armed_stamped(&(struct shape){ .options = options }, &e) == 1;
	ok(right, "IPv4: with any length of options");
	for (unsigned ihl = 1; ihl < 5; ihl++)
		right &= is_armed_stamped(&(struct shape){ .ihl = ihl }, &e) == 0;
	ok(right, "IPv4: not with a header length below 5");
	ok(!is_armed_stamped(&(struct shape){ .ihl = 15 }, &e),
	   "IPv4: not with a header length that points elsewhere");
	ok(!is_armed_stamped(&(struct shape){ .fragment = 0x2000 }, &e), "IPv4: no first fragment");
	ok(!is_armed_stamped(&(struct shape){ .fragment = 1 }, &e), "IPv4: no later fragment");
	ok(is_armed_stamped(&(struct shape){ .fragment = 0x4000 }, &e) == 1,
	   "IPv4: do not fragment is no fragment");
}

static void test_shapes6(void)
{
	static const __u8 kinds[] = { 0, 43, 44, 60 };
	struct echo e = harness_probe(1);
	int right = 1;

	for (unsigned count = 0; count <= 8; count++) {
		struct shape s = { 0 };

		for (unsigned i = 0; i < count; i++)
			s.extensions[i] = kinds[i % 4] + 1;
		right &= is_armed_stamped(&s, &e) == (count <= 6);
	}
	ok(right, "IPv6: behind up to six extension headers");
	ok(!is_armed_stamped(&(struct shape){ .extensions = { 45 }, .fragment6 = 1 }, &e),
	   "IPv6: no first fragment");
	ok(!is_armed_stamped(&(struct shape){ .extensions = { 45 }, .fragment6 = 8 }, &e),
	   "IPv6: no later fragment");
	ok(!is_armed_stamped(&(struct shape){ .extensions = { 52 } }, &e),
	   "IPv6: not behind an authentication header");
}

static void test_shapes(int is_v6)
{
	struct echo e = harness_probe(is_v6);
	int right = 1;

	for (unsigned vlans = 0; vlans <= 4; vlans++)
		right &= is_armed_stamped(&(struct shape){ .vlans = vlans }, &e) == (vlans <= 2);
	ok(right, "IPv%d: behind up to two VLAN tags", is_v6 ? 6 : 4);
	for (unsigned version = 1; version < 16; version++)
		right &= is_armed_stamped(&(struct shape){ .version = version }, &e) ==
			 (version == (is_v6 ? 6 : 4));
	ok(right, "IPv%d: not under another version number", is_v6 ? 6 : 4);
	for (int protocol = 0; protocol < 256; protocol++)
		right &= is_armed_stamped(&(struct shape){ .protocol = protocol + 1 }, &e) ==
			 (protocol == (is_v6 ? 58 : 1));
	ok(right, "IPv%d: not under another protocol", is_v6 ? 6 : 4);
}

static void test_foreign_slots(void)
{
	struct echo e = harness_probe(0), other = harness_probe(0);
	struct shape plain = { 0 };
	struct frame f;

	other.slot = HARNESS_SLOTS;
	frame_request(&f, &plain, &other);
	echo_arm(&e, h.slots);
	ok(harness_run(h.skel->progs.sonde_tx_stamp, f.bytes, f.length) == NEXT,
	   "a slot beyond the last is nobody's");
	other = harness_probe(0);
	other.generation++;
	ok(is_armed_stamped(&plain, &e) == 1, "the slot's own generation is stamped");
	frame_request(&f, &plain, &other);
	echo_arm(&e, h.slots);
	harness_run(h.skel->progs.sonde_tx_stamp, f.bytes, f.length);
	ok(harness_mark(&h, &e) == SONDE_MARK_ARMED, "the slot's next generation is not");
}

int main(void)
{
	harness_open(&h, 65536, 0);
	for (int is_v6 = 0; is_v6 < 2; is_v6++) {
		test_right(is_v6);
		test_marks(is_v6);
		test_identity(is_v6);
		test_kinds(is_v6);
		test_sizes(is_v6);
		test_truncated(is_v6);
		test_shapes(is_v6);
	}
	test_shapes4();
	test_shapes6();
	test_foreign_slots();
	harness_close(&h);
	return tap_done();
}
