/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * arrivals.h - the socket path: what BPF does, done in user space.
 *
 * Raw sockets get the replies and errors of everybody; those that concern a slot
 * on the socket path (SLOT_SOCKET) become the same records that BPF writes, by
 * the same rules. Stamps are the kernel's software stamps (SO_TIMESTAMPING), or
 * without them user space's clock.
 *
 * A payload too short for an identity (under SONDE_PAYLOAD_MIN) is matched by
 * ICMP id, sequence number and source address alone: best effort, for whoever
 * answers with the same three cannot be told apart.
 *
 * The kernel's stamps are wall time; they are moved to CLOCK_MONOTONIC by the
 * distance of the two clocks, which changes only when the wall clock is stepped.
 *
 * The probe thread's.
 */
#ifndef PROBE_ARRIVALS_H
#define PROBE_ARRIVALS_H

#include <stdint.h>

#include "domain/result.h"
#include "loop/loop.h"
#include "probe/slot.h"
#include "probe/socket.h"
#include "sonde_abi.h"

/* @record: whole only when its event is SONDE_EVENT_ICMP_ERROR. @stamp: of the arrival. */
typedef void (*arrivals_fn)(void *arg, const struct sonde_error_record *record,
			    enum result_stamp stamp);

struct arrivals_options {
	struct loop *loop;
	struct slots *slots;
	const struct sockets *sockets; /* whose send stamps are read */
	int has_stamps;                /* 0: the clock, and a call as soon as something arrives */
	arrivals_fn fn;
	void *arg;
};

struct arrivals;

/** arrivals_new() - no socket yet. Return: 0 or -ENOMEM. */
int arrivals_new(struct arrivals **ret, const struct arrivals_options *options);

/** arrivals_free() - NULL is a no-op. */
void arrivals_free(struct arrivals *arrivals);

/** arrivals_can_stamp() - does the kernel grant SO_TIMESTAMPING on raw sockets? Return: 0 or -errno
 * (-EPERM: no raw sockets at all). */
int arrivals_can_stamp(void);

/** arrivals_open() - listen for one family from now on; idempotent. Return: 0 or -errno. */
int arrivals_open(struct arrivals *arrivals, int is_v6);

/**
 * arrivals_drain() - handle everything that has arrived, after the send stamps there are.
 * @wall_offset_ns: CLOCK_REALTIME - CLOCK_MONOTONIC.
 * Return: 1 when nothing is left, 0 when it stopped at its bound: nothing may expire then.
 */
int arrivals_drain(struct arrivals *arrivals, int64_t wall_offset_ns);

#endif /* PROBE_ARRIVALS_H */
