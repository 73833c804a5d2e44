// SPDX-License-Identifier: GPL-2.0 OR MIT
/* route.c - the contract is in route.h. */
#include "probe/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct route {
	int netlink, ioctl; /* the latter any socket, for device questions */
	uint32_t sequence;
};

/* A question with room for its attributes. */
struct question {
	struct nlmsghdr header;
	struct rtmsg route;
	uint8_t attributes[128];
};

int route_open(struct route **ret)
{
	struct route *route = malloc(sizeof(*route));
	int err;

	if (!route)
		return -ENOMEM;
	*route = (struct route){ .netlink = -1, .ioctl = -1 };
	route->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	route->ioctl = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (route->netlink < 0 || route->ioctl < 0) {
		err = -errno;
		route_close(route);
		return err;
	}
	*ret = route;
	return 0;
}

void route_close(struct route *route)
{
	if (!route)
		return;
	if (route->netlink >= 0)
		close(route->netlink);
	if (route->ioctl >= 0)
		close(route->ioctl);
	free(route);
}

static void put(struct question *q, unsigned short type, const void *value, size_t len)
{
	struct rtattr *at = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->header.nlmsg_len));

	at->rta_type = type;
	at->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(at), value, len);
	q->header.nlmsg_len = NLMSG_ALIGN(q->header.nlmsg_len) + RTA_ALIGN(at->rta_len);
}

/* Addresses lie in the last bytes: of IPv4 the last four. */
static void put_addr(struct question *q, unsigned short type, const struct addr *addr, size_t len)
{
	put(q, type, addr->bytes + sizeof(addr->bytes) - len, len);
}

static void ask(struct question *q, const struct route_query *query, uint32_t sequence)
{
	size_t len = addr_is_v4(query->to) ? 4 : 16;
	uint32_t oif = query->ifindex ? query->ifindex : query->to->scope;
	const uint8_t icmp6 = IPPROTO_ICMPV6;

	*q = (struct question){
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(q->route)),
			    .nlmsg_type = RTM_GETROUTE,
			    .nlmsg_flags = NLM_F_REQUEST,
			    .nlmsg_seq = sequence },
		.route = { .rtm_family = len == 4 ? AF_INET : AF_INET6,
			   .rtm_dst_len = (unsigned char)(len * 8) },
	};
	put_addr(q, RTA_DST, query->to, len);
	if (query->source) {
		put_addr(q, RTA_SRC, query->source, len);
		q->route.rtm_src_len = (unsigned char)(len * 8);
	}
	/* Rules may name it, and IPv6 chooses among paths of equal cost by it. Not for IPv4: a packet with
	 * its own header has none while it is routed. */
	if (len == 16)
		put(q, RTA_IP_PROTO, &icmp6, sizeof(icmp6));
	if (oif)
		put(q, RTA_OIF, &oif, sizeof(oif));
	if (query->mark)
		put(q, RTA_MARK, &query->mark, sizeof(query->mark));
}

static unsigned metric_mtu(const struct rtattr *metrics)
{
	const struct rtattr *at = RTA_DATA(metrics);
	int len = (int)RTA_PAYLOAD(metrics);

	for (; RTA_OK(at, len); at = RTA_NEXT(at, len))
		if (at->rta_type == RTAX_MTU)
			return *(const uint32_t *)RTA_DATA(at);
	return 0;
}

static int read_error(const struct nlmsghdr *header)
{
	const struct nlmsgerr *error = NLMSG_DATA(header);

	return error->error ? error->error : -EPROTO;
}

static int read_route(const struct nlmsghdr *header, struct route_answer *ret)
{
	const struct rtmsg *msg = NLMSG_DATA(header);
	const struct rtattr *at = RTM_RTA(msg);
	int len = (int)RTM_PAYLOAD(header);

	*ret = (struct route_answer){ 0 };
	for (; RTA_OK(at, len); at = RTA_NEXT(at, len)) {
		if (at->rta_type == RTA_OIF)
			ret->ifindex = *(const uint32_t *)RTA_DATA(at);
		else if (at->rta_type == RTA_METRICS)
			ret->mtu = metric_mtu(at);
	}
	if (msg->rtm_type == RTN_UNREACHABLE)
		return -EHOSTUNREACH;
	if (msg->rtm_type == RTN_BLACKHOLE || msg->rtm_type == RTN_PROHIBIT)
		return msg->rtm_type == RTN_PROHIBIT ? -EACCES : -EINVAL;
	return ret->ifindex ? 0 : -ENETUNREACH;
}

static int hear(struct route *route, struct route_answer *ret)
{
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} reply;
	ssize_t len;

	for (;;) {
		len = recv(route->netlink, &reply, sizeof(reply), 0);
		if (len < 0)
			return -errno;
		if (!NLMSG_OK(&reply.header, (size_t)len))
			return -EPROTO;
		if (reply.header.nlmsg_seq != route->sequence)
			continue; /* to an earlier question that was given up */
		if (reply.header.nlmsg_type == NLMSG_ERROR)
			return read_error(&reply.header);
		return read_route(&reply.header, ret);
	}
}

int route_lookup(struct route *route, const struct route_query *query, struct route_answer *ret)
{
	struct route_answer answer;
	struct question q;
	int err, mtu;

	ask(&q, query, ++route->sequence);
	if (send(route->netlink, &q, q.header.nlmsg_len, 0) < 0)
		return -errno;
	err = hear(route, &answer);
	if (err)
		return err;
	mtu = route_mtu(route, answer.ifindex);
	if (mtu < 0)
		return mtu;
	if (!answer.mtu || answer.mtu > (unsigned)mtu)
		answer.mtu = (unsigned)mtu;
	*ret = answer;
	return 0;
}

int route_mtu(struct route *route, unsigned ifindex)
{
	struct ifreq request = { .ifr_ifindex = (int)ifindex };

	if (ioctl(route->ioctl, SIOCGIFNAME, &request) || ioctl(route->ioctl, SIOCGIFMTU, &request))
		return -errno;
	return request.ifr_mtu;
}

int route_ifindex(struct route *route, const char *device)
{
	struct ifreq request = { 0 };

	strncpy(request.ifr_name, device, sizeof(request.ifr_name) - 1);
	if (ioctl(route->ioctl, SIOCGIFINDEX, &request))
		return -errno;
	return request.ifr_ifindex;
}
