// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_route.c - what the kernel says of routes, in a network namespace of the test's own. */
#include "probe/route.c"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>

#include "../tap.h"
#include "base/clock.h"

static struct route *route;

static int ask_for(const char *to, const char *source, unsigned ifindex, struct route_answer *ret)
{
	struct addr target, from;
	struct route_query query = { .to = &target, .ifindex = ifindex };

	addr_parse(to, &target);
	if (source) {
		addr_parse(source, &from);
		query.source = &from;
	}
	*ret = (struct route_answer){ 0 };
	return route_lookup(route, &query, ret);
}

static void run(const char *command)
{
	if (system(command))
		printf("# failed: %s\n", command);
}

static void test_loopback(void)
{
	struct route_answer a;
	unsigned lo = if_nametoindex("lo");

	ok(!ask_for("127.0.0.1", NULL, 0, &a) && a.ifindex == lo && a.mtu == 1500,
	   "127.0.0.1 leaves by lo, with its MTU");
	ok(!ask_for("::1", NULL, 0, &a) && a.ifindex == lo, "so does ::1");
	ok(!ask_for("198.18.1.1", NULL, 0, &a) && a.ifindex == lo, "so does any address of ours");
	ok(!ask_for("127.0.0.1", "127.0.0.3", lo, &a) && a.ifindex == lo, "by source and device");
	ok(ask_for("198.18.9.9", NULL, 0, &a) == -ENETUNREACH, "no route is ENETUNREACH");
	ok(ask_for("fd00:77::1", NULL, 0, &a) == -ENETUNREACH, "for IPv6 too");
}

static void test_wire(void)
{
	struct route_answer a;
	unsigned wire = if_nametoindex("w0");

	ok(!ask_for("198.18.1.2", NULL, 0, &a) && a.ifindex == wire && a.mtu == 1400,
	   "a neighbour leaves by its device");
	ok(!ask_for("198.18.2.2", NULL, 0, &a) && a.ifindex == wire && a.mtu == 1300,
	   "a route's own MTU counts when it is less");
	ok(!ask_for("fe80::1%w0", NULL, 0, &a) && a.ifindex == wire, "a zone chooses the device");
	ok(ask_for("198.18.3.1", NULL, 0, &a) == -EHOSTUNREACH, "unreachable is EHOSTUNREACH");
	ok(ask_for("198.18.4.1", NULL, 0, &a) == -EINVAL, "a blackhole is EINVAL");
	ok(ask_for("198.18.5.1", NULL, 0, &a) == -EACCES, "prohibited is EACCES");
	ok(ask_for("198.18.1.2", "198.18.99.99", 0, &a) < 0,
	   "a source that is not ours is refused");
	run("ip link del w0");
	ok(ask_for("198.18.1.2", NULL, 0, &a) == -ENETUNREACH, "the route went with the device");
	ok(route_mtu(route, wire) == -ENODEV && route_ifindex(route, "w0") == -ENODEV,
	   "a device that is gone is ENODEV");
}

/* Send one echo request. Return: the device it left by, 0 when it did not. */
static unsigned leaves_by(int raw, int tap, const struct addr *to)
{
	static const uint8_t request[8] = { 128 };
	struct sockaddr_storage target;
	socklen_t len = addr_to_sockaddr(to, 0, &target);
	struct sockaddr_ll at;
	socklen_t at_len = sizeof(at);
	struct pollfd seen = { .fd = tap, .events = POLLIN };
	uint8_t packet[64];

	if (sendto(raw, request, sizeof(request), 0, (struct sockaddr *)&target, len) < 0)
		return 0;
	while (poll(&seen, 1, 100) > 0 &&
	       recvfrom(tap, packet, sizeof(packet), 0, (struct sockaddr *)&at, &at_len) > 0)
		if (at.sll_pkttype == PACKET_OUTGOING && !memcmp(packet + 24, to->bytes, 16))
			return (unsigned)at.sll_ifindex;
	return 0;
}

/* Two ways of equal cost: the one that echo requests take, not that of some other protocol. */
static void test_paths(void)
{
	int raw = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	int tap = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));
	int64_t until = clock_now_ns() + 5 * NS_PER_SEC;
	unsigned right = 0, by, devices[2] = { 0 };
	struct route_answer answer;
	struct addr addr;
	char text[40];

	addr_parse("fd00:9::99", &addr);
	while (!leaves_by(raw, tap, &addr) && clock_now_ns() < until)
		;
	for (unsigned i = 0; i < 32; i++) {
		snprintf(text, sizeof(text), "fd00:9::%x", i + 1);
		addr_parse(text, &addr);
		by = leaves_by(raw, tap, &addr);
		right += by && !ask_for(text, NULL, 0, &answer) && answer.ifindex == by;
		devices[by == if_nametoindex("w0")]++;
	}
	ok(right == 32 && devices[0] && devices[1],
	   "of two equal paths the one echoes take (%u right, %u and %u)", right, devices[0],
	   devices[1]);
	close(raw);
	close(tap);
}

int main(void)
{
	if (geteuid() || unshare(CLONE_NEWNET))
		tap_skip("needs root for a network namespace");
	run("ip link set lo mtu 1500 up && ip link add w0 mtu 1400 type veth peer name w1 &&"
	    " ip addr add 198.18.1.1/24 dev w0 && ip link set w1 up && ip link set w0 up");
	run("ip route add 198.18.2.0/24 dev w0 mtu 1300; ip route add unreachable 198.18.3.0/24;"
	    " ip route add blackhole 198.18.4.0/24; ip route add prohibit 198.18.5.0/24");
	run("ip link add x0 type veth peer name x1 && ip link set x1 up && ip link set x0 up");
	for (const char *c = "wx"; *c; c++) {
		char command[200];

		snprintf(command, sizeof(command),
			 "ip addr add fd00:%x::1/64 dev %c0 nodad; ip neigh add fd00:%x::2 lladdr "
			 "02:00:00:00:00:02 dev %c0 nud permanent",
			 *c - 'a', *c, *c - 'a', *c);
		run(command);
	}
	run("ip -6 route add fd00:9::/64 nexthop via fd00:16::2 nexthop via fd00:17::2");
	if (route_open(&route))
		return 1;
	test_loopback();
	test_paths();
	test_wire();
	ok(route_ifindex(route, "a-name-that-is-far-too-long") == -ENODEV,
	   "a long name is no device");
	route_close(route);
	route_close(NULL);
	return tap_done();
}
