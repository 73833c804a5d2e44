// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_answer.c - every class and every odd packet, on every rung, from answers the test makes up. */
#include "probe/answer.c"

#include "echo_responder.h"

static const char *target;

static void turns_until(unsigned results, int64_t ms)
{
	int64_t until = clock_now_ns() + ms * NS_PER_MS;

	while (t.n < results && clock_now_ns() < until)
		turn();
}

static int is_at(unsigned i, unsigned kind, unsigned class, uint32_t attempt)
{
	const struct result *r = &t.results[i];

	return i < t.n && r->kind == kind && r->class == class && r->attempt == attempt;
}

static void test_odd_packets(uint32_t size)
{
	struct request request;

	forget();
	launch_one(80, 1, &request);
	answer(&request, 1);
	turns_until(1, size < SONDE_PAYLOAD_MIN ? 50 : 1000);
	if (size < SONDE_PAYLOAD_MIN)
		ok(!t.n, "%s %s %u: without identity another source is a stranger", t.rung, target,
		   size);
	else
		ok(is_at(0, RESULT_PACKET, RESULT_WRONG_SOURCE, 1),
		   "%s %s %u: another source is wrong_source", t.rung, target, size);
	forget();
	request.at[request.len - 1] ^= 1;
	answer(&request, 0);
	turns_until(1, 1000);
	ok(is_at(0, RESULT_PACKET, RESULT_CORRUPT, 1), "%s %s %u: a changed byte is corrupt",
	   t.rung, target, size);
	request.at[request.len - 1] ^= 1;
	answer(&request, 0);
	turns_until(2, 1000);
	ok(is_at(1, RESULT_CLOSE, RESULT_OK, 1), "%s %s %u: the true answer still counts", t.rung,
	   target, size);
	answer(&request, 0);
	turns_until(3, 1000);
	ok(is_at(2, RESULT_PACKET, RESULT_DUPLICATE, 1), "%s %s %u: a second one is a duplicate",
	   t.rung, target, size);
	ok(result_attempts(&t.sums) == 1, "%s %s %u: in all, one attempt", t.rung, target, size);
}

/* Right shape, source, id and sequence number; one bit of slot, generation or nonce is not. */
static void test_forged(uint32_t size)
{
	size_t icmp = strchr(target, ':') ? 40 : 20;
	struct request request, forged;

	forget();
	launch_one(80, 0, &request);
	for (unsigned bit = 0; bit < 128; bit++) {
		forged = request;
		forged.at[icmp + 8 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (bit / 8 != 4 && bit / 8 != 5) /* only 16 bits of the generation are used */
			answer(&forged, 0);
	}
	for (unsigned i = 0; i < 10; i++)
		turn();
	ok(!t.n, "%s %s %u: 112 replies with one wrong bit of identity are strangers", t.rung,
	   target, size);
	forged = request;
	forged.at[icmp + 4] ^= 0x55;
	forged.at[icmp + 7] ^= 0x55;
	answer(&forged, 0);
	turns_until(1, 1000);
	ok(t.n == 1 && is_at(0, RESULT_CLOSE, RESULT_OK, 0),
	   "%s %s %u: id and sequence number may be rewritten on the way", t.rung, target, size);
}

static void test_lateness(uint32_t size)
{
	struct request request, second;

	forget();
	launch_one(80, 2, &request);
	turns_until(1, 2000);
	ok(is_at(0, RESULT_CLOSE, RESULT_LOST, 2) && !t.results[0].rtt_ns &&
		   engine_late_open(t.engine) == 1,
	   "%s %s %u: silence is lost, its late window is open", t.rung, target, size);
	answer_error(&request, request.len);
	answer(&request, 0);
	turns_until(2, 1000);
	ok(t.n == 2 && is_at(1, RESULT_AMEND, RESULT_LATE, 2) &&
		   t.results[1].rtt_ns > 300 * NS_PER_MS,
	   "%s %s %u: an error then is ignored, an answer behind it is not", t.rung, target, size);
	forget();
	launch_one(80, 3, &request);
	turns_until(1, 2000);
	answer(&request, 0);
	turns_until(2, 1000);
	ok(is_at(1, RESULT_AMEND, RESULT_LATE, 3) && t.results[1].rtt_ns > 300 * NS_PER_MS &&
		   t.results[1].rtt_ns < NS_PER_SEC && !engine_late_open(t.engine),
	   "%s %s %u: an answer in the late window amends it to late", t.rung, target, size);
	ok(t.sums.class[RESULT_LOST] == 0 && t.sums.class[RESULT_LATE] == 1,
	   "%s %s %u: the sums move with it", t.rung, target, size);
	/* the answer comes after the timeout, but before the engine looks */
	forget();
	launch_one(80, 4, &request);
	usleep(320000); /* past the timeout: time itself is what is tested */
	answer(&request, 0);
	turns_until(2, 1000);
	ok(is_at(0, RESULT_CLOSE, RESULT_LOST, 4) && is_at(1, RESULT_AMEND, RESULT_LATE, 4),
	   "%s %s %u: RTT over the timeout is late, whenever it is read", t.rung, target, size);
	/* the answer came in time, the engine looks long after the timeout */
	forget();
	launch_one(80, 5, &request);
	answer(&request, 0);
	usleep(350000); /* likewise */
	turns_until(1, 1000);
	if (t.engine->rx != ENGINE_RX_CLOCK)
		ok(is_at(0, RESULT_CLOSE, RESULT_OK, 5),
		   "%s %s %u: an answer in time is ok, however late it is read", t.rung, target,
		   size);
	forget();
	launch_one(80, 6, &request);
	launch_one(80, 7, &second);
	answer(&second, 0);
	turns_until(1, 1000);
	answer(&request, 0);
	turns_until(3, 1000);
	ok(is_at(0, RESULT_CLOSE, RESULT_OK, 7) && is_at(1, RESULT_CLOSE, RESULT_OK, 6) &&
		   is_at(2, RESULT_PACKET, RESULT_REORDERED, 6),
	   "%s %s %u: an overtaken answer is ok and counted as reordered", t.rung, target, size);
}

static int is_error(unsigned attempt)
{
	static const uint8_t router4[16] = { [10] = 0xff, 0xff, 127, 0, 0, 9 };
	const struct result *r = &t.results[0];
	int six = strchr(target, ':') != NULL;

	return is_at(0, RESULT_CLOSE, RESULT_ICMP_ERROR, attempt) &&
	       r->icmp_type == (six ? 2 : 3) && r->icmp_code == (six ? 0 : 4) && r->mtu == 0x514 &&
	       !memcmp(r->from, six ? router6 : router4, 16);
}

/* The wall clock was stepped between the stamp and now. */
static void test_step(uint32_t size)
{
	const int64_t hour_ns = 3600 * NS_PER_SEC;
	struct request request;

	for (int i = -1; i <= 1; i += 2) {
		forget();
		launch_one(80, 8, &request);
		answer(&request, 0);
		for (int64_t until = clock_now_ns() + 2 * NS_PER_SEC; !t.n;) {
			if (clock_now_ns() > until)
				break;
			arrivals_drain(t.engine->arrivals, t.engine->wall_offset_ns + i * hour_ns);
		}
		ok(is_at(0, RESULT_CLOSE, RESULT_OK, 8) && t.results[0].rtt_ns > 100 &&
			   t.results[0].rtt_ns < 100 * NS_PER_MS &&
			   t.results[0].stamp == RESULT_STAMP_CLOCK,
		   "%s %s %u: a step of the wall clock by an hour costs a stamp, no more", t.rung,
		   target, size);
	}
}

static void test_errors(uint32_t size)
{
	struct request request;

	forget();
	launch_one(80, 8, &request);
	answer_error(&request, request.len);
	turns_until(1, 1000);
	ok(is_error(8), "%s %s %u: an error closes with type, code, MTU, router", t.rung, target,
	   size);
	forget();
	launch_one(80, 9, &request);
	answer_error(&request, strchr(target, ':') ? 48 : 28);
	turns_until(1, 1000);
	ok(is_error(9), "%s %s %u: so does one that quotes 8 bytes", t.rung, target, size);
}

/* Attempts in flight of a deleted flow end in silence, and the next tenant hears nothing of them. */
static void test_delete(uint32_t size)
{
	struct request request;

	forget();
	launch_one(80, 10, &request);
	engine_delete(t.engine, 80);
	add_flow(80, target, size);
	flows_get(t.engine->flows, 80)->generation = 8;
	answer(&request, 0);
	for (int64_t until = clock_now_ns() + 50 * NS_PER_MS; clock_now_ns() < until;)
		turn();
	ok(!t.n && !engine_in_flight(t.engine), "%s %s %u: a deleted flow's answer is silent",
	   t.rung, target, size);
	engine_delete(t.engine, 80);
}

static void test_classes(uint32_t size)
{
	set_ignore(1);
	add_flow(80, target, size);
	if (size >= SONDE_PAYLOAD_MIN)
		test_forged(size);
	test_odd_packets(size);
	test_lateness(size);
	if (t.engine->rx == ENGINE_RX_SOCKET)
		test_step(size);
	test_errors(size);
	test_delete(size);
	set_ignore(0);
	drop_requests();
}

static void test_rung(enum engine_rx rx)
{
	int err = start(rx, 16);

	ok(!err, "%s: the rung is there", rungs[rx]);
	if (err)
		return;
	for (unsigned i = 0; i < 2; i++) {
		target = i ? "::1" : "127.0.0.1";
		test_classes(56);
		if (!i || rx == ENGINE_RX_SOCKET)
			test_classes(17);
	}
	stop();
}

/* Replies that BPF has seen and passed on reach the sockets too, and count once. */
static void test_pass(void)
{
	struct engine_options options = { .rx = ENGINE_RX_TC,
					  .slot_bits = 16,
					  .guard_fd = -1,
					  .verdict_pass = 1,
					  .on_result = on_result };
	char why[256];

	forget();
	if (loop_new(&t.loop) || engine_new(&t.engine, t.loop, &options, why, sizeof(why)))
		abort();
	add_flow(1, "127.0.0.1", 56);
	add_flow(2, "::1", 56);
	add_flow(3, "127.0.0.1", 17);
	for (unsigned i = 1; i <= 3; i++)
		ping(i, 50);
	settle_all();
	turns_until(151, 50);
	ok(t.n == 150 && t.sums.class[RESULT_OK] == 150,
	   "tc: replies passed on to the host count once");
	stop();
}

int main(void)
{
	enter_namespace();
	open_responder();
	if (system("ip addr add fd00:9::9/128 dev lo nodad"))
		abort();
	test_rung(ENGINE_RX_SOCKET);
	test_rung(ENGINE_RX_CLOCK);
	test_rung(ENGINE_RX_TC);
	test_pass();
	return tap_done();
}
