// SPDX-License-Identifier: GPL-2.0 OR MIT
/* xdp_info.c - the contract is in xdp_info.h. */
#include "cmd/xdp_info.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/netlink.h"

/* The family "netdev", newer than Debian 12's headers. */
#define NETDEV_COMMAND_GET   1
#define NETDEV_ATTR_IFINDEX  1
#define NETDEV_ATTR_FEATURES 3

/* One question on its way through the answers. */
struct search {
	unsigned ifindex;
	uint16_t family; /* number of "netdev", 0 unknown */
	struct xdp_info *info;
};

typedef void (*answer_fn)(void *arg, const struct nlmsghdr *answer);

/* Ask for all objects of a kind. Return: 0 or -errno. */
static int ask(int protocol, uint16_t type, const void *body, size_t body_bytes, answer_fn fn,
	       struct search *search)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), err;
	struct netlink_request request;

	if (fd < 0)
		return -errno;
	netlink_start(&request, type, 0, body, body_bytes);
	err = netlink_dump(fd, &request, fn, search);
	close(fd);
	return err;
}

/* The attribute of this type among @len bytes of them, NULL when there is none that is whole. */
static const struct nlattr *find(const void *attrs, long len, uint16_t type)
{
	const struct nlattr *attr = attrs;

	while (len >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN && attr->nla_len <= len) {
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		len -= NLA_ALIGN(attr->nla_len);
		attr = (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len));
	}
	return NULL;
}

/* An attribute behind the fixed part of a message. */
static const struct nlattr *find_in(const struct nlmsghdr *answer, size_t fixed, uint16_t type)
{
	long len = (long)answer->nlmsg_len - (long)NLMSG_SPACE(fixed);

	return find((const char *)answer + NLMSG_SPACE(fixed), len, type);
}

/* The first bytes of its value, if there are so many. Return: 1 or 0. */
static int copy(const struct nlattr *attr, void *to, size_t len)
{
	if (!attr || (size_t)attr->nla_len < NLA_HDRLEN + len)
		return 0;
	memcpy(to, (const char *)attr + NLA_HDRLEN, len);
	return 1;
}

static void on_family(void *arg, const struct nlmsghdr *answer)
{
	static const char netdev[] = "netdev";
	struct search *search = arg;
	char name[sizeof(netdev)];

	if (copy(find_in(answer, GENL_HDRLEN, CTRL_ATTR_FAMILY_NAME), name, sizeof(name)) &&
	    !memcmp(name, netdev, sizeof(netdev)))
		copy(find_in(answer, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID), &search->family,
		     sizeof(search->family));
}

static void on_device(void *arg, const struct nlmsghdr *answer)
{
	struct search *search = arg;
	uint32_t ifindex;

	if (copy(find_in(answer, GENL_HDRLEN, NETDEV_ATTR_IFINDEX), &ifindex, sizeof(ifindex)) &&
	    ifindex == search->ifindex)
		search->info->knows_features =
			copy(find_in(answer, GENL_HDRLEN, NETDEV_ATTR_FEATURES),
			     &search->info->features, sizeof(search->info->features));
}

static void on_link(void *arg, const struct nlmsghdr *answer)
{
	const struct ifinfomsg *link = NLMSG_DATA(answer);
	struct search *search = arg;
	const struct nlattr *xdp;

	if (link->ifi_index != (int)search->ifindex)
		return;
	xdp = find_in(answer, sizeof(*link), IFLA_XDP);
	if (xdp)
		copy(find((const char *)xdp + NLA_HDRLEN, xdp->nla_len - NLA_HDRLEN,
			  IFLA_XDP_PROG_ID),
		     &search->info->program, sizeof(search->info->program));
}

int xdp_info_get(unsigned ifindex, struct xdp_info *ret)
{
	struct genlmsghdr get_family = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	struct genlmsghdr get_device = { .cmd = NETDEV_COMMAND_GET, .version = 1 };
	struct ifinfomsg get_link = { .ifi_family = AF_UNSPEC };
	struct search search = { .ifindex = ifindex, .info = ret };

	memset(ret, 0, sizeof(*ret));
	/* without an answer to these two the features stay unknown, which is no failure */
	ask(NETLINK_GENERIC, GENL_ID_CTRL, &get_family, sizeof(get_family), on_family, &search);
	if (search.family)
		ask(NETLINK_GENERIC, search.family, &get_device, sizeof(get_device), on_device,
		    &search);
	return ask(NETLINK_ROUTE, RTM_GETLINK, &get_link, sizeof(get_link), on_link, &search);
}
