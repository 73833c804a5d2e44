// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_router.c - errors that a real router sends about real probes. */
#include "prober.h"

static pid_t neighbour;

/* What the neighbour is to say about an address. */
struct refusal {
	const char *target;
	const char *what;
	int type, code;
	unsigned payload_bytes;
	unsigned mtu;
	int ttl; /* 0: the default */
};

static const struct refusal refusals[] = {
	{ "198.19.1.1", "prohibited", 3, 13, 56, 0, 0 },
	{ "198.19.2.1", "host unreachable", 3, 1, 56, 0, 0 },
	{ "198.19.3.1", "fragmentation needed", 3, 4, 1400, 1300, 0 },
	{ "198.19.3.1", "TTL exceeded", 11, 0, 56, 0, 1 },
	{ "fd00:19:1::1", "prohibited", 1, 1, 56, 0, 0 },
	{ "fd00:19:2::1", "unreachable", 1, 0, 56, 0, 0 },
	{ "fd00:19:3::1", "packet too big", 2, 0, 1400, 1300, 0 },
	{ "fd00:19:3::1", "hop limit exceeded", 3, 0, 56, 0, 1 },
};

static void make_routes(void)
{
	netns_do("ip route add 198.19.0.0/16 via 198.18.0.2 && "
		 "ip route add fd00:19::/32 via fd00:18::2");
	netns_do("nsenter -t %d -n sh -ec '"
		 "ip route add prohibit 198.19.1.0/24; ip route add unreachable 198.19.2.0/24; "
		 "ip -6 route add prohibit fd00:19:1::/48; "
		 "ip -6 route add unreachable fd00:19:2::/48; "
		 "ip link add vc mtu 1300 type veth peer name vd; ip link set vd up; "
		 "ip link set vc up; ip addr add 198.18.9.1/24 dev vc; "
		 "ip addr add fd00:18:9::1/64 dev vc nodad; "
		 "ip route add 198.19.3.0/24 via 198.18.9.2; "
		 "ip -6 route add fd00:19:3::/48 via fd00:18:9::2'",
		 neighbour);
}

static void set_ttl(int fd, int is_v6, int ttl)
{
	if (is_v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl));
	else
		setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
}

static void test_refusal(struct prober *p, const struct refusal *r, const char *rung)
{
	struct echo e = { .nonce = 1234, .payload_bytes = r->payload_bytes };
	unsigned before = p->events[SONDE_EVENT_ICMP_ERROR];
	const struct sonde_error_record *last = &p->last;
	int fd = prober_socket(&e, r->target), right;
	__u8 router[16] = { [10] = 0xff, [11] = 0xff };

	if (e.is_v6)
		inet_pton(AF_INET6, "fd00:18::2", router);
	else
		inet_pton(AF_INET, "198.18.0.2", router + 12);
	if (r->ttl)
		set_ttl(fd, e.is_v6, r->ttl);
	prober_send(p, fd, &e, 17);
	right = prober_await(p, SONDE_EVENT_ICMP_ERROR, before + 1) == before + 1;
	ok(right && last->record.icmp_type == r->type && last->record.icmp_code == r->code &&
		   last->record.slot == 17 && last->mtu == r->mtu,
	   "%s: %s says %s", rung, r->target, r->what);
	ok(right && (last->record.tx_word & SONDE_STAMP_MASK) > SONDE_MARK_LAST &&
		   !memcmp(last->router, router, 16),
	   "it comes from the router, about a stamped probe");
	close(fd);
}

static void test_rung(enum kern_rx rx, const char *name)
{
	struct prober p;

	if (prober_open(&p, rx, KERN_TC_AUTO) || kern_attach(p.kern, if_nametoindex("va"))) {
		printf("# %s\n", kern_why(p.kern));
		exit(1);
	}
	for (unsigned i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		test_refusal(&p, &refusals[i], name);
	ok(!kern_counter(p.kern, SONDE_COUNT_NO_ROOM) && !kern_counter(p.kern, SONDE_COUNT_REPLY),
	   "%s: and nothing else was reported", name);
	prober_close(&p);
}

int main(void)
{
	netns_enter();
	neighbour = netns_neighbour();
	make_routes();
	test_rung(KERN_RX_TC, "tc");
	test_rung(KERN_RX_XDP, "xdp");
	netns_kill(neighbour);
	return tap_done();
}
