// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_answer.c - every class and every odd packet, on every rung, from answers the test makes up. */
#include "probe/answer.c"

#include "echo_responder.h"

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
	uint8_t request[2048];
	size_t len;

	forget();
	len = launch_one(80, 1, request, sizeof(request));
	answer(request, len, 7);
	turns_until(1, size < SONDE_PAYLOAD_MIN ? 50 : 1000);
	if (size < SONDE_PAYLOAD_MIN)
		ok(!t.n, "%s %u: without identity another source is a stranger", t.rung, size);
	else
		ok(is_at(0, RESULT_PACKET, RESULT_WRONG_SOURCE, 1),
		   "%s %u: another source is wrong_source", t.rung, size);
	forget();
	request[len - 1] ^= 1;
	answer(request, len, 0);
	turns_until(1, 1000);
	ok(is_at(0, RESULT_PACKET, RESULT_CORRUPT, 1), "%s %u: a changed byte is corrupt", t.rung,
	   size);
	request[len - 1] ^= 1;
	answer(request, len, 0);
	turns_until(2, 1000);
	ok(is_at(1, RESULT_CLOSE, RESULT_OK, 1), "%s %u: the true answer still counts", t.rung,
	   size);
	answer(request, len, 0);
	turns_until(3, 1000);
	ok(is_at(2, RESULT_PACKET, RESULT_DUPLICATE, 1), "%s %u: a second one is a duplicate",
	   t.rung, size);
	ok(result_attempts(&t.sums) == 1, "%s %u: in all, one attempt", t.rung, size);
}

static void test_lateness(uint32_t size)
{
	uint8_t request[2048], second[2048];
	size_t len;

	forget();
	len = launch_one(80, 2, request, sizeof(request));
	turns_until(1, 2000);
	ok(is_at(0, RESULT_CLOSE, RESULT_LOST, 2) && !t.results[0].rtt_ns &&
		   engine_late_open(t.engine) == 1,
	   "%s %u: silence is lost, its late window is open", t.rung, size);
	answer_error(request, len);
	answer(request, len, 0);
	turns_until(2, 1000);
	ok(t.n == 2 && is_at(1, RESULT_AMEND, RESULT_LATE, 2) &&
		   t.results[1].rtt_ns > 300 * NS_PER_MS,
	   "%s %u: an error then is ignored, an answer behind it is not", t.rung, size);
	forget();
	len = launch_one(80, 3, request, sizeof(request));
	turns_until(1, 2000);
	answer(request, len, 0);
	turns_until(2, 1000);
	ok(is_at(1, RESULT_AMEND, RESULT_LATE, 3) && t.results[1].rtt_ns > 300 * NS_PER_MS &&
		   t.results[1].rtt_ns < NS_PER_SEC && !engine_late_open(t.engine),
	   "%s %u: an answer in the late window amends it to late", t.rung, size);
	ok(t.sums.class[RESULT_LOST] == 0 && t.sums.class[RESULT_LATE] == 1,
	   "%s %u: the sums move with it", t.rung, size);
	/* the answer comes after the timeout, but before the engine looks */
	forget();
	len = launch_one(80, 4, request, sizeof(request));
	usleep(320000);
	answer(request, len, 0);
	turns_until(2, 1000);
	ok(is_at(0, RESULT_CLOSE, RESULT_LOST, 4) && is_at(1, RESULT_AMEND, RESULT_LATE, 4),
	   "%s %u: RTT over the timeout is late, whenever it is read", t.rung, size);
	/* the answer came in time, the engine looks long after the timeout */
	forget();
	len = launch_one(80, 5, request, sizeof(request));
	answer(request, len, 0);
	usleep(350000);
	turns_until(1, 1000);
	if (t.engine->rx != ENGINE_RX_CLOCK)
		ok(is_at(0, RESULT_CLOSE, RESULT_OK, 5),
		   "%s %u: an answer in time is ok, however late it is read", t.rung, size);
	forget();
	len = launch_one(80, 6, request, sizeof(request));
	len = launch_one(80, 7, second, sizeof(second));
	answer(second, len, 0);
	turns_until(1, 1000);
	answer(request, len, 0);
	turns_until(3, 1000);
	ok(is_at(0, RESULT_CLOSE, RESULT_OK, 7) && is_at(1, RESULT_CLOSE, RESULT_OK, 6) &&
		   is_at(2, RESULT_PACKET, RESULT_REORDERED, 6),
	   "%s %u: an overtaken answer is ok and counted as reordered", t.rung, size);
}

static void test_errors(uint32_t size)
{
	static const uint8_t router[16] = { [10] = 0xff, [11] = 0xff, 127, 0, 0, 9 };
	uint8_t request[2048];
	const struct result *r = &t.results[0];
	size_t len;

	for (unsigned i = 0; i < 2; i++) {
		forget();
		len = launch_one(80, 8 + i, request, sizeof(request));
		answer_error(request, i ? 28 : len);
		turns_until(1, 1000);
		ok(is_at(0, RESULT_CLOSE, RESULT_ICMP_ERROR, 8 + i) && r->icmp_type == 3 &&
			   r->icmp_code == 4 && r->mtu == 0x514 && !memcmp(r->from, router, 16),
		   "%s %u: an error that quotes %s closes with type, code, MTU, router", t.rung,
		   size, i ? "8 bytes" : "all");
	}
}

/* Attempts in flight of a deleted flow end in silence, and the next tenant hears nothing of them. */
static void test_delete(uint32_t size)
{
	uint8_t request[2048];
	size_t len;

	forget();
	len = launch_one(80, 10, request, sizeof(request));
	engine_delete(t.engine, 80);
	add_flow(80, "127.0.0.1", size);
	flows_get(t.engine->flows, 80)->generation = 8;
	answer(request, len, 0);
	for (int64_t until = clock_now_ns() + 50 * NS_PER_MS; clock_now_ns() < until;)
		turn();
	ok(!t.n && !engine_in_flight(t.engine), "%s %u: a deleted flow's answer is silent", t.rung,
	   size);
	engine_delete(t.engine, 80);
}

static void test_classes(uint32_t size)
{
	set_ignore(1);
	add_flow(80, "127.0.0.1", size);
	test_odd_packets(size);
	test_lateness(size);
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
	test_classes(56);
	test_classes(17);
	stop();
}

int main(void)
{
	enter_namespace();
	open_responder();
	test_rung(ENGINE_RX_SOCKET);
	test_rung(ENGINE_RX_CLOCK);
	test_rung(ENGINE_RX_TC);
	return tap_done();
}
