/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * slot.h - the probes in flight: which slot is whose, and until when.
 *
 * The shared array (struct sonde_slot) is what the kernel sees; beside every
 * element lies a private record. The array is cut into chunks of SLOT_CHUNK;
 * every timeout class (timeout, late window) strings chunks together to a ring
 * of its own, so that its slots expire in the order they were taken and no
 * timer is needed. A slot is free again when timeout and late window are over.
 *
 *   FREE -take-> OPEN -answer, error, dropped-> DONE -late window over-> FREE
 *                  `--timeout--> LATE -answer--> DONE        ... LATE --> FREE
 *
 * The probe thread's.
 */
#ifndef PROBE_SLOT_H
#define PROBE_SLOT_H

#include <stdint.h>

#include "sonde_abi.h"

#define SLOT_CHUNK 64
#define SLOT_NONE  UINT32_MAX

/* What an answer stamped in time may take until user space sees it: a virtual CPU can be taken
 * away between stamp and record. Nothing expires earlier than this after its deadline. */
#define SLOT_GRACE_NS 5000000ll
/* How long a slot that says "answered" waits for its record before it counts as dropped. */
#define SLOT_HOLD_NS 200000000ll

enum slot_state {
	SLOT_FREE,
	SLOT_OPEN, /* in flight */
	SLOT_LATE, /* closed as lost, the late window is open */
	SLOT_DONE, /* closed for good; kept to tell duplicates */
};

enum slot_path {
	SLOT_KERNEL, /* stamped and matched by BPF */
	SLOT_SOCKET, /* by user space: the shared word stays closed */
};

struct slot {
	int64_t sent_ns; /* CLOCK_MONOTONIC, just before it was handed to the kernel */
	int64_t tx_ns;   /* SLOT_SOCKET: send stamp, 0 none. SLOT_KERNEL: see is_answered */
	uint32_t flow, flow_generation;
	uint32_t attempt;
	uint32_t lateness_us;
	uint16_t generation;
	uint16_t icmp_id;
	uint8_t state; /* enum slot_state; written by slot.c alone */
	uint8_t path;  /* enum slot_path */
	/* SLOT_SOCKET: what SONDE_MARK_TAKEN is to the kernel path. SLOT_KERNEL: taken by an error in the
	 * late window, which is ignored; tx_ns keeps the stamp for the answer to come. */
	uint8_t is_answered;
	uint8_t address_epoch; /* of the flow's address when it was sent */
};

struct slots;

/**
 * slots_new() - @count slots over @shared, which must outlive them.
 * @count: a multiple of SLOT_CHUNK, at most 2^22.
 * Return: 0, -EINVAL, -ENOMEM.
 */
int slots_new(struct slots **ret, struct sonde_slot *shared, uint32_t count);
void slots_free(struct slots *slots);

/**
 * slots_class_open() - a class for this timeout and late window, shared by all who ask for it.
 * Return: its number >= 0, or -ENOMEM, -EINVAL (negative times).
 */
int slots_class_open(struct slots *slots, int64_t timeout_ns, int64_t late_ns);

/** slots_class_close() - one user fewer; without any its slots still expire. */
void slots_class_close(struct slots *slots, int class);

/**
 * slots_take() - the next slot of a class, OPEN, with its next generation; fields of the private
 * record that concern the probe are the caller's to fill.
 * @now_ns: never less than at the last call.
 * Return: its number, or SLOT_NONE when all slots are taken.
 */
uint32_t slots_take(struct slots *slots, int class, int64_t now_ns);

/** slots_get() - the private record, or NULL outside the array or when FREE. */
struct slot *slots_get(const struct slots *slots, uint32_t number);

/** slots_timeout_of() - the timeout of a slot that is not FREE. */
int64_t slots_timeout_of(const struct slots *slots, uint32_t number);

/** slots_window_of() - its timeout and late window together: an answer after that counts no more. */
int64_t slots_window_of(const struct slots *slots, uint32_t number);

/**
 * slots_arm() - publish a slot to the kernel: identity first, the word last (release), before its
 * packet is queued. With SLOT_SOCKET the word says closed, so that BPF passes the reply on.
 */
void slots_arm(struct slots *slots, uint32_t number, uint64_t nonce, uint32_t address,
	       uint16_t payload_sum, uint16_t payload_bytes);

const struct sonde_slot *slots_shared(const struct slots *slots, uint32_t number);

/** slots_word() - generation and send stamp or mark as in struct sonde_slot, on either path. */
uint64_t slots_word(const struct slots *slots, uint32_t number);

/**
 * slots_claim() - what BPF does when a reply comes: the word of a SLOT_KERNEL slot in flight becomes
 * SONDE_MARK_TAKEN.
 * @ret_word: as it was: the send stamp, or SONDE_MARK_ARMED.
 * Return: 0, or -EALREADY when BPF was there before.
 */
int slots_claim(struct slots *slots, uint32_t number, uint64_t *ret_word);

/** slots_done() - OPEN or LATE becomes DONE. */
void slots_done(struct slots *slots, uint32_t number);

/** slots_withdraw() - the packet never left: DONE, and closed to the kernel. */
void slots_withdraw(struct slots *slots, uint32_t number);

enum slot_verdict {
	SLOT_LOST,    /* now LATE */
	SLOT_DROPPED, /* answered, but the record had no room; now DONE */
};

/**
 * slots_expire() - close what is over its deadline, free what is over its late window.
 * @now_ns: a time from before the records were last drained, so that whatever was answered before
 * it has been handled.
 * @fn: for each slot that times out; it may call anything here but slots_expire().
 */
void slots_expire(struct slots *slots, int64_t now_ns,
		  void (*fn)(void *arg, uint32_t number, enum slot_verdict verdict), void *arg);

/** slots_in_flight() - OPEN ones. slots_late_open(): LATE ones. */
uint32_t slots_in_flight(const struct slots *slots);
uint32_t slots_late_open(const struct slots *slots);

/** slots_count() - size of the array. */
uint32_t slots_count(const struct slots *slots);

#endif /* PROBE_SLOT_H */
