/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * prober.h - the probe thread's inside: calendar, rate cap and engine on one loop.
 *
 * `sonde ping` runs it in its only thread; `sonde serve` in a thread of its own,
 * fed by a command ring. Fixed periods, open loop: a late tick sends what it
 * owes, bounded by the cap, or counts not_sent: an attempt of an endless flow that
 * has not left when the next one is due never will. A flow with a count is owed each
 * of its attempts: they leave however late, and those behind keep their distance.
 *
 * Ticks adapt to the rate r of all flows per second: min(r / 250, 100,000 / r) ms,
 * at least 1, at most 20. So few flows leave within a millisecond of their time,
 * from 5,000/s on a tick sends about 100 at once, and there is a tick at least
 * every 20 ms.
 */
#ifndef SCHED_PROBER_H
#define SCHED_PROBER_H

#include "base/hist.h"
#include "probe/engine.h"

struct prober_options {
	struct engine_options engine;
	uint64_t rate_cap;  /* probes per second, hard; 0: none */
	uint32_t max_flows; /* indices 0..max_flows - 1; 0: a million */
	/* End of each tick, after all results of it; may be NULL. */
	void (*on_turn)(void *arg, int64_t now_ns);
	void *arg;
};

struct prober;

/**
 * prober_new() - an engine and a calendar on @loop, ticking from now on.
 * @ret: the caller owns it and calls prober_free() before loop_free().
 * @why: a sentence on failure.
 * Return: 0 or -errno, of engine_new() or -ENOMEM.
 */
int prober_new(struct prober **ret, struct loop *loop, const struct prober_options *options,
	       char *why, unsigned why_bytes);
void prober_free(struct prober *prober);

/**
 * prober_add() - start a flow at its phase (SipHash of its id over the interval) or first_due_ns.
 * One with a count stops by itself, but stays known until prober_delete().
 * Return: 0, -EEXIST, -ENOSPC (max_flows), -ENOMEM, -EINVAL.
 */
int prober_add(struct prober *prober, const struct flow_spec *spec);

/** prober_delete() - O(1); no-op when the generation is another tenant's. */
void prober_delete(struct prober *prober, uint32_t index, uint32_t generation);

/** prober_set_cap() - at run time; 0: none. */
void prober_set_cap(struct prober *prober, uint64_t per_second);

/** prober_is_idle() - nothing scheduled, in flight or inside a late window any more. */
int prober_is_idle(const struct prober *prober);

/** prober_finish() - schedule nothing more, ever; what is in flight still closes. */
void prober_finish(struct prober *prober);

/** prober_engine() - for counters and names; it lives as long as the prober. */
struct engine *prober_engine(struct prober *prober);

/** prober_lateness() - due to handed to the engine, of the sends since the last call, in us; resets. */
void prober_lateness(struct prober *prober, struct hist *ret);

#endif /* SCHED_PROBER_H */
