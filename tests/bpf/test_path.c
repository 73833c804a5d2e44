// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_path.c - real probes over veth and loopback, on every rung, beside the system's ping. */
#include "kern/responder.h"
#include "prober.h"

#define PROBES 300

static const struct {
	enum kern_rx rx;
	enum kern_tc tc;
	const char *name;
} rungs[] = {
	{ KERN_RX_TC, KERN_TC_TCX, "tc, tcx" },   { KERN_RX_TC, KERN_TC_CLSACT, "tc, clsact" },
	{ KERN_RX_XDP, KERN_TC_TCX, "xdp, tcx" }, { KERN_RX_XDP, KERN_TC_CLSACT, "xdp, clsact" },
	{ KERN_RX_AUTO, KERN_TC_AUTO, "auto" },
};

static void ping(const char *target)
{
	netns_do("ping -q -c 5 -i 0.01 -W 1 %s | grep -q ' 0%% packet loss'", target);
}

static void probe(unsigned rung, const char *interface, const char *target)
{
	unsigned ifindex = if_nametoindex(interface);
	int is_lo = !strcmp(interface, "lo"), fd, sent = 0;
	struct echo e = { .nonce = 77, .id = 0x4711, .payload_bytes = 56 };
	struct prober p;

	if (prober_open(&p, rungs[rung].rx, rungs[rung].tc) ||
	    !ok(!kern_attach(p.kern, ifindex), "%s on %s: attached", rungs[rung].name, interface)) {
		printf("# %s\n", kern_why(p.kern));
		exit(1);
	}
	ok(kern_stamp_of(p.kern, ifindex) == (rungs[rung].rx == KERN_RX_XDP && !is_lo ? 4 : 3),
	   "and says what it got");
	fd = prober_socket(&e, target);
	for (unsigned i = 0; i < PROBES; i++) {
		e.payload_bytes = SONDE_PAYLOAD_MIN + i;
		sent += !prober_send(&p, fd, &e, i);
	}
	ping(target);
	ok(sent == PROBES && prober_await(&p, SONDE_EVENT_REPLY, PROBES) == PROBES,
	   "%s: %d probes to %s are answered", rungs[rung].name, PROBES, target);
	ok(!p.unstamped && p.rtt_max_ns && p.rtt_max_ns < 1000000000,
	   "each with a stamp at both ends");
	ok(kern_counter(p.kern, SONDE_COUNT_STAMPED) == PROBES &&
		   kern_counter(p.kern, SONDE_COUNT_REPLY) == PROBES &&
		   kern_counter(p.kern, SONDE_COUNT_FOREIGN_ECHO) >= 5,
	   "the counters agree, and ping's replies passed");
	close(fd);
	prober_close(&p);
}

/* What the kernel path consumed never reaches a socket, what it passes does. */
static void test_verdict(const char *target, int verdict_pass)
{
	struct kern_options options = {
		.rx = KERN_RX_TC, .slot_bits = 12, .guard_fd = -1, .verdict_pass = verdict_pass
	};
	struct echo e = { .nonce = 78, .payload_bytes = 56 };
	struct prober p = { .guard_fd = -1 };
	char why[256], byte;
	int fd, got;

	ok(!kern_new(&p.kern, &options, why, sizeof(why)) &&
		   !kern_attach(p.kern, if_nametoindex("va")),
	   "verdict_pass %d: attached", verdict_pass);
	fd = prober_socket(&e, target);
	prober_send(&p, fd, &e, 1);
	prober_await(&p, SONDE_EVENT_REPLY, 1);
	got = recv(fd, &byte, 1, MSG_DONTWAIT) == 1;
	ok(p.events[SONDE_EVENT_REPLY] == 1 && got == verdict_pass,
	   "the reply is reported, and %s a socket", got ? "reaches" : "does not reach");
	close(fd);
	kern_free(p.kern);
}

int main(void)
{
	pid_t neighbour;
	struct responder *responder;
	char text4[ADDR_TEXT_MAX], text6[ADDR_TEXT_MAX];

	netns_enter();
	neighbour = netns_neighbour();
	if (!ok(!responder_new(&responder), "the responder starts"))
		return 1;
	addr_format(responder_address4(responder), text4);
	addr_format(responder_address6(responder), text6);
	for (unsigned rung = 0; rung < sizeof(rungs) / sizeof(rungs[0]); rung++) {
		probe(rung, "va", "198.18.0.2");
		probe(rung, "va", "fd00:18::2");
		probe(rung, "lo", "127.0.0.1");
		probe(rung, "lo", "::1");
		probe(rung, "sonde0", text4);
		probe(rung, "sonde0", text6);
	}
	test_verdict("198.18.0.2", 0);
	test_verdict("198.18.0.2", 1);
	responder_free(responder);
	ok(!if_nametoindex("sonde0"), "the responder's interface is gone");
	netns_kill(neighbour);
	return tap_done();
}
