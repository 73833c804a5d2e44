/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * decide.h - what happens to one request: at most one fault, and when the answer goes.
 *
 * A pure function of rule, seed, host and attempt (and, for flapping hosts, of
 * the time since the start): the same run gives the same decisions.
 */
#ifndef LAB_DECIDE_H
#define LAB_DECIDE_H

#include <stdint.h>

#include "base/addr.h"
#include "rules.h"

/* The prober's own windows: what is late depends on them. */
struct decide_window {
	int64_t timeout_ns;
	int64_t late_ns; /* after the timeout */
};

struct decision {
	enum fault fault;
	const struct rule_error *error; /* with FAULT_ERROR; lives as long as the rule */
	unsigned replies;               /* packets to send, 0.. */
	int64_t delay_ns;               /* from the request's arrival */
	uint64_t random;                /* for whatever else has to be chosen */
};

/**
 * decide() - throw the dice.
 * @rule: NULL is a host that answers at once.
 * @since_start_ns: for flapping only.
 */
struct decision decide(const struct rule *rule, uint64_t seed, const struct addr *host,
		       uint32_t attempt, int64_t since_start_ns,
		       const struct decide_window *window);

#endif /* LAB_DECIDE_H */
