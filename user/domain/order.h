/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * order.h - what the judge asks of the probe thread and of the writer.
 *
 * They cross rings inside the prober process, so pointers may travel.
 */
#ifndef DOMAIN_ORDER_H
#define DOMAIN_ORDER_H

#include <stdint.h>

#include "domain/check.h"

/* Judge -> probe thread. */
enum flow_order_type {
	FLOW_ADD = 1,
	FLOW_DELETE,
	FLOW_CAP,
};

struct flow_order {
	uint32_t type; /* enum flow_order_type */
	uint32_t index, generation;
	uint32_t
		at_once; /* FLOW_ADD: somebody waits for it; the first attempt need not wait for the phase */
	uint64_t rate_cap;   /* FLOW_CAP */
	struct check *check; /* FLOW_ADD: the receiver frees it (check_clear(), free()) */
};

/* Judge -> writer, and back when it is durable. */
enum store_order_type {
	STORE_PUT = 1,
	STORE_DELETE,
};

struct store_order {
	uint64_t ticket; /* judge's; comes back */
	uint32_t type;   /* enum store_order_type */
	int32_t error;   /* on the way back: 0 or -errno */
	uint64_t id;
	struct check *check; /* STORE_PUT: stays the judge's, read-only for the writer until back */
};

#endif /* DOMAIN_ORDER_H */
