/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * engine_private.h - what the engine's own files share: engine.c (life, names,
 * turns), flow_path.c (which way a flow goes), launch.c (out), answer.c (in).
 *
 * Nobody else includes it. The probe thread's.
 */
#ifndef PROBE_ENGINE_PRIVATE_H
#define PROBE_ENGINE_PRIVATE_H

#include "base/random.h"
#include "probe/engine.h"
#include "probe/flow_table.h"
#include "probe/arrivals.h"
#include "probe/resolve.h"
#include "probe/route.h"
#include "probe/slot.h"
#include "probe/socket.h"

/* After so many losses in a row a flow takes another ICMP id: a firewall on the way may hold on to
 * a dead session for as long as the id stays. */
#define ENGINE_LOSSES_MAX 16

/* Packets and their addresses, from queueing to submission. */
#define ENGINE_ARENA_BYTES (256 << 10)

/* Devices whose last kern_attach() is remembered: of what, how it went, and when. */
#define ENGINE_TRIES 16

struct attach_try {
	unsigned ifindex;
	int error;
	int64_t at_ns;
};

struct engine {
	struct engine_options options;
	struct loop *loop;
	struct kern *kern;
	struct slots *slots;
	struct sockets *sockets;
	struct arrivals *arrivals;
	struct route *route;
	struct resolve *resolve;
	struct flows *flows;
	enum engine_rx rx; /* the rung in use: never ENGINE_RX_AUTO */
	int has_bpf;
	struct random_pool nonces;
	uint64_t id_key[2];     /* new at every start */
	int64_t wall_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	int64_t flooded_ns;     /* since when the sockets have not been read empty; 0: they were */
	uint8_t *arena;
	size_t arena_used;
	struct attach_try tries[ENGINE_TRIES]; /* by ifindex % ENGINE_TRIES */
	uint32_t check_index;                  /* next flow whose path is looked at again */
	int64_t check_start_ns;
};

/* A flow whose target is a name. */
struct flow_name {
	struct resolve_user user;
	struct engine *engine;
	struct flow_spec spec;
};

/** flow_set_id() - the ICMP id of the flow's current epoch. */
void flow_set_id(const struct engine *engine, struct flow *flow);

/**
 * flow_path_start() - the first path of an address.
 * @spec: source, device, mark and header fields are taken from it.
 * Return: 0, or the -errno that is also in flow->error.
 */
int flow_path_start(struct engine *engine, struct flow *flow, const struct flow_spec *spec);

/** flow_path_refresh() - ask for the route again and follow it. Return: as flow_path_start(). */
int flow_path_refresh(struct engine *engine, struct flow *flow);

/** flow_path_check() - refresh some flows' paths, each about every 10 s; once a turn. */
void flow_path_check(struct engine *engine, int64_t now_ns);

/** launch_failed() - a send of the loop's failed; a loop_failed_fn. */
void launch_failed(void *arg, uint32_t cookie, int error);

/** answer_kernel() - a record of BPF's; a kern_record_fn. */
void answer_kernel(void *arg, const struct sonde_record *record);

/** answer_socket() - a record of the socket path's; a arrivals_fn. */
void answer_socket(void *arg, const struct sonde_error_record *record, enum result_stamp stamp);

/** answer_none() - a slot timed out; for slots_expire(). */
void answer_none(void *arg, uint32_t number, enum slot_verdict verdict);

/** answer_failed() - the packet of a slot in flight never left: send_error with @error (-errno). */
void answer_failed(struct engine *engine, uint32_t number, int error);

#endif /* PROBE_ENGINE_PRIVATE_H */
