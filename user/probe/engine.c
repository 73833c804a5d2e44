// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * engine.c - life, names and turns. The contract is in engine.h.
 *
 * A turn drains before it expires, and expires only what was over when the turn
 * began: whatever was answered in time has been heard by then.
 */
#include "probe/engine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "probe/engine_private.h"

#define WALL_TRIES 5
/* The clocks' distance changes only by steps; readings differ by less than this without one. */
#define WALL_NOISE_NS 20000
#define FLOOD_NS      NS_PER_SEC

static int fail(char *why, unsigned why_bytes, int err, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int fail(char *why, unsigned why_bytes, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, why_bytes, format, args);
	va_end(args);
	return err;
}

/* Wall time less monotonic time, read between two readings of the latter. Return: how far apart
 * those were. */
static int64_t read_wall_offset(int64_t *ret_offset_ns)
{
	int64_t before_ns = clock_now_ns(), wall_ns = clock_wall_ns(), after_ns = clock_now_ns();

	*ret_offset_ns = wall_ns - before_ns - (after_ns - before_ns) / 2;
	return after_ns - before_ns;
}

/* A reading that was interrupted is no step: only a tight one counts. */
static void follow_wall(struct engine *engine)
{
	int64_t offset_ns, distance_ns;

	for (unsigned i = 0; i < WALL_TRIES; i++) {
		if (read_wall_offset(&offset_ns) > WALL_NOISE_NS / 2 && engine->wall_offset_ns)
			continue;
		distance_ns = offset_ns - engine->wall_offset_ns;
		if (distance_ns > WALL_NOISE_NS || distance_ns < -WALL_NOISE_NS)
			engine->wall_offset_ns = offset_ns;
		return;
	}
}

static enum kern_rx kern_rx_of(enum engine_rx rx)
{
	switch (rx) {
	case ENGINE_RX_AUTO:
		return KERN_RX_AUTO;
	case ENGINE_RX_XDP:
		return KERN_RX_XDP;
	case ENGINE_RX_TC:
		return KERN_RX_TC;
	default:
		return KERN_RX_NONE;
	}
}

/* The rung there is: kern has been asked already, the rest is what sockets can do. */
static int choose_rung(struct engine *engine, char *why, unsigned why_bytes)
{
	enum engine_rx asked = engine->options.rx;
	int err = arrivals_can_stamp();

	if (err == -EPERM || err == -EACCES)
		return fail(why, why_bytes, err, "raw sockets are refused: CAP_NET_RAW is needed");
	if (engine->has_bpf) {
		engine->rx = asked == ENGINE_RX_XDP ? ENGINE_RX_XDP : ENGINE_RX_TC;
		return 0;
	}
	engine->rx = asked == ENGINE_RX_CLOCK || err ? ENGINE_RX_CLOCK : ENGINE_RX_SOCKET;
	if (err && asked == ENGINE_RX_SOCKET)
		return fail(why, why_bytes, err, "the kernel refuses SO_TIMESTAMPING: %s",
			    strerror(-err));
	return 0;
}

static int open_kern(struct engine *engine, char *why, unsigned why_bytes)
{
	struct kern_options options = {
		.rx = kern_rx_of(engine->options.rx),
		.tc = engine->options.tc,
		.slot_bits = engine->options.slot_bits,
		.verdict_pass = engine->options.verdict_pass,
		.guard_fd = engine->options.guard_fd,
	};
	int err;

	err = kern_new(&engine->kern, &options, why, why_bytes);
	if (err)
		return err;
	engine->has_bpf = kern_has_bpf(engine->kern);
	return 0;
}

static int open_parts(struct engine *engine)
{
	struct arrivals_options arrivals = { .loop = engine->loop,
					     .has_stamps = engine->rx != ENGINE_RX_CLOCK,
					     .fn = answer_socket,
					     .arg = engine };
	int err;

	engine->arena = malloc(ENGINE_ARENA_BYTES);
	if (!engine->arena)
		return -ENOMEM;
	err = random_bytes(engine->id_key, sizeof(engine->id_key));
	if (!err)
		err = flows_new(&engine->flows);
	if (!err)
		err = route_open(&engine->route);
	if (!err)
		err = slots_new(&engine->slots, kern_slots(engine->kern),
				kern_slot_count(engine->kern));
	if (!err)
		err = sockets_new(&engine->sockets, engine->loop, launch_failed, engine);
	if (err)
		return err;
	arrivals.slots = engine->slots;
	arrivals.sockets = engine->sockets;
	err = arrivals_new(&engine->arrivals, &arrivals);
	if (err || engine->rx == ENGINE_RX_CLOCK)
		return err;
	/* Arrivals are stamped from a moment after the first socket asks for it: well before the first
	 * flow. A family that is missing is the business of the flows that need it. */
	arrivals_open(engine->arrivals, 0);
	arrivals_open(engine->arrivals, 1);
	return 0;
}

int engine_new(struct engine **ret, struct loop *loop, const struct engine_options *options,
	       char *why, unsigned why_bytes)
{
	struct resolve_options names = { .servers = options->dns_servers };
	struct engine *engine = calloc(1, sizeof(*engine));
	int err;

	if (!engine)
		return fail(why, why_bytes, -ENOMEM, "out of memory");
	engine->options = *options;
	engine->loop = loop;
	follow_wall(engine);
	err = open_kern(engine, why, why_bytes);
	if (!err)
		err = choose_rung(engine, why, why_bytes);
	if (!err)
		err = resolve_new(&engine->resolve, loop, &names, why, why_bytes);
	if (err)
		goto failed;
	err = open_parts(engine);
	if (err) {
		fail(why, why_bytes, err, "cannot set up the engine: %s", strerror(-err));
		goto failed;
	}
	*ret = engine;
	return 0;
failed:
	engine_free(engine);
	return err;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	if (engine->flows)
		for (uint32_t i = 0; i < flows_limit(engine->flows); i++)
			engine_delete(engine, i);
	arrivals_free(engine->arrivals);
	sockets_free(engine->sockets);
	slots_free(engine->slots);
	route_close(engine->route);
	resolve_free(engine->resolve);
	kern_free(engine->kern);
	flows_free(engine->flows);
	free(engine->arena);
	free(engine);
}

static void set_address(struct engine *engine, struct flow *flow, const struct flow_spec *spec,
			const struct addr *addr)
{
	flow->addr = *addr;
	flow->has_addr = 1;
	flow->has_answer = 0;
	flow->address_epoch++;
	flow->is_blocked = !addr_is_unicast(addr);
	if (!flow->is_blocked)
		flow_path_start(engine, flow, spec);
	if (engine->options.on_address)
		engine->options.on_address(engine->options.arg, spec, addr);
}

static void on_resolved(struct resolve_user *user)
{
	struct flow_name *name = container_of(user, struct flow_name, user);
	struct flow *flow = flows_get(name->engine->flows, name->spec.index);
	const struct addr *addrs;
	unsigned count;

	addrs = resolve_addresses(user, &count);
	if (!count || (flow->has_addr && addr_is_equal(&flow->addr, &addrs[0])))
		return;
	set_address(name->engine, flow, &name->spec, &addrs[0]);
}

static int watch_name(struct engine *engine, struct flow *flow, const struct flow_spec *spec)
{
	struct flow_name *name = calloc(1, sizeof(*name));
	int err;

	if (!name)
		return -ENOMEM;
	name->engine = engine;
	name->spec = *spec;
	name->user.fn = on_resolved;
	err = resolve_watch(engine->resolve, &name->user, spec->target, spec->icmp.family);
	if (err) {
		free(name);
		return err;
	}
	flow->name = name;
	return 0;
}

static int is_wrong_family(const struct flow_spec *spec, const struct addr *addr)
{
	return spec->icmp.family == (addr_is_v4(addr) ? CHECK_FAMILY_6 : CHECK_FAMILY_4);
}

static int check_spec(const struct flow_spec *spec)
{
	struct addr source;

	if (spec->icmp.size > CHECK_SIZE_MAX || spec->icmp.dscp > 63 || !spec->icmp.ttl)
		return -EINVAL;
	if (spec->icmp.source[0] && addr_parse(spec->icmp.source, &source))
		return -EINVAL;
	return 0;
}

static void fill(const struct engine *engine, struct flow *flow, const struct flow_spec *spec)
{
	flow->id = spec->id;
	flow->generation = spec->generation;
	flow->icmp.size = spec->icmp.size;
	flow->icmp.ttl = spec->icmp.ttl;
	flow->icmp.dscp = spec->icmp.dscp;
	flow->icmp.dont_fragment = spec->icmp.dont_fragment;
	flow_set_id(engine, flow);
}

int engine_add(struct engine *engine, const struct flow_spec *spec)
{
	struct addr addr = { 0 };
	struct flow *flow;
	int err, is_name;

	err = addr_parse(spec->target, &addr);
	is_name = err == -EINVAL;
	if ((err && !is_name) || check_spec(spec) || (!err && is_wrong_family(spec, &addr)))
		return -EINVAL;
	err = flows_add(engine->flows, spec->index, &flow);
	if (err)
		return err;
	fill(engine, flow, spec);
	flow->class = slots_class_open(engine->slots, spec->timeout_ns, spec->late_ns);
	err = flow->class < 0 ? flow->class : 0;
	if (!err && is_name) {
		err = watch_name(engine, flow, spec);
		if (err)
			slots_class_close(engine->slots, flow->class);
	}
	if (err) {
		flows_remove(engine->flows, spec->index);
		return err;
	}
	if (!is_name)
		set_address(engine, flow, spec, &addr);
	return 0;
}

void engine_delete(struct engine *engine, uint32_t index)
{
	struct flow *flow = flows_get(engine->flows, index);

	if (!flow)
		return;
	if (flow->name) {
		resolve_unwatch(engine->resolve, &flow->name->user);
		free(flow->name);
	}
	sockets_put(engine->sockets, flow->socket);
	slots_class_close(engine->slots, flow->class);
	flows_remove(engine->flows, index);
}

/* May slots expire? Not while answers are still unread; but a flood of strangers' packets must not
 * keep ours open for ever. */
static int may_expire(struct engine *engine, int is_all_heard, int64_t now_ns)
{
	if (is_all_heard)
		engine->flooded_ns = 0;
	else if (!engine->flooded_ns)
		engine->flooded_ns = now_ns;
	return is_all_heard || now_ns - engine->flooded_ns > FLOOD_NS;
}

void engine_turn(struct engine *engine, int64_t now_ns)
{
	int is_all_heard;

	if (loop_submit(engine->loop) >= 0)
		engine->arena_used = 0;
	follow_wall(engine);
	is_all_heard = arrivals_drain(engine->arrivals, engine->wall_offset_ns);
	if (engine->has_bpf)
		kern_drain(engine->kern, answer_kernel, engine);
	if (may_expire(engine, is_all_heard, now_ns))
		slots_expire(engine->slots, now_ns, answer_none, engine);
	flow_path_check(engine, now_ns);
}

uint32_t engine_in_flight(const struct engine *engine)
{
	return slots_in_flight(engine->slots);
}

uint32_t engine_late_open(const struct engine *engine)
{
	return slots_late_open(engine->slots);
}

struct kern *engine_kern(struct engine *engine)
{
	return engine->kern;
}

const char *engine_rx_name(const struct engine *engine)
{
	switch (engine->rx) {
	case ENGINE_RX_XDP:
		return "xdp";
	case ENGINE_RX_TC:
		return "tc";
	case ENGINE_RX_SOCKET:
		return "socket";
	default:
		return "clock";
	}
}
