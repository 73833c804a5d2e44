/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * flow.h - a check as the probe thread sees it: where to, how, how often.
 *
 * The judge hands out indices (dense, reused) with a generation that grows with
 * every new tenant, and keeps the names; the probe thread keeps only this.
 */
#ifndef PROBE_FLOW_H
#define PROBE_FLOW_H

#include <stdint.h>

#include "domain/check.h"

struct flow_spec {
	uint32_t index, generation;
	uint64_t id; /* phase and ICMP id come from its hash */
	struct check_icmp icmp;
	int64_t interval_ns, timeout_ns, late_ns;
	int64_t first_due_ns;              /* CLOCK_MONOTONIC; 0: the phase decides */
	uint32_t count;                    /* attempts, then it stops; 0: for ever */
	uint32_t first_attempt;            /* number of the first attempt */
	char target[CHECK_TARGET_MAX + 1]; /* name or address */
};

#endif /* PROBE_FLOW_H */
