/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * engine.h - turns "this flow is due" into exactly one result.
 *
 * The engine owns slots, sockets, names and the receive path of the rung it is
 * on. The scheduler (sched/) decides when; the engine never waits.
 */
#ifndef PROBE_ENGINE_H
#define PROBE_ENGINE_H

#include <stdint.h>

#include "base/addr.h"
#include "domain/result.h"
#include "kern/kern.h"
#include "loop/loop.h"
#include "probe/flow.h"

/* The rung of the receive ladder that was asked for. */
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
	/* Called for every result, in the loop's thread. */
	void (*on_result)(void *arg, const struct result *result);
	/* May be NULL: the first address of a flow, and each new one. */
	void (*on_address)(void *arg, const struct flow_spec *spec, const struct addr *addr);
	void *arg;
};

struct engine;

int engine_new(struct engine **ret, struct loop *loop, const struct engine_options *options,
	       char *why, unsigned why_bytes);
void engine_free(struct engine *engine);

/**
 * engine_add() - make a flow known; a name starts to resolve.
 * Return: 0, -EEXIST (index taken), -ENOMEM, -EINVAL.
 */
int engine_add(struct engine *engine, const struct flow_spec *spec);

/** engine_delete() - forget it; attempts in flight close silently. */
void engine_delete(struct engine *engine, uint32_t index);

/**
 * engine_send() - one attempt, now. Whatever happens, exactly one RESULT_CLOSE follows, at once
 * (not_sent, send_error, resolve_error, blocked) or later.
 * @due_ns: when it should have left.
 */
void engine_send(struct engine *engine, uint32_t index, uint32_t attempt, int64_t due_ns);

/** engine_skip() - an attempt that may not leave (cap, lag) closes as not_sent. */
void engine_skip(struct engine *engine, uint32_t index, uint32_t attempt, int64_t due_ns);

/** engine_turn() - drain records, expire slots; once a tick, after the sends were submitted. */
void engine_turn(struct engine *engine, int64_t now_ns);

/** engine_in_flight() - attempts not yet closed. engine_late_open(): closed, late window open. */
uint32_t engine_in_flight(const struct engine *engine);
uint32_t engine_late_open(const struct engine *engine);

/** engine_kern() - for counters and reasons. */
struct kern *engine_kern(struct engine *engine);

/** engine_rx() - the rung in use: "xdp", "tc", "socket", "clock". */
const char *engine_rx_name(const struct engine *engine);

#endif /* PROBE_ENGINE_H */
