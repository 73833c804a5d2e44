/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * flow_table.h - what the engine remembers of each flow, by its index.
 *
 * Flows live in blocks that never move; an unused index costs nothing until a
 * neighbour is used. The probe thread's.
 */
#ifndef PROBE_FLOW_TABLE_H
#define PROBE_FLOW_TABLE_H

#include <stdint.h>

#include "base/addr.h"
#include "probe/flow.h"
#include "probe/icmp.h"
#include "probe/socket.h"

#define FLOW_INDEX_MAX ((1u << 24) - 1)

struct flow_name; /* engine.c: what a flow with a name to resolve has besides */

struct flow {
	uint64_t id;
	int64_t answered_rx_ns; /* arrival of the answer to answered_attempt */
	struct socket *socket;  /* NULL until there is an address */
	struct flow_name *name; /* NULL: an address was given */
	struct addr addr;
	struct icmp_flow icmp;
	uint32_t generation;
	uint32_t answered_attempt; /* the highest so far */
	int error;                 /* -errno: why nothing can be sent there just now */
	int class;                 /* of slots_class_open() */
	uint8_t is_used;
	uint8_t has_addr;
	uint8_t is_blocked; /* an address that is not probed */
	uint8_t has_answer;
	uint8_t losses;   /* in a row */
	uint8_t id_epoch; /* how often the ICMP id was changed */
	uint8_t address_epoch;
	uint8_t path; /* enum slot_path */
};

struct flows;

/** flows_new() - Return: 0 or -ENOMEM. @ret: the caller owns it and calls flows_free(). */
int flows_new(struct flows **ret);

/** flows_free() - the table alone, not what its flows point to. NULL is a no-op. */
void flows_free(struct flows *flows);

/**
 * flows_add() - a zeroed flow, is_used set.
 * Return: 0, -EEXIST (index taken), -EINVAL (over FLOW_INDEX_MAX), -ENOMEM.
 */
int flows_add(struct flows *flows, uint32_t index, struct flow **ret);

/** flows_remove() - no-op when not used. */
void flows_remove(struct flows *flows, uint32_t index);

/** flows_get() - NULL when not used. */
struct flow *flows_get(const struct flows *flows, uint32_t index);

/** flows_limit() - every used index is below. flows_used(): how many there are. */
uint32_t flows_limit(const struct flows *flows);
uint32_t flows_used(const struct flows *flows);

#endif /* PROBE_FLOW_TABLE_H */
