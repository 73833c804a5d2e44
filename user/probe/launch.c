// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * launch.c - one attempt: a slot, a packet, a send; or the reason why not.
 *
 * No allocation: packets and the addresses they go to lie in an arena until
 * they are submitted, which happens when it is full, at the latest at the turn.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/clock.h"
#include "probe/engine_private.h"

/* One queued packet; the bytes follow. */
struct parcel {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to;
	uint8_t packet[];
};

/* Why an attempt cannot leave; `class` RESULT_OK: it can. */
struct refusal {
	enum result_class class;
	int error;
};

/* Return: NULL when the loop cannot submit what fills the arena. */
static struct parcel *arena_take(struct engine *engine, size_t packet_bytes)
{
	size_t bytes = (sizeof(struct parcel) + packet_bytes + 15) & ~(size_t)15;
	struct parcel *parcel;

	if (engine->arena_used + bytes > ENGINE_ARENA_BYTES) {
		if (loop_submit(engine->loop) < 0)
			return NULL;
		engine->arena_used = 0;
	}
	parcel = (struct parcel *)(engine->arena + engine->arena_used);
	engine->arena_used += bytes;
	return parcel;
}

static uint32_t lateness_us(int64_t due_ns, int64_t now_ns)
{
	int64_t us = (now_ns - due_ns) / NS_PER_US;

	return us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

/* The attempt ends before it began. */
static void close_local(struct engine *engine, uint32_t index, const struct flow *flow,
			uint32_t attempt, int64_t due_ns, struct refusal refusal)
{
	struct result result = {
		.flow = index,
		.flow_generation = flow->generation,
		.attempt = attempt,
		.kind = RESULT_CLOSE,
		.class = (uint8_t)refusal.class,
		.sent_wall_ns = due_ns + engine->wall_offset_ns,
		.error = (uint16_t)-refusal.error,
	};

	engine->options.on_result(engine->options.arg, &result);
}

static struct refusal refuse(struct engine *engine, struct flow *flow)
{
	int state;

	if (!flow->has_addr) {
		state = resolve_state(&flow->name->user);
		if (!state || state == -EINPROGRESS)
			return (struct refusal){ RESULT_NOT_SENT, 0 };
		return (struct refusal){ RESULT_RESOLVE_ERROR, state };
	}
	if (flow->is_blocked)
		return (struct refusal){ RESULT_BLOCKED, 0 };
	if (flow->error && flow_path_refresh(engine, flow))
		return (struct refusal){ RESULT_SEND_ERROR, flow->error };
	return (struct refusal){ RESULT_OK, 0 };
}

static socklen_t address(struct parcel *parcel, const struct flow *flow)
{
	if (flow->socket->key.form != ICMP_PLAIN6) {
		parcel->to.v4 = (struct sockaddr_in){ .sin_family = AF_INET,
						      .sin_addr.s_addr = flow->icmp.target4 };
		return sizeof(parcel->to.v4);
	}
	parcel->to.v6 =
		(struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_scope_id = flow->addr.scope };
	memcpy(&parcel->to.v6.sin6_addr, flow->addr.bytes, sizeof(flow->addr.bytes));
	return sizeof(parcel->to.v6);
}

/* Build the packet of a taken slot, publish the slot, queue the packet. Return: 0 or -errno. */
static int queue(struct engine *engine, const struct flow *flow, const struct slot *slot,
		 uint32_t number)
{
	enum icmp_form form = flow->socket->key.form;
	struct parcel *parcel = arena_take(engine, icmp_header_bytes(form) + flow->icmp.size);
	struct icmp_probe probe = {
		.nonce = random_u64(&engine->nonces),
		.slot = number,
		.attempt = slot->attempt,
		.generation = slot->generation,
	};
	uint16_t sum;
	size_t len;

	if (!parcel)
		return -ENOBUFS;
	len = icmp_build(parcel->packet, form, &flow->icmp, &probe, &sum);
	slots_arm(engine->slots, number, probe.nonce, icmp_address_tag(&flow->addr), sum,
		  (uint16_t)flow->icmp.size);
	return loop_send(engine->loop, flow->socket->handle, parcel->packet, len, &parcel->to.any,
			 address(parcel, flow), number);
}

void engine_send(struct engine *engine, uint32_t index, uint32_t attempt, int64_t due_ns)
{
	struct flow *flow = flows_get(engine->flows, index);
	struct refusal refusal;
	struct slot *slot;
	uint32_t number;
	int64_t now_ns;
	int err;

	if (!flow)
		return;
	refusal = refuse(engine, flow);
	if (refusal.class != RESULT_OK) {
		close_local(engine, index, flow, attempt, due_ns, refusal);
		return;
	}
	now_ns = clock_now_ns();
	number = slots_take(engine->slots, flow->class, now_ns);
	if (number == SLOT_NONE) {
		engine_skip(engine, index, attempt, due_ns);
		return;
	}
	slot = slots_get(engine->slots, number);
	slot->flow = index;
	slot->flow_generation = flow->generation;
	slot->attempt = attempt;
	slot->lateness_us = lateness_us(due_ns, now_ns);
	slot->icmp_id = flow->icmp.id;
	slot->address_epoch = flow->address_epoch;
	slot->path = flow->path;
	err = queue(engine, flow, slot, number);
	if (err)
		answer_failed(engine, number, err);
}

void engine_skip(struct engine *engine, uint32_t index, uint32_t attempt, int64_t due_ns)
{
	const struct flow *flow = flows_get(engine->flows, index);

	if (flow)
		close_local(engine, index, flow, attempt, due_ns,
			    (struct refusal){ RESULT_NOT_SENT, 0 });
}

void launch_failed(void *arg, uint32_t cookie, int error)
{
	struct engine *engine = arg;
	struct slot *slot = slots_get(engine->slots, cookie);

	if (slot && slot->state == SLOT_OPEN)
		answer_failed(engine, cookie, error);
}
