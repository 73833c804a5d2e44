/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * engine.h - turns "this flow is due" into exactly one result.
 *
 * The engine owns slots, sockets, names and the receive path of the rung it is
 * on. The scheduler (sched/) decides when; the engine never waits.
 *
 * A flow whose payload has no room for an identity (under SONDE_PAYLOAD_MIN) or is
 * more than BPF verifies (over SONDE_PAYLOAD_MAX), whose packets are fragmented, or
 * whose device does not take our programs goes by the socket path even where the
 * rung is "tc" or "xdp"; so does a reply that comes back by another device. The
 * result's stamp says so, and says RESULT_STAMP_CLOCK where one end had no stamp.
 *
 * An answer counts when its RTT, stamp to stamp, is within the timeout. A later one
 * closes the attempt as lost and amends it to late, whether it was read before or
 * after the timeout. An ICMP error in the late window changes nothing and is not
 * counted. `reordered` stands beside the close of an answer that was overtaken by
 * the answer to a later attempt of its flow.
 *
 * The ICMP id and checksum of a flow are constant (routers keep one path); after 16
 * losses in a row both change, for a middlebox may have buried the session.
 *
 * All functions: the probe thread.
 */
#ifndef PROBE_ENGINE_H
#define PROBE_ENGINE_H

#include <stdint.h>

#include "base/addr.h"
#include "domain/result.h"
#include "kern/kern.h"
#include "loop/loop.h"
#include "probe/flow.h"

/* The rung of the receive ladder that was asked for; in the order of rung_rx_names. */
enum engine_rx {
	ENGINE_RX_AUTO,
	ENGINE_RX_XDP,
	ENGINE_RX_TC,
	ENGINE_RX_SOCKET, /* SO_TIMESTAMPING */
	ENGINE_RX_CLOCK,  /* user space's clock */
};

struct engine_options {
	enum engine_rx rx;
	enum kern_tc tc;
	unsigned slot_bits; /* as in kern.h */
	int guard_fd;       /* as in kern.h */
	int verdict_pass;
	const char *dns_servers; /* "192.0.2.1:53,[2001:db8::1]:53"; NULL: /etc/resolv.conf */
	/* Called for every result, in the loop's thread, from engine_send(), engine_skip(),
	 * engine_turn() and dispatch. It may call any function here but engine_turn() and
	 * engine_free(). */
	void (*on_result)(void *arg, const struct result *result);
	/* May be NULL: the first address of a flow, and each new one; of a target that is an address
	 * from inside engine_add(). */
	void (*on_address)(void *arg, const struct flow_spec *spec, const struct addr *addr);
	void *arg;
};

struct engine;

/**
 * engine_new() - ENGINE_RX_AUTO takes TC, without BPF SO_TIMESTAMPING, without that the clock.
 * A rung that was asked for by name is had or refused, never replaced: here, when programs do not
 * load or stamps are not granted; later, when a device does not take them, by send_error. Only
 * loopback and devices without a link layer, which never have XDP, get TC for it (kern_attach()).
 * @ret: the caller owns it and calls engine_free() before loop_free().
 * @why: a sentence on failure.
 * Return: 0; -EPERM (CAP_NET_RAW), -errno of what a forced rung lacked, -EINVAL (dns_servers),
 * -ENOMEM.
 */
int engine_new(struct engine **ret, struct loop *loop, const struct engine_options *options,
	       char *why, unsigned why_bytes);

/** engine_free() - detaches and closes everything; attempts in flight are forgotten. NULL: no-op. */
void engine_free(struct engine *engine);

/**
 * engine_add() - make a flow known; a name starts to resolve. A route, device or source address
 * that is not there is no error: attempts say send_error until it is.
 * Return: 0, -EEXIST (index taken), -ENOMEM, -EINVAL (index over 2^24 - 1, a field out of range, a
 * bad address or zone, an address of the other family).
 */
int engine_add(struct engine *engine, const struct flow_spec *spec);

/** engine_delete() - forget it; attempts in flight close silently. */
void engine_delete(struct engine *engine, uint32_t index);

/**
 * engine_send() - one attempt, now. Whatever happens, exactly one RESULT_CLOSE follows, at once
 * (not_sent, send_error, resolve_error, blocked) or later. not_sent: no free slot, or a name whose
 * first lookup is still under way (await on_address()); resolve_error: it has failed and there never
 * was an address, `error` says why; blocked: the address is not unicast. An index that was never
 * added has no result.
 * @due_ns: when it should have left.
 */
void engine_send(struct engine *engine, uint32_t index, uint32_t attempt, int64_t due_ns);

/** engine_skip() - an attempt that may not leave (cap, lag) closes as not_sent. */
void engine_skip(struct engine *engine, uint32_t index, uint32_t attempt, int64_t due_ns);

/**
 * engine_turn() - submit what is queued, drain records, expire slots; once a tick.
 * @now_ns: a time before this call; what is over by then expires.
 */
void engine_turn(struct engine *engine, int64_t now_ns);

/** engine_in_flight() - attempts not yet closed. engine_late_open(): lost ones that an answer can
 * still amend. */
uint32_t engine_in_flight(const struct engine *engine);
uint32_t engine_late_open(const struct engine *engine);

/** engine_kern() - for counters and reasons. */
struct kern *engine_kern(struct engine *engine);

/** engine_rx() - the rung in use: "xdp", "tc", "socket", "clock". */
const char *engine_rx_name(const struct engine *engine);

#endif /* PROBE_ENGINE_H */
