// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_netlink.c - requests as they are built, and the kernel's answers. */
#include "kern/netlink.c"

#include <linux/rtnetlink.h>

#include "../tap.h"

static void test_building(void)
{
	struct rtgenmsg body = { .rtgen_family = 7 };
	struct netlink_request r;
	size_t outer, inner;
	const struct nlattr *a;

	netlink_start(&r, RTM_GETLINK, NLM_F_EXCL, &body, sizeof(body));
	ok(header(&r)->nlmsg_len == NLMSG_HDRLEN + 1 && r.bytes[NLMSG_HDRLEN] == 7 &&
		   header(&r)->nlmsg_flags == (NLM_F_REQUEST | NLM_F_EXCL),
	   "the fixed part is there");
	outer = netlink_nest(&r, 1);
	inner = netlink_nest(&r, 2);
	netlink_put(&r, 3, "abcde", 5);
	netlink_unnest(&r, inner);
	netlink_put(&r, 4, "f", 1);
	netlink_unnest(&r, outer);
	a = (const void *)(r.bytes + outer);
	ok(outer == NLMSG_HDRLEN + 4 && a->nla_type == 1 && a->nla_len == 4 + 4 + 12 + 5,
	   "a nest spans what was put in it, from an aligned start");
	a = (const void *)(r.bytes + inner);
	ok(a->nla_type == 2 && a->nla_len == 4 + 9, "and so does one inside it");
}

static void test_full(void)
{
	static const char data[300];
	struct rtgenmsg body = { 0 };
	struct netlink_request r;
	size_t nest;
	int fd = netlink_open();

	netlink_start(&r, RTM_GETLINK, 0, &body, sizeof(body));
	for (int i = 0; i < 4; i++)
		netlink_put(&r, 1, data, sizeof(data));
	nest = netlink_nest(&r, 2);
	netlink_put(&r, 3, data, sizeof(data));
	netlink_unnest(&r, nest);
	ok(r.is_full && header(&r)->nlmsg_len <= NETLINK_BYTES, "too much is not written");
	ok(netlink_ask(fd, &r) == -EMSGSIZE, "and not sent");
	close(fd);
}

static void count(void *arg, const struct nlmsghdr *message)
{
	*(int *)arg += message->nlmsg_type == RTM_NEWLINK;
}

static void test_kernel(void)
{
	struct ifinfomsg body = { 0 };
	struct netlink_request r;
	int links = 0, fd = netlink_open();

	netlink_start(&r, RTM_GETLINK, 0, &body, sizeof(body));
	ok(!netlink_dump(fd, &r, count, &links) && links >= 1, "a dump lists the interfaces");
	body.ifi_index = 0x7ffffffe;
	netlink_start(&r, RTM_GETLINK, 0, &body, sizeof(body));
	ok(netlink_ask(fd, &r) == -ENODEV, "an error comes back as one");
	links = 0;
	netlink_start(&r, RTM_GETLINK, 0, &body, sizeof(body));
	ok(!netlink_dump(fd, &r, count, &links) && links >= 1, "the socket goes on working");
	close(fd);
	ok(netlink_ask(fd, &r) == -EBADF, "a closed one does not");
}

int main(void)
{
	test_building();
	test_full();
	test_kernel();
	return tap_done();
}
