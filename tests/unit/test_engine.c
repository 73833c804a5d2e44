// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * test_engine.c - every rung against loopback, in a network namespace of its own: sizes, header
 * fields, what cannot be sent, and every class from a responder played by the test.
 */
#include "probe/engine.c"

#include <linux/icmp.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tap.h"

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

/* ---- driving ---- */

static void on_result(void *arg, const struct result *result)
{
	(void)arg;
	if (t.n < RESULTS_MAX)
		t.results[t.n++] = *result;
	result_sum(&t.sums, result);
}

static void on_address(void *arg, const struct flow_spec *spec, const struct addr *addr)
{
	(void)arg;
	(void)spec;
	(void)addr;
	t.addresses++;
}

static void forget(void)
{
	t.n = 0;
	memset(&t.sums, 0, sizeof(t.sums));
}

static int start(enum engine_rx rx, unsigned slot_bits)
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

static void stop(void)
{
	engine_free(t.engine);
	loop_free(t.loop);
}

static void turn(void)
{
	loop_submit(t.loop);
	loop_turn(t.loop, clock_now_ns() + NS_PER_MS);
	engine_turn(t.engine, loop_now(t.loop));
}

static void settle_all(void)
{
	int64_t until = clock_now_ns() + 5 * NS_PER_SEC;

	while (engine_in_flight(t.engine) && clock_now_ns() < until)
		turn();
}

static struct flow_spec spec_of(uint32_t index, const char *target, uint32_t size)
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

static int add_flow(uint32_t index, const char *target, uint32_t size)
{
	struct flow_spec spec = spec_of(index, target, size);

	return engine_add(t.engine, &spec);
}

static void ping(uint32_t index, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		engine_send(t.engine, index, i, clock_now_ns());
}

/* ---- loopback ---- */

static unsigned stamp_wanted(const char *target, uint32_t size)
{
	size_t header = strchr(target, ':') ? 48 : 28;
	int is_bpf = t.engine->has_bpf;

	if (t.engine->rx == ENGINE_RX_CLOCK)
		return RESULT_STAMP_CLOCK;
	if (is_bpf && size >= SONDE_PAYLOAD_MIN && size <= SONDE_PAYLOAD_MAX &&
	    size + header <= MTU)
		return RESULT_STAMP_TC;
	return RESULT_STAMP_SOCKET;
}

static void test_size(uint32_t index, const char *target, uint32_t size)
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

/* ---- what cannot be sent ---- */

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

/* ---- a responder that the test plays ---- */

static int tap4 = -1, tap6 = -1, out = -1;

static void set_sysctl(const char *path, int value)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%d\n", value) < 0 || fclose(file))
		abort();
}

static void set_ignore(int value)
{
	set_sysctl("/proc/sys/net/ipv4/icmp_echo_ignore_all", value);
}

static void open_responder(void)
{
	struct icmp_filter requests = { .data = ~(1u << ICMP_ECHO) };
	int yes = 1;

	tap4 = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP);
	out = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	tap6 = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	if (tap4 < 0 || out < 0 || tap6 < 0 ||
	    setsockopt(tap4, SOL_RAW, ICMP_FILTER, &requests, sizeof(requests)) ||
	    setsockopt(tap6, SOL_IPV6, IPV6_RECVHOPLIMIT, &yes, sizeof(yes)) ||
	    setsockopt(tap6, SOL_IPV6, IPV6_RECVTCLASS, &yes, sizeof(yes)))
		abort();
}

/* The next request on the wire. Return: bytes. */
static size_t hear_request(uint8_t *packet, size_t room)
{
	struct pollfd ready = { .fd = tap4, .events = POLLIN };
	ssize_t len;

	loop_submit(t.loop);
	poll(&ready, 1, 2000);
	len = recv(tap4, packet, room, 0);
	return len < 0 ? 0 : (size_t)len;
}

static void drop_requests(void)
{
	uint8_t packet[2048];

	while (recv(tap4, packet, sizeof(packet), 0) > 0)
		;
}

static void seal(uint8_t *packet, size_t len)
{
	uint16_t sum;

	memset(packet + 22, 0, 2);
	sum = (uint16_t)~icmp_sum(packet + 20, len - 20);
	memcpy(packet + 22, &sum, 2);
}

static void put_out(uint8_t *packet, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	memcpy(&to.sin_addr, packet + 16, 4);
	seal(packet, len);
	if (sendto(out, packet, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		perror("# sendto");
}

/* Answer a request; @from replaces the last byte of the source when it is not 0. */
static void answer(const uint8_t *request, size_t len, uint8_t from)
{
	uint8_t packet[2048];

	memcpy(packet, request, len);
	memcpy(packet + 12, request + 16, 4);
	memcpy(packet + 16, request + 12, 4);
	if (from)
		packet[15] = from;
	packet[20] = ICMP_ECHOREPLY;
	put_out(packet, len);
}

static void answer_error(const uint8_t *request, size_t quoted)
{
	uint8_t packet[2048] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, IPPROTO_ICMP };
	const uint8_t router[4] = { 127, 0, 0, 9 };

	memcpy(packet + 12, router, 4);
	memcpy(packet + 16, request + 12, 4);
	packet[20] = ICMP_DEST_UNREACH;
	packet[21] = 4;
	packet[26] = 0x05;
	packet[27] = 0x14;
	memcpy(packet + 28, request, quoted);
	put_out(packet, 28 + quoted);
}

static size_t launch_one(uint32_t index, uint32_t attempt, uint8_t *request, size_t room)
{
	drop_requests();
	engine_send(t.engine, index, attempt, clock_now_ns());
	return hear_request(request, room);
}

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

/* ---- the header ---- */

static void test_header4(uint32_t size)
{
	struct flow_spec spec = spec_of(90, "127.0.0.1", size);
	uint8_t request[2048];
	struct iphdr ip;

	spec.icmp.ttl = 9;
	spec.icmp.dscp = 46;
	spec.icmp.dont_fragment = size + 28 <= MTU;
	spec.icmp.fwmark = 5;
	snprintf(spec.icmp.source, sizeof(spec.icmp.source), "127.0.0.3");
	snprintf(spec.icmp.device, sizeof(spec.icmp.device), "lo");
	engine_add(t.engine, &spec);
	forget();
	launch_one(90, 0, request, sizeof(request));
	memcpy(&ip, request, sizeof(ip));
	ok(ip.ttl == 9 && ip.tos == 46 << 2, "%s %u: the receiver sees TTL and DSCP", t.rung, size);
	ok(ntohl(ip.saddr) == 0x7f000003 &&
		   !(ip.frag_off & htons(IP_DF)) == !spec.icmp.dont_fragment,
	   "%s %u: and source and DF", t.rung, size);
	settle_all();
	ok(t.n == 1 && t.results[0].class == RESULT_OK, "%s %u: and answers", t.rung, size);
	engine_delete(t.engine, 90);
	drop_requests();
}

static void test_header6(void)
{
	struct flow_spec spec = spec_of(91, "::1", 56);
	struct pollfd ready = { .fd = tap6, .events = POLLIN };
	int hops = 0, class = 0;
	uint8_t bytes[2048], control[256];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };

	spec.icmp.ttl = 9;
	spec.icmp.dscp = 46;
	engine_add(t.engine, &spec);
	forget();
	while (recv(tap6, bytes, sizeof(bytes), 0) > 0)
		;
	ping(91, 1);
	loop_submit(t.loop);
	for (bytes[0] = 0; bytes[0] != 128 && poll(&ready, 1, 2000) > 0;) {
		message.msg_controllen = sizeof(control);
		if (recvmsg(tap6, &message, 0) < 0)
			break;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
			memcpy(c->cmsg_type == IPV6_HOPLIMIT ? &hops : &class, CMSG_DATA(c),
			       sizeof(int));
	}
	ok(bytes[0] == 128 && hops == 9 && class == 46 << 2,
	   "%s: the receiver sees hop limit and class", t.rung);
	settle_all();
	engine_delete(t.engine, 91);
}

/* ---- full, and the id ---- */

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

	/* the errors of the last rung taught the kernel a path MTU */
	set_sysctl("/proc/sys/net/ipv4/route/flush", 1);
	ok(!err, "%s: the rung is there", rungs[rx]);
	if (err)
		return;
	ok(rx == ENGINE_RX_AUTO || !strcmp(engine_rx_name(t.engine), rungs[rx]), "%s: and says so",
	   rungs[rx]);
	test_sizes();
	test_many();
	test_refusals();
	test_names();
	test_classes(56);
	test_classes(17);
	test_header4(56);
	test_header4(1473);
	test_header6();
	stop();
	test_full(rx);
}

static void enter_namespace(void)
{
	if (geteuid() || unshare(CLONE_NEWNET))
		tap_skip("needs root for a network namespace");
	if (system("ip link set lo mtu 1500 up && ip addr add 127.0.0.3/8 dev lo 2>/dev/null"))
		printf("# 127.0.0.3 is ours anyway\n");
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
