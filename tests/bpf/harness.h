/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * harness.h - for the BPF tests: the programs loaded but attached nowhere, run on one frame at a
 * time by BPF_PROG_TEST_RUN, and what they left behind.
 */
#ifndef TESTS_BPF_HARNESS_H
#define TESTS_BPF_HARNESS_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../tap.h"
#include "bpf/sonde.skel.h"
#include "frame.h"
#include "kern/cpus.h"
#include "kern/rings.h"

#define HARNESS_SLOTS (1u << 18) /* four congruent ones for each sequence number */
#define NEXT          (-1)       /* TCX_NEXT, TC_ACT_UNSPEC */
#define DROP          2          /* TCX_DROP, TC_ACT_SHOT */

struct harness {
	struct sonde_bpf *skel;
	struct sonde_slot *slots;
	struct rings *rings;
	struct sonde_error_record last; /* the newest record of the last drain */
	unsigned records;               /* how many that drain gave */
};

static inline void harness_take(void *arg, const struct sonde_record *record)
{
	struct harness *h = arg;

	memset(&h->last, 0, sizeof(h->last));
	memcpy(&h->last, record,
	       record->event == SONDE_EVENT_ICMP_ERROR ? sizeof(h->last) : sizeof(*record));
	h->records++;
}

static inline unsigned harness_drain(struct harness *h)
{
	h->records = 0;
	return rings_drain(h->rings, harness_take, h);
}

static inline void harness_open(struct harness *h, unsigned ring_bytes, int verdict_pass)
{
	int cpus = libbpf_num_possible_cpus();

	memset(h, 0, sizeof(*h));
	h->skel = sonde_bpf__open();
	if (!h->skel)
		tap_skip("cannot open the BPF object");
	h->skel->rodata->sonde_verdict_pass = verdict_pass;
	bpf_map__set_max_entries(h->skel->maps.sonde_slots, HARNESS_SLOTS);
	bpf_map__set_max_entries(h->skel->maps.sonde_rings, cpus);
	if (sonde_bpf__load(h->skel)) {
		if (errno == EPERM)
			tap_skip("needs the right to load BPF programs");
		perror("load");
		exit(1);
	}
	h->slots = mmap(NULL, HARNESS_SLOTS * sizeof(*h->slots), PROT_READ | PROT_WRITE, MAP_SHARED,
			bpf_map__fd(h->skel->maps.sonde_slots), 0);
	if (h->slots == MAP_FAILED ||
	    rings_new(&h->rings, bpf_map__fd(h->skel->maps.sonde_rings), cpus, ring_bytes)) {
		perror("maps");
		exit(1);
	}
}

static inline void harness_close(struct harness *h)
{
	rings_free(h->rings);
	munmap(h->slots, HARNESS_SLOTS * sizeof(*h->slots));
	sonde_bpf__destroy(h->skel);
}

/* Return: the verdict; -1000 - errno when the kernel would not run it. */
static inline int harness_run(const struct bpf_program *program, const void *frame, unsigned bytes)
{
	static __u8 out[FRAME_BYTES_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = bytes,
		    .data_out = out, .data_size_out = sizeof(out));

	if (bpf_prog_test_run_opts(bpf_program__fd(program), &opts))
		return -1000 - errno;
	if (opts.data_size_out != bytes || memcmp(out, frame, bytes)) {
		fprintf(stderr, "# the frame was changed\n");
		return -999;
	}
	return (int)opts.retval;
}

static inline __u64 harness_count(const struct harness *h, __u32 which)
{
	__u64 values[CPUS_MAX], sum = 0;
	int cpus = libbpf_num_possible_cpus();

	if (bpf_map_lookup_elem(bpf_map__fd(h->skel->maps.sonde_counters), &which, values))
		return -1;
	for (int i = 0; i < cpus; i++)
		sum += values[i];
	return sum;
}

/* A probe that everything here starts from, in slot 0x2345 or in one congruent to it. */
static inline struct echo harness_probe(int is_v6)
{
	struct echo e = { .is_v6 = is_v6,
			  .slot = 0x22345,
			  .generation = 0x0708,
			  .nonce = 0x1122334455667788,
			  .id = 0xabcd,
			  .seq = 0x2345,
			  .payload_bytes = 56 };

	if (is_v6) {
		inet_pton(AF_INET6, "fd00:18::1", e.source);
		inet_pton(AF_INET6, "fd00:19::2", e.target);
	} else {
		inet_pton(AF_INET, "198.18.0.1", e.source);
		inet_pton(AF_INET, "198.19.0.2", e.target);
	}
	return e;
}

/* In flight and stamped with `stamp` (0: armed). */
static inline void harness_arm(struct harness *h, const struct echo *e, __u64 stamp)
{
	echo_arm(e, h->slots);
	h->slots[e->slot].word |= stamp;
}

static inline __u64 harness_word(const struct harness *h, const struct echo *e)
{
	return __atomic_load_n(&h->slots[e->slot].word, __ATOMIC_ACQUIRE);
}

static inline __u64 harness_mark(const struct harness *h, const struct echo *e)
{
	return harness_word(h, e) & SONDE_STAMP_MASK;
}

#endif /* TESTS_BPF_HARNESS_H */
