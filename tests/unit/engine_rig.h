/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * engine_rig.h - an engine on one rung in a network namespace of the test's own, and its results.
 */
#ifndef TESTS_ENGINE_RIG_H
#define TESTS_ENGINE_RIG_H

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/clock.h"
#include "probe/engine_private.h"

#define RESULTS_MAX 4096
#define MTU         1500

static struct {
	struct loop *loop;
	struct engine *engine;
	const char *rung;
	struct result results[RESULTS_MAX];
	unsigned n;
	struct result_sums sums;
	unsigned addresses;
} t;

static const char *const rungs[] = { "auto", "xdp", "tc", "socket", "clock" };

__attribute__((unused)) static void on_result(void *arg, const struct result *result)
{
	(void)arg;
	if (t.n < RESULTS_MAX)
		t.results[t.n++] = *result;
	result_sum(&t.sums, result);
}

__attribute__((unused)) static void on_address(void *arg, const struct flow_spec *spec,
					       const struct addr *addr)
{
	(void)arg;
	(void)spec;
	(void)addr;
	t.addresses++;
}

__attribute__((unused)) static void forget(void)
{
	t.n = 0;
	memset(&t.sums, 0, sizeof(t.sums));
}

__attribute__((unused)) static int start(enum engine_rx rx, unsigned slot_bits)
{
	struct engine_options options = { .rx = rx,
					  .slot_bits = slot_bits,
					  .guard_fd = -1,
					  .dns_servers = "127.0.0.1:9",
					  .on_result = on_result,
					  .on_address = on_address };
	char why[256] = "";
	int err;

	t.rung = rungs[rx];
	t.addresses = 0;
	forget();
	if (loop_new(&t.loop))
		abort();
	err = engine_new(&t.engine, t.loop, &options, why, sizeof(why));
	if (err) {
		printf("# %s: %s (%s)\n", t.rung, why, strerror(-err));
		loop_free(t.loop);
	}
	return err;
}

__attribute__((unused)) static void stop(void)
{
	engine_free(t.engine);
	loop_free(t.loop);
}

__attribute__((unused)) static void turn(void)
{
	loop_submit(t.loop);
	loop_turn(t.loop, clock_now_ns() + NS_PER_MS);
	engine_turn(t.engine, loop_now(t.loop));
}

__attribute__((unused)) static void settle_all(void)
{
	int64_t until = clock_now_ns() + 5 * NS_PER_SEC;

	while (engine_in_flight(t.engine) && clock_now_ns() < until)
		turn();
}

__attribute__((unused)) static struct flow_spec spec_of(uint32_t index, const char *target,
							uint32_t size)
{
	struct flow_spec spec = { .index = index,
				  .generation = 7,
				  .id = index + 1000,
				  .icmp = { .size = size, .ttl = 64 },
				  .timeout_ns = 300 * NS_PER_MS,
				  .late_ns = 400 * NS_PER_MS };

	snprintf(spec.target, sizeof(spec.target), "%s", target);
	return spec;
}

__attribute__((unused)) static int add_flow(uint32_t index, const char *target, uint32_t size)
{
	struct flow_spec spec = spec_of(index, target, size);

	return engine_add(t.engine, &spec);
}

__attribute__((unused)) static void ping(uint32_t index, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		engine_send(t.engine, index, i, clock_now_ns());
}

__attribute__((unused)) static unsigned stamp_wanted(const char *target, uint32_t size)
{
	size_t header = strchr(target, ':') ? 48 : 28;
	int fits = size >= SONDE_PAYLOAD_MIN && size <= SONDE_PAYLOAD_MAX && size + header <= MTU;

	if (t.engine->rx == ENGINE_RX_CLOCK)
		return RESULT_STAMP_CLOCK;
	if (!t.engine->has_bpf || !fits)
		return RESULT_STAMP_SOCKET;
	return t.engine->rx == ENGINE_RX_XDP ? RESULT_STAMP_XDP : RESULT_STAMP_TC;
}

__attribute__((unused)) static void test_size(uint32_t index, const char *target, uint32_t size)
{
	int64_t wall_ns = clock_wall_ns();
	int good = 1, stamped = 1, timely = 1;
	unsigned seen = 0;
	struct addr addr;

	forget();
	addr_parse(target, &addr);
	good &= !add_flow(index, target, size);
	ping(index, 3);
	settle_all();
	for (unsigned i = 0; i < t.n; i++) {
		const struct result *r = &t.results[i];

		good &= r->kind == RESULT_CLOSE && r->class == RESULT_OK && r->flow == index &&
			r->flow_generation == 7 && r->ttl == 64 && !memcmp(r->from, addr.bytes, 16);
		seen |= 1u << r->attempt;
		stamped &= r->stamp == stamp_wanted(target, size);
		timely &= r->rtt_ns > 100 && r->rtt_ns < 100 * NS_PER_MS &&
			  r->sent_wall_ns >= wall_ns - NS_PER_MS &&
			  r->sent_wall_ns < wall_ns + 2 * NS_PER_SEC &&
			  r->submit_delay_ns < 100 * NS_PER_MS;
		if (r->class != RESULT_OK || r->stamp != stamp_wanted(target, size))
			printf("# %s %s error %u stamp %s rtt %ld\n", target,
			       result_class_name(r->class), r->error, result_stamp_name(r->stamp),
			       (long)r->rtt_ns);
	}
	ok(good && t.n == 3 && seen == 7, "%s: %s answers %u bytes, each attempt once", t.rung,
	   target, size);
	ok(stamped && timely, "%s: %s %u bytes: right stamp, plausible times", t.rung, target,
	   size);
}

/* The kernel begins to stamp arrivals a moment after the first socket asked for it. */
__attribute__((unused)) static void await_stamps(const char *target)
{
	int64_t until = clock_now_ns() + 5 * NS_PER_SEC;

	add_flow(1, target, 17);
	do {
		forget();
		ping(1, 1);
		settle_all();
	} while ((!t.n || t.results[0].stamp != RESULT_STAMP_SOCKET) && clock_now_ns() < until);
	engine_delete(t.engine, 1);
}

__attribute__((unused)) static void enter_namespace(void)
{
	if (geteuid() || unshare(CLONE_NEWNET))
		tap_skip("needs root for a network namespace");
	if (system("ip link set lo mtu 1500 up && ip addr add 127.0.0.3/8 dev lo 2>/dev/null"))
		printf("# 127.0.0.3 is ours anyway\n");
}

#endif /* TESTS_ENGINE_RIG_H */
