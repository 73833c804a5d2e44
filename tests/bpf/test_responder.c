// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_responder.c - sonde_responder: what it answers is what a host would answer. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>

#include "../tap.h"
#include "bpf/responder.skel.h"
#include "frame.h"

static struct responder_bpf *skel;
static __u8 out[FRAME_BYTES_MAX];

/* Return: the verdict, or -errno; the frame is in `out`. */
static int run(const struct bpf_program *program, const struct frame *f, unsigned bytes)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->bytes, .data_size_in = bytes,
		    .data_out = out, .data_size_out = sizeof(out));

	if (bpf_prog_test_run_opts(bpf_program__fd(program), &opts))
		return -errno;
	return opts.data_size_out == bytes ? (int)opts.retval : -E2BIG;
}

static struct echo probe(int is_v6)
{
	struct echo e = { .is_v6 = is_v6,
			  .slot = 1,
			  .generation = 2,
			  .nonce = 3,
			  .id = 4,
			  .seq = 5,
			  .payload_bytes = 56 };

	for (unsigned i = 0; i < 16; i++) {
		e.source[i] = 0x20 + i;
		e.target[i] = 0x40 + i;
	}
	return e;
}

static int passes(const struct shape *s, const struct echo *e)
{
	struct frame f;

	frame_request(&f, s, e);
	return run(skel->progs.sonde_responder, &f, f.length) == XDP_PASS &&
	       !memcmp(out, f.bytes, f.length);
}

static void test_answer(int is_v6)
{
	struct echo e = probe(is_v6);
	struct frame request, reply;
	int right = 1;

	for (e.payload_bytes = 0; e.payload_bytes <= 1472; e.payload_bytes++) {
		__u8 mac[6];

		e.id = e.payload_bytes * 50;
		e.nonce += 0x0102030405060708;
		frame_request(&request, &(struct shape){ 0 }, &e);
		frame_reply(&reply, &(struct shape){ 0 }, &e);
		memcpy(mac, reply.bytes, 6);
		memcpy(reply.bytes, reply.bytes + 6, 6);
		memcpy(reply.bytes + 6, mac, 6);
		right &= run(skel->progs.sonde_responder, &request, request.length) == XDP_TX &&
			 !memcmp(out, reply.bytes, reply.length);
	}
	ok(right, "IPv%d: every answer is what it should be to the bit", is_v6 ? 6 : 4);
}

static void test_left_alone(int is_v6)
{
	struct echo e = probe(is_v6);
	struct frame f;
	int right = 1;

	for (unsigned vlans = 1; vlans <= 3; vlans++)
		right &= passes(&(struct shape){ .vlans = vlans }, &e);
	ok(right, "IPv%d: tagged frames are left to the stack", is_v6 ? 6 : 4);
	if (is_v6)
		right &= passes(&(struct shape){ .extensions = { 1 } }, &e);
	else
		right &= passes(&(struct shape){ .options = 1 }, &e) &&
			 passes(&(struct shape){ .fragment = 0x2000 }, &e);
	ok(right, "IPv%d: so are options, extensions, fragments", is_v6 ? 6 : 4);
	frame_request(&f, &(struct shape){ 0 }, &e);
	for (unsigned type = 0; type < 256; type++) {
		f.bytes[f.icmp] = type;
		right &= (run(skel->progs.sonde_responder, &f, f.length) == XDP_TX) ==
			 (type == (is_v6 ? 128 : 8));
	}
	ok(right, "IPv%d: only echo requests are answered", is_v6 ? 6 : 4);
	f.bytes[f.icmp] = is_v6 ? 128 : 8;
	f.bytes[f.icmp + 1] = 1;
	ok(run(skel->progs.sonde_responder, &f, f.length) == XDP_PASS, "with code 0");
	memset(e.target, is_v6 ? 0xff : 0xe0, 16);
	ok(passes(&(struct shape){ 0 }, &e), "IPv%d: multicast is not answered", is_v6 ? 6 : 4);
}

static void test_truncated(int is_v6)
{
	struct echo e = probe(is_v6);
	struct frame f;
	int right = 1;

	frame_request(&f, &(struct shape){ 0 }, &e);
	for (unsigned bytes = 0; bytes < f.length; bytes++) {
		int verdict = run(skel->progs.sonde_responder, &f, bytes);

		right &= verdict == XDP_PASS || (verdict == -EINVAL && bytes < 14);
	}
	ok(right, "IPv%d: cut off at any length it is not answered", is_v6 ? 6 : 4);
}

int main(void)
{
	struct echo e = probe(0);
	struct frame f;

	skel = responder_bpf__open_and_load();
	if (!skel && errno == EPERM)
		tap_skip("needs the right to load BPF programs");
	if (!ok(skel, "the programs load"))
		return 1;
	for (int is_v6 = 0; is_v6 < 2; is_v6++) {
		test_answer(is_v6);
		test_left_alone(is_v6);
		test_truncated(is_v6);
	}
	frame_request(&f, &(struct shape){ 0 }, &e);
	ok(run(skel->progs.sonde_pass, &f, f.length) == XDP_PASS, "sonde_pass passes");
	responder_bpf__destroy(skel);
	return tap_done();
}
