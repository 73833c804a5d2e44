// SPDX-License-Identifier: GPL-2.0 OR MIT
/* link.c - RTM_*LINK, RTM_*ADDR, RTM_NEWNEIGH. */
#include "kern/link.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "kern/netlink.h"

static void put_end(struct netlink_request *r, const struct link_end *end)
{
	netlink_put(r, IFLA_IFNAME, end->name, strlen(end->name) + 1);
	netlink_put(r, IFLA_ADDRESS, end->mac, sizeof(end->mac));
}

int link_add_veth(int fd, const struct link_end *here, const struct link_end *there,
		  int there_netns_fd)
{
	static const char kind[] = "veth";
	struct ifinfomsg body = { .ifi_family = AF_UNSPEC };
	struct netlink_request r;
	size_t info, data, peer;

	netlink_start(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	put_end(&r, here);
	info = netlink_nest(&r, IFLA_LINKINFO);
	netlink_put(&r, IFLA_INFO_KIND, kind, sizeof(kind));
	data = netlink_nest(&r, IFLA_INFO_DATA);
	peer = netlink_nest(&r, VETH_INFO_PEER);
	netlink_append(&r, &body, sizeof(body));
	put_end(&r, there);
	netlink_put(&r, IFLA_NET_NS_FD, &there_netns_fd, sizeof(there_netns_fd));
	netlink_unnest(&r, peer);
	netlink_unnest(&r, data);
	netlink_unnest(&r, info);
	return netlink_ask(fd, &r);
}

int link_delete(int fd, unsigned ifindex)
{
	struct ifinfomsg body = { .ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex };
	struct netlink_request r;

	netlink_start(&r, RTM_DELLINK, 0, &body, sizeof(body));
	return netlink_ask(fd, &r);
}

int link_set_up(int fd, unsigned ifindex)
{
	struct ifinfomsg body = { .ifi_family = AF_UNSPEC,
				  .ifi_index = (int)ifindex,
				  .ifi_flags = IFF_UP,
				  .ifi_change = IFF_UP };
	struct netlink_request r;

	netlink_start(&r, RTM_NEWLINK, 0, &body, sizeof(body));
	return netlink_ask(fd, &r);
}

/* Return: 1 up, 0 down, -errno. Asking makes newer kernels catch up at once. */
static int has_carrier(int fd, const char *name)
{
	struct ethtool_value link = { .cmd = ETHTOOL_GLINK };
	struct ifreq request = { .ifr_data = (void *)&link };

	memcpy(request.ifr_name, name, strnlen(name, IF_NAMESIZE - 1));
	if (ioctl(fd, SIOCETHTOOL, &request))
		return -errno;
	return link.data != 0;
}

int link_wait_carrier(const char *name)
{
	const struct timespec pause = { .tv_nsec = NS_PER_MS };
	int up = 0, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	for (int i = 0; i < 1000; i++) {
		up = has_carrier(fd, name);
		if (up)
			break;
		nanosleep(&pause, NULL);
	}
	close(fd);
	if (up < 0)
		return up;
	return up ? 0 : -ETIMEDOUT;
}

/* The bytes of an address as its family counts them. */
static const void *raw_bytes(const struct addr *addr, size_t *ret_bytes)
{
	*ret_bytes = addr_is_v4(addr) ? 4 : 16;
	return addr->bytes + sizeof(addr->bytes) - *ret_bytes;
}

static int family(const struct addr *addr)
{
	return addr_is_v4(addr) ? AF_INET : AF_INET6;
}

int link_add_address(int fd, unsigned ifindex, const struct addr *addr, unsigned bits)
{
	struct ifaddrmsg body = { .ifa_family = family(addr),
				  .ifa_prefixlen = bits,
				  .ifa_flags = addr_is_v4(addr) ? 0 : IFA_F_NODAD,
				  .ifa_index = ifindex };
	struct netlink_request r;
	size_t bytes;
	const void *raw = raw_bytes(addr, &bytes);

	netlink_start(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_put(&r, IFA_LOCAL, raw, bytes);
	netlink_put(&r, IFA_ADDRESS, raw, bytes);
	return netlink_ask(fd, &r);
}

int link_add_neighbour(int fd, unsigned ifindex, const struct addr *addr, const uint8_t *mac)
{
	struct ndmsg body = { .ndm_family = family(addr),
			      .ndm_ifindex = (int)ifindex,
			      .ndm_state = NUD_PERMANENT };
	struct netlink_request r;
	size_t bytes;
	const void *raw = raw_bytes(addr, &bytes);

	netlink_start(&r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof(body));
	netlink_put(&r, NDA_DST, raw, bytes);
	netlink_put(&r, NDA_LLADDR, mac, 6);
	return netlink_ask(fd, &r);
}

struct each_address {
	void (*fn)(void *arg, uint32_t net_order);
	void *arg;
};

static void take_address(void *arg, const struct nlmsghdr *message)
{
	const struct each_address *each = arg;
	const struct ifaddrmsg *body = NLMSG_DATA(message);
	int left = (int)IFA_PAYLOAD(message);

	if (message->nlmsg_type != RTM_NEWADDR || body->ifa_family != AF_INET)
		return;
	for (const struct rtattr *a = IFA_RTA(body); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		uint32_t address;

		if (a->rta_type != IFA_LOCAL || RTA_PAYLOAD(a) != sizeof(address))
			continue;
		memcpy(&address, RTA_DATA(a), sizeof(address));
		each->fn(each->arg, address);
	}
}

int link_each_address4(int fd, void (*fn)(void *arg, uint32_t net_order), void *arg)
{
	struct ifaddrmsg body = { .ifa_family = AF_INET };
	struct each_address each = { .fn = fn, .arg = arg };
	struct netlink_request r;

	netlink_start(&r, RTM_GETADDR, 0, &body, sizeof(body));
	return netlink_dump(fd, &r, take_address, &each);
}
