// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_flow_path.c - header fields as the receiver sees them, loopback and veth, and what cannot be attached. */
#include "kern/kern.h"

int counted_attach(struct kern *kern, unsigned ifindex);

#define kern_attach counted_attach
#include "probe/flow_path.c"
#undef kern_attach

#include <sys/wait.h>

#include "echo_responder.h"

static unsigned attaches;

int counted_attach(struct kern *kern, unsigned ifindex)
{
	attaches++;
	return kern_attach(kern, ifindex);
}

static void test_header4(uint32_t size)
{
	struct flow_spec spec = spec_of(90, "127.0.0.1", size);
	struct request request;
	struct iphdr ip;

	spec.icmp.ttl = 9;
	spec.icmp.dscp = 46;
	spec.icmp.dont_fragment = size + 28 <= MTU;
	spec.icmp.fwmark = 5;
	snprintf(spec.icmp.source, sizeof(spec.icmp.source), "127.0.0.3");
	snprintf(spec.icmp.device, sizeof(spec.icmp.device), "lo");
	engine_add(t.engine, &spec);
	forget();
	launch_one(90, 0, &request);
	memcpy(&ip, request.at, sizeof(ip));
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

static struct {
	pid_t pid;
	int to, from; /* pipes */
} peer;

static void run(const char *command)
{
	if (system(command))
		printf("# failed: %s\n", command);
}

/* The child lives in a namespace of its own until its pipe closes. */
static void be_peer(int in, int reply)
{
	char byte = 0;

	if (unshare(CLONE_NEWNET) || write(reply, &byte, 1) != 1 || read(in, &byte, 1) != 1)
		_exit(1);
	run("ip link set lo up && ip addr add 198.18.7.2/24 dev v1 &&"
	    " ip addr add fd00:7::2/64 dev v1 nodad && ip link set v1 up");
	if (write(reply, &byte, 1) == 1 && read(in, &byte, 1) == 1)
		_exit(1);
	_exit(0);
}

static void peer_open(void)
{
	int in[2], reply[2];
	char command[160], byte = 0;

	fflush(stdout);
	if (pipe(in) || pipe(reply))
		abort();
	peer.pid = fork();
	if (!peer.pid) {
		close(in[1]);
		close(reply[0]);
		be_peer(in[0], reply[1]);
	}
	close(in[0]);
	close(reply[1]);
	peer.to = in[1];
	peer.from = reply[0];
	if (read(peer.from, &byte, 1) != 1)
		abort();
	snprintf(command, sizeof(command), "ip link add v0 type veth peer name v1 netns %d",
		 (int)peer.pid);
	run(command);
	run("ip addr add 198.18.7.1/24 dev v0 && ip addr add fd00:7::1/64 dev v0 nodad &&"
	    " ip link set v0 up");
	if (write(peer.to, &byte, 1) != 1 || read(peer.from, &byte, 1) != 1)
		abort();
}

static void peer_close(void)
{
	close(peer.to);
	close(peer.from);
	waitpid(peer.pid, NULL, 0);
}

/* A new link and its neighbours take a second to come up. */
static void await_link(void)
{
	int64_t until = clock_now_ns() + 10 * NS_PER_SEC;

	if (start(ENGINE_RX_SOCKET, 16))
		return;
	add_flow(1, "198.18.7.2", 56);
	add_flow(2, "fd00:7::2", 56);
	do {
		forget();
		ping(1, 1);
		ping(2, 1);
		settle_all();
	} while (t.sums.class[RESULT_OK] < 2 && clock_now_ns() < until);
	stop();
}

/* clsact without a guardian is refused by kern: whoever forced it learns that, all others measure
 * on the next rung. */
static void test_no_attach(enum engine_rx rx, unsigned class, unsigned stamp)
{
	struct engine_options options = { .rx = rx,
					  .tc = KERN_TC_CLSACT,
					  .slot_bits = 10,
					  .guard_fd = -1,
					  .on_result = on_result };
	char why[256];

	t.rung = rungs[rx];
	forget();
	if (loop_new(&t.loop) || engine_new(&t.engine, t.loop, &options, why, sizeof(why)))
		abort();
	if (class == RESULT_OK)
		await_stamps("127.0.0.1");
	forget();
	add_flow(1, "127.0.0.1", 56);
	ping(1, 1);
	settle_all();
	ok(t.n == 1 && t.results[0].class == class && t.results[0].stamp == stamp,
	   "%s: where nothing can be attached, %s by %s (%s)", t.rung,
	   result_class_name(t.results[0].class), result_stamp_name(t.results[0].stamp),
	   strerror(t.results[0].error));
	stop();
}

static void test_veth(enum engine_rx rx)
{
	static const uint32_t sizes[] = { 17, 18, 56, 1452, 1472, 1473, 9000 };
	int err = start(rx, 16);

	ok(!err, "%s: the rung is there", rungs[rx]);
	if (err)
		return;
	await_stamps("198.18.7.2");
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		test_size(10 + i, "198.18.7.2", sizes[i]);
		test_size(30 + i, "fd00:7::2", sizes[i]);
	}
	if (rx == ENGINE_RX_XDP) {
		forget();
		add_flow(1, "127.0.0.1", 56);
		ping(1, 1);
		settle_all();
		ok(t.n == 1 && t.results[0].class == RESULT_OK &&
			   t.results[0].stamp == RESULT_STAMP_TC,
		   "xdp: loopback has none, and its results say so");
	}
	stop();
}

static unsigned once(uint32_t index)
{
	forget();
	ping(index, 1);
	settle_all();
	return t.n == 1 ? t.results[0].class : RESULT_CLASS_MAX;
}

/* A packet that does not fit and must stay whole fails when it is submitted, not when it is queued. */
static void test_too_big(const char *target)
{
	struct flow_spec spec = spec_of(3, target, 2000);

	spec.icmp.dont_fragment = 1;
	engine_add(t.engine, &spec);
	forget();
	ping(3, 2);
	ok(!t.n && engine_in_flight(t.engine) == 2, "%s: two are on their way to %s", t.rung,
	   target);
	settle_all();
	ok(t.n == 2 && t.sums.class[RESULT_SEND_ERROR] == 2 && t.results[1].error == EMSGSIZE,
	   "%s: and come back as send_error (%s)", t.rung, strerror(t.results[0].error));
	engine_delete(t.engine, 3);
}

static void test_changes(enum engine_rx rx)
{
	struct flow_spec spec = spec_of(4, "198.18.7.2", 56);

	if (start(rx, 16))
		return;
	test_too_big("198.18.7.2");
	test_too_big("fd00:7::2");
	add_flow(1, "198.18.7.2", 1200);
	ok(once(1) == RESULT_OK && t.results[0].stamp == RESULT_STAMP_TC, "%s: 1,200 bytes by TC",
	   t.rung);
	run("ip route replace 198.18.7.0/24 dev v0 mtu 1000");
	turn();
	flow_path_check(t.engine, clock_now_ns() + CHECK_PERIOD_NS);
	ok(once(1) == RESULT_OK && t.results[0].stamp != RESULT_STAMP_TC,
	   "%s: over the route's new MTU by the socket path", t.rung);
	add_flow(2, "198.18.77.1", 56);
	ok(once(2) == RESULT_SEND_ERROR, "%s: no route", t.rung);
	run("ip addr add 198.18.77.1/32 dev lo");
	ok(once(2) == RESULT_OK, "%s: the next attempt sees the new one", t.rung);
	snprintf(spec.icmp.device, sizeof(spec.icmp.device), "v0");
	engine_add(t.engine, &spec);
	ok(once(4) == RESULT_OK, "%s: by the device v0", t.rung);
	peer_close();
	run("ip link del v0 2>/dev/null || true");
	once(4);
	ok(t.n == 1 && t.results[0].class == RESULT_SEND_ERROR && t.results[0].error,
	   "%s: nothing leaves by it when it is gone (%s)", t.rung, strerror(t.results[0].error));
	peer_open();
	for (int64_t until = clock_now_ns() + 5 * NS_PER_SEC; clock_now_ns() < until;)
		if (once(4) == RESULT_OK)
			break;
	ok(t.n == 1 && t.results[0].class == RESULT_OK && t.results[0].stamp == RESULT_STAMP_TC,
	   "%s: when there is another v0, it is stamped there", t.rung);
	stop();
}

/* Attaching may take long and reset a device: it is not tried for every packet, least of all where
 * it is refused. */
static void test_rare_attach(void)
{
	struct engine_options options = { .rx = ENGINE_RX_TC,
					  .tc = KERN_TC_CLSACT,
					  .slot_bits = 10,
					  .guard_fd = -1,
					  .on_result = on_result };
	char why[256];

	if (loop_new(&t.loop) || engine_new(&t.engine, t.loop, &options, why, sizeof(why)))
		abort();
	attaches = 0;
	forget();
	add_flow(1, "127.0.0.1", 56);
	add_flow(2, "198.18.7.2", 56);
	for (unsigned i = 0; i < 20; i++)
		ping(1 + i % 2, 1);
	ok(t.sums.class[RESULT_SEND_ERROR] == 20 && attaches < 10,
	   "two devices that refuse us are not asked for each of 20 packets (%u)", attaches);
	stop();
}

/* A second link, by which the peer answers what comes from 198.18.8.1. */
static void open_detour(void)
{
	char command[256];

	snprintf(command, sizeof(command), "ip link add v2 type veth peer name v3 netns %d",
		 (int)peer.pid);
	run(command);
	run("ip link set v2 up && ip addr add 198.18.8.1/32 dev lo");
	snprintf(command, sizeof(command),
		 "nsenter -t %d -n sh -c 'ip link set v3 up && ip route add 198.18.8.1 dev v3'",
		 (int)peer.pid);
	run(command);
}

/* The reply comes back by a device that no route of ours uses. */
static void test_asymmetry(enum engine_rx rx)
{
	struct flow_spec spec = spec_of(6, "198.18.7.2", 56);

	if (start(rx, 16))
		return;
	snprintf(spec.icmp.source, sizeof(spec.icmp.source), "198.18.8.1");
	engine_add(t.engine, &spec);
	for (int64_t until = clock_now_ns() + 5 * NS_PER_SEC; clock_now_ns() < until;)
		if (once(6) == RESULT_OK && t.results[0].stamp == RESULT_STAMP_SOCKET)
			break;
	ok(t.n == 1 && t.results[0].class == RESULT_OK &&
		   t.results[0].stamp == RESULT_STAMP_SOCKET && t.results[0].rtt_ns > 100 &&
		   t.results[0].rtt_ns < 100 * NS_PER_MS,
	   "%s: a reply by another device counts, stamped by the socket (%ld ns)", t.rung,
	   (long)t.results[0].rtt_ns);
	forget();
	ping(6, 20);
	settle_all();
	ok(t.n == 20 && t.sums.class[RESULT_OK] == 20, "%s: 20 of 20 do, none twice", t.rung);
	stop();
}

static void test_headers(enum engine_rx rx)
{
	if (start(rx, 16))
		return;
	test_header4(56);
	test_header4(1473);
	test_header6();
	stop();
}

int main(void)
{
	enter_namespace();
	open_responder();
	test_headers(ENGINE_RX_SOCKET);
	test_headers(ENGINE_RX_CLOCK);
	test_headers(ENGINE_RX_TC);
	test_no_attach(ENGINE_RX_TC, RESULT_SEND_ERROR, RESULT_STAMP_NONE);
	test_no_attach(ENGINE_RX_AUTO, RESULT_OK, RESULT_STAMP_SOCKET);
	peer_open();
	await_link();
	test_veth(ENGINE_RX_XDP);
	test_veth(ENGINE_RX_TC);
	test_veth(ENGINE_RX_AUTO);
	test_veth(ENGINE_RX_SOCKET);
	test_rare_attach();
	open_detour();
	test_asymmetry(ENGINE_RX_TC);
	test_asymmetry(ENGINE_RX_XDP);
	test_changes(ENGINE_RX_TC);
	peer_close();
	return tap_done();
}
