// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_engine.c - every rung on loopback: sizes, what cannot be sent, names, no room. */
#include "probe/engine.c"

#include "echo_responder.h"

static void test_sizes(void)
{
	static const uint32_t sizes[] = { 0, 1, 17, 18, 56, 1472, 1473, 9000, 65507 };
	unsigned n = sizeof(sizes) / sizeof(sizes[0]);

	for (unsigned i = 0; i < n; i++) {
		test_size(10 + i, "127.0.0.1", sizes[i]);
		test_size(30 + i, "::1", sizes[i]);
	}
	ok(t.addresses == 2 * n, "%s: every address was told", t.rung);
}

/* A run of many, several submissions long: nothing lost, nothing twice. */
static void test_many(void)
{
	unsigned submitted = 0;

	add_flow(60, "127.0.0.1", 56);
	forget();
	for (unsigned i = 0; i < 3000; i++) {
		engine_send(t.engine, 60, i, clock_now_ns());
		if (i % 100 == 99)
			turn();
		submitted++;
	}
	settle_all();
	ok(t.sums.class[RESULT_OK] == submitted && result_attempts(&t.sums) == submitted,
	   "%s: 3,000 of 3,000 answered", t.rung);
	ok(!t.sums.packet[RESULT_DUPLICATE] && !t.sums.packet[RESULT_REORDERED],
	   "%s: none twice, none out of order", t.rung);
	engine_delete(t.engine, 60);
}

static int is_only(unsigned class, unsigned error)
{
	return t.n == 1 && t.results[0].kind == RESULT_CLOSE && t.results[0].class == class &&
	       t.results[0].error == error && !t.results[0].rtt_ns;
}

static void test_refusal(uint32_t index, const char *target, unsigned class, unsigned error)
{
	forget();
	ok(!add_flow(index, target, 56), "%s: %s is accepted", t.rung, target);
	ping(index, 1);
	settle_all();
	ok(is_only(class, error), "%s: and closes as %s (%s)", t.rung, result_class_name(class),
	   error ? strerror((int)error) : "no error");
	engine_delete(t.engine, index);
}

static void test_refusals(void)
{
	struct flow_spec spec = spec_of(5, "127.0.0.1", 56);

	test_refusal(1, "198.18.77.1", RESULT_SEND_ERROR, ENETUNREACH);
	test_refusal(1, "fd00:77::1", RESULT_SEND_ERROR, ENETUNREACH);
	test_refusal(2, "224.0.0.1", RESULT_BLOCKED, 0);
	test_refusal(2, "255.255.255.255", RESULT_BLOCKED, 0);
	test_refusal(2, "0.0.0.0", RESULT_BLOCKED, 0);
	test_refusal(2, "ff02::1", RESULT_BLOCKED, 0);
	spec.icmp.size = CHECK_SIZE_MAX + 1;
	ok(engine_add(t.engine, &spec) == -EINVAL, "%s: too large a payload is refused", t.rung);
	spec = spec_of(5, "127.0.0.1", 56);
	spec.icmp.family = CHECK_FAMILY_6;
	ok(engine_add(t.engine, &spec) == -EINVAL, "%s: IPv4 where IPv6 is asked for", t.rung);
	spec = spec_of(5, "127.0.0.1", 56);
	snprintf(spec.icmp.device, sizeof(spec.icmp.device), "nosuch0");
	forget();
	ok(!engine_add(t.engine, &spec), "%s: a device that is not there yet is accepted", t.rung);
	ok(engine_add(t.engine, &spec) == -EEXIST, "%s: an index has one tenant", t.rung);
	ping(5, 1);
	ok(is_only(RESULT_SEND_ERROR, ENODEV), "%s: nothing leaves by it", t.rung);
	engine_delete(t.engine, 5);
	spec = spec_of(5, "127.0.0.1", 56);
	snprintf(spec.icmp.source, sizeof(spec.icmp.source), "198.18.9.9");
	forget();
	engine_add(t.engine, &spec);
	ping(5, 1);
	ok(t.n == 1 && t.results[0].class == RESULT_SEND_ERROR,
	   "%s: nothing leaves from an address that is not ours (%s)", t.rung,
	   strerror(t.results[0].error));
	engine_delete(t.engine, 5);
	forget();
	engine_skip(t.engine, 10, 99, clock_now_ns());
	ok(is_only(RESULT_NOT_SENT, 0) && t.results[0].attempt == 99, "%s: skipped is not_sent",
	   t.rung);
}

static void test_names(void)
{
	int64_t until = clock_now_ns() + 10 * NS_PER_SEC;

	forget();
	t.addresses = 0;
	add_flow(70, "localhost", 56);
	ping(70, 1);
	ok(is_only(RESULT_NOT_SENT, 0), "%s: a name not yet resolved is not_sent", t.rung);
	while (!t.addresses && clock_now_ns() < until)
		turn();
	forget();
	ping(70, 1);
	settle_all();
	ok(t.n == 1 && t.results[0].class == RESULT_OK, "%s: localhost resolves and answers",
	   t.rung);
	add_flow(71, "nosuch.example", 56);
	do {
		forget();
		turn();
		ping(71, 1);
	} while (t.results[0].class == RESULT_NOT_SENT && clock_now_ns() < until);
	ok(t.n == 1 && t.results[0].class == RESULT_RESOLVE_ERROR && t.results[0].error,
	   "%s: a dead resolver is resolve_error (%s)", t.rung, strerror(t.results[0].error));
	engine_delete(t.engine, 70);
	engine_delete(t.engine, 71);
}

static void test_full(enum engine_rx rx)
{
	uint16_t id;

	if (start(rx, 10))
		return;
	set_ignore(1);
	add_flow(1, "127.0.0.1", 56);
	id = flows_get(t.engine->flows, 1)->icmp.id;
	ping(1, 1100);
	ok(t.n == 76 && t.sums.class[RESULT_NOT_SENT] == 76 && engine_in_flight(t.engine) == 1024,
	   "%s: 1,024 slots take 1,024 of 1,100, the rest is not_sent", t.rung);
	settle_all();
	ok(t.sums.class[RESULT_LOST] == 1024 && result_attempts(&t.sums) == 1100,
	   "%s: and every one of them closes", t.rung);
	ok(flows_get(t.engine->flows, 1)->icmp.id != id, "%s: after such losses the id is another",
	   t.rung);
	set_ignore(0);
	stop();
	drop_requests();
}

static void test_rung(enum engine_rx rx)
{
	int err = start(rx, 16);

	ok(!err, "%s: the rung is there", rungs[rx]);
	if (err)
		return;
	ok(rx == ENGINE_RX_AUTO || !strcmp(engine_rx_name(t.engine), rungs[rx]), "%s: and says so",
	   rungs[rx]);
	if (rx != ENGINE_RX_CLOCK)
		await_stamps("127.0.0.1");
	t.addresses = 0;
	test_sizes();
	test_many();
	test_refusals();
	test_names();
	stop();
	test_full(rx);
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
