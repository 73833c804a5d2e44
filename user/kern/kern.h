/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * kern.h - the BPF side: slots, stamps, records; what is attached where.
 *
 * The ladder, from the best down: native XDP or TC on ingress (both with TC on
 * egress), then no BPF at all: SO_TIMESTAMPING, then user space's clock. The
 * last two are the engine's; kern only says that it cannot do better, and why.
 *
 * Nothing of another program is ever touched, and nothing stays behind: links
 * go with their descriptors; clsact filters, which do not, are written to the
 * guard file (kern_guard_*()) before they are attached, for whoever survives us.
 *
 * The only code that sees libbpf. All functions: the probe thread.
 */
#ifndef KERN_KERN_H
#define KERN_KERN_H

#include <stdint.h>

#include "sonde_abi.h"

enum kern_rx {
	KERN_RX_AUTO, /* TC, else none */
	KERN_RX_XDP,
	KERN_RX_TC,
	KERN_RX_NONE, /* no BPF: the engine's socket path */
};

enum kern_tc {
	KERN_TC_AUTO, /* TCX where the kernel has it, else clsact */
	KERN_TC_TCX,
	KERN_TC_CLSACT,
};

struct kern_options {
	enum kern_rx rx;
	enum kern_tc tc;
	unsigned slot_bits;  /* 10..22: 2^slot_bits probes in flight; default 20 */
	unsigned ring_bytes; /* per CPU, a power of two of pages; 0: 4 MiB */
	int verdict_pass;    /* let replies go on to the stack (tcpdump); duplicates of the stack's
				own pinger are then its business */
	int guard_fd;        /* from kern_guard_new(), -1 none (then clsact is refused) */
};

struct kern;

/**
 * kern_new() - load the programs and map the slots. With KERN_RX_NONE, or KERN_RX_AUTO where BPF
 * is refused, the slots are plain memory and kern_has_bpf() is 0.
 * @ret: the caller owns it and calls kern_free(), which detaches everything.
 * @why: on failure, a sentence for people.
 * Takes CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, and a sixth of a second of verification.
 * Return: 0, -EINVAL (slot_bits, ring_bytes), or -errno of what a forced rung lacked.
 */
int kern_new(struct kern **ret, const struct kern_options *options, char *why, unsigned why_bytes);
void kern_free(struct kern *kern);

/** kern_has_bpf() - are the programs loaded? */
int kern_has_bpf(const struct kern *kern);

/** kern_why() - why the rung is not a better one, and what kern_attach() said last; "" when it is
 * the best asked for. */
const char *kern_why(const struct kern *kern);

/** kern_slots() - the mmapped array of 2^slot_bits. The pointer lives as long as @kern. */
struct sonde_slot *kern_slots(struct kern *kern);
uint32_t kern_slot_count(const struct kern *kern);

/**
 * kern_attach() - stamp what leaves by an interface and match what comes in. Idempotent: looks
 * whether everything is still there, and puts back what somebody took off.
 * Loopback and devices without a link layer can never have native XDP: they get TC, also when
 * KERN_RX_XDP was forced, and kern_why() says so. The built-in responder's sonde_pass is no foreign
 * program: it steps aside until kern_detach() (which takes CAP_SYS_ADMIN, as the responder does).
 * Acts in the network namespace of the calling thread.
 * Return: 0, -EBUSY (a foreign XDP program is there and XDP was forced), -EOPNOTSUPP (no BPF, the
 * driver has no native XDP, or clsact without a guard), -ENODEV, -errno.
 */
int kern_attach(struct kern *kern, unsigned ifindex);

/** kern_detach() - no-op when not attached. */
void kern_detach(struct kern *kern, unsigned ifindex);

/** kern_stamp_of() - enum result_stamp value of records from @ifindex: 3 TC, 4 XDP, 0 none. */
int kern_stamp_of(const struct kern *kern, unsigned ifindex);

/* record is a struct sonde_error_record when its event is SONDE_EVENT_ICMP_ERROR. */
typedef void (*kern_record_fn)(void *arg, const struct sonde_record *record);

/** kern_drain() - hand over all records there are; those of one CPU in their order. Return: how
 * many. */
unsigned kern_drain(struct kern *kern, kern_record_fn fn, void *arg);

/** kern_counter() - sum over CPUs of one enum sonde_counter. */
uint64_t kern_counter(const struct kern *kern, unsigned counter);

/**
 * kern_guard_new() - a memfd that lists what does not go away by itself. It is inherited over
 * fork(); the guardian calls kern_guard_clean() when its child died.
 * Return: descriptor or -errno.
 */
int kern_guard_new(void);

/** kern_guard_clean() - remove every filter on the list that still is ours. Any process that is in
 * the namespace where kern_attach() was called. */
void kern_guard_clean(int guard_fd);

#endif /* KERN_KERN_H */
