// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * flow_path.c - which device, which socket, which rung: asked again as long as
 * the flow lives, for routes change. The contract is in engine_private.h.
 *
 * The kernel path needs an identity in the payload, a payload that BPF can
 * verify whole, a packet that is not fragmented, and our programs on the device.
 * Everything else goes by the socket path, and its results say so.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "probe/engine_private.h"

#define CHECK_PERIOD_NS (10 * NS_PER_SEC)
#define ATTACH_FRESH_NS NS_PER_SEC
#define CHECKS_A_TURN   16   /* each costs about 3 us */
#define STEPS_A_TURN    4096 /* over unused places of the table */
#define IP4_BYTES       20
#define IP6_BYTES       40
#define ICMP_BYTES      8

static int is_v6(const struct flow *flow)
{
	return !addr_is_v4(&flow->addr);
}

void flow_set_id(const struct engine *engine, struct flow *flow)
{
	const uint64_t seed[2] = { flow->id, flow->id_epoch };
	uint64_t hash = siphash(seed, sizeof(seed), engine->id_key);

	/* 0 is what some middleboxes take for "no id"; a constant of 0 would not be one. */
	flow->icmp.id = (uint16_t)(hash % 0xffff + 1);
	flow->icmp.constant = (uint16_t)((hash >> 32) % 0xffff + 1);
}

/* Our programs on a device. Not looked at for each flow, nor tried for each packet where they are
 * refused: attaching takes long. */
static int attach(struct engine *engine, unsigned ifindex)
{
	struct attach_try *last = &engine->tries[ifindex % ENGINE_TRIES];
	int64_t now_ns = clock_now_ns();

	if (ifindex == last->ifindex && now_ns - last->at_ns < ATTACH_FRESH_NS)
		return last->error;
	*last = (struct attach_try){ ifindex, kern_attach(engine->kern, ifindex), now_ns };
	return last->error;
}

/* The route of a flow, and our programs on its device. Return: 0 or -errno. */
static int find_route(struct engine *engine, const struct flow *flow, const struct socket_key *key,
		      struct route_answer *ret, int *ret_attach_error)
{
	const struct addr none = { 0 };
	struct route_query query = { .to = &flow->addr, .mark = key->mark };
	int err;

	if (!addr_is_equal(&key->source, &none))
		query.source = &key->source;
	if (key->device[0]) {
		err = route_ifindex(engine->route, key->device);
		if (err < 0)
			return err;
		query.ifindex = (unsigned)err;
	}
	err = route_lookup(engine->route, &query, ret);
	if (!err && engine->has_bpf)
		*ret_attach_error = attach(engine, ret->ifindex);
	return err;
}

static int is_for_kernel(const struct engine *engine, const struct flow *flow, unsigned mtu)
{
	size_t header = (is_v6(flow) ? IP6_BYTES : IP4_BYTES) + ICMP_BYTES;

	return engine->has_bpf && flow->icmp.size >= SONDE_PAYLOAD_MIN &&
	       flow->icmp.size <= SONDE_PAYLOAD_MAX && header + flow->icmp.size <= mtu;
}

/* What the flow's socket must be like when its packets fit into @mtu. */
static void shape_key(const struct engine *engine, const struct flow *flow, unsigned mtu,
		      struct socket_key *key)
{
	key->form = is_v6(flow)                                               ? ICMP_PLAIN6
		    : IP4_BYTES + ICMP_BYTES + (size_t)flow->icmp.size <= mtu ? ICMP_HEADER4
									      : ICMP_PLAIN4;
	key->ttl = key->form == ICMP_HEADER4 ? 0 : flow->icmp.ttl;
	key->dscp = key->form == ICMP_HEADER4 ? 0 : flow->icmp.dscp;
	key->dont_fragment = key->form != ICMP_HEADER4 && flow->icmp.dont_fragment;
	key->wants_stamps = flow->path == SLOT_SOCKET && engine->rx != ENGINE_RX_CLOCK;
}

static int follow(struct engine *engine, struct flow *flow, struct socket_key *key)
{
	struct route_answer route = { .mtu = UINT16_MAX };
	struct socket *socket;
	int err, attach_error = 0;

	err = find_route(engine, flow, key, &route, &attach_error);
	flow->path = is_for_kernel(engine, flow, route.mtu) ? SLOT_KERNEL : SLOT_SOCKET;
	if (attach_error && flow->path == SLOT_KERNEL) {
		/* A rung that was forced is not left for another one in silence. */
		if (engine->options.rx != ENGINE_RX_AUTO)
			err = err ? err : attach_error;
		flow->path = SLOT_SOCKET;
	}
	/* On the kernel path too: for replies that come back by another device. */
	if (!err)
		err = arrivals_open(engine->arrivals, is_v6(flow));
	shape_key(engine, flow, route.mtu, key);
	socket = sockets_get(engine->sockets, key);
	if (!socket)
		return flow->error = -ENOMEM;
	sockets_put(engine->sockets, flow->socket);
	flow->socket = socket;
	if (!err)
		err = sockets_retry(engine->sockets, socket);
	flow->error = err;
	return err;
}

static void set_source(struct flow *flow, struct socket_key *key, const char *text)
{
	flow->icmp.source4 = 0;
	if (!text[0] || addr_parse(text, &key->source))
		return;
	if (addr_is_v4(&key->source))
		flow->icmp.source4 = addr_v4(&key->source);
}

int flow_path_start(struct engine *engine, struct flow *flow, const struct flow_spec *spec)
{
	struct socket_key key;

	memset(&key, 0, sizeof(key));
	key.mark = spec->icmp.fwmark;
	memcpy(key.device, spec->icmp.device, sizeof(key.device));
	set_source(flow, &key, spec->icmp.source);
	flow->icmp.target4 = is_v6(flow) ? 0 : addr_v4(&flow->addr);
	return follow(engine, flow, &key);
}

int flow_path_refresh(struct engine *engine, struct flow *flow)
{
	struct socket_key key;

	if (!flow->socket)
		return flow->error;
	memcpy(&key, &flow->socket->key, sizeof(key)); /* padding too: it is compared */
	return follow(engine, flow, &key);
}

/* A round over the table begins every period; a turn does a small piece of it. */
void flow_path_check(struct engine *engine, int64_t now_ns)
{
	uint32_t limit = flows_limit(engine->flows);
	unsigned checks = 0;
	struct flow *flow;

	if (engine->check_index >= limit) {
		if (now_ns - engine->check_start_ns < CHECK_PERIOD_NS)
			return;
		engine->check_start_ns = now_ns;
		engine->check_index = 0;
	}
	for (unsigned steps = 0; steps < STEPS_A_TURN && checks < CHECKS_A_TURN; steps++) {
		if (engine->check_index >= limit)
			return;
		flow = flows_get(engine->flows, engine->check_index++);
		if (!flow || !flow->has_addr || flow->is_blocked)
			continue;
		flow_path_refresh(engine, flow);
		checks++;
	}
}
