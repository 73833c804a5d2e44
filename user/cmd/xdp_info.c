// SPDX-License-Identifier: GPL-2.0 OR MIT
/* xdp_info.c - the contract is in xdp_info.h. */
#include "cmd/xdp_info.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The family "netdev", newer than Debian 12's headers. */
#define NETDEV_COMMAND_GET   1
#define NETDEV_ATTR_IFINDEX  1
#define NETDEV_ATTR_FEATURES 3

#define ANSWER_MAX 32768 /* what the kernel itself allots at most */

struct request {
	struct nlmsghdr head;
	char body[128];
};

/* One message there, one back. @answer: ANSWER_MAX bytes. Return: 0 or -errno. */
static int ask(int protocol, struct request *request, struct nlmsghdr *answer)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), err = 0;
	ssize_t len;

	if (fd < 0)
		return -errno;
	request->head.nlmsg_flags = NLM_F_REQUEST;
	if (send(fd, request, request->head.nlmsg_len, 0) < 0 ||
	    (len = recv(fd, answer, ANSWER_MAX, 0)) < 0)
		err = -errno;
	else if (!NLMSG_OK(answer, (size_t)len))
		err = -EBADMSG;
	else if (answer->nlmsg_type == NLMSG_ERROR)
		err = ((struct nlmsgerr *)NLMSG_DATA(answer))->error;
	close(fd);
	return err;
}

static void begin(struct request *request, uint16_t type, const void *body, size_t len)
{
	memset(request, 0, sizeof(*request));
	request->head.nlmsg_type = type;
	request->head.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
	memcpy(NLMSG_DATA(&request->head), body, len);
}

static void add(struct request *request, uint16_t type, const void *value, size_t len)
{
	struct nlattr *attr = (void *)((char *)request + NLMSG_ALIGN(request->head.nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + len);
	memcpy((char *)attr + NLA_HDRLEN, value, len);
	request->head.nlmsg_len =
		NLMSG_ALIGN(request->head.nlmsg_len) + (uint32_t)NLA_ALIGN(attr->nla_len);
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

static void copy(const struct nlattr *attr, void *to, size_t len)
{
	if (attr && (size_t)attr->nla_len >= NLA_HDRLEN + len)
		memcpy(to, (const char *)attr + NLA_HDRLEN, len);
}

static int get_family(struct nlmsghdr *answer, uint16_t *ret)
{
	struct genlmsghdr get = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	struct request request;
	int err;

	begin(&request, GENL_ID_CTRL, &get, sizeof(get));
	add(&request, CTRL_ATTR_FAMILY_NAME, "netdev", sizeof("netdev"));
	err = ask(NETLINK_GENERIC, &request, answer);
	if (!err)
		copy(find_in(answer, sizeof(get), CTRL_ATTR_FAMILY_ID), ret, sizeof(*ret));
	return err;
}

static void get_features(unsigned ifindex, struct nlmsghdr *answer, struct xdp_info *info)
{
	struct genlmsghdr get = { .cmd = NETDEV_COMMAND_GET, .version = 1 };
	const struct nlattr *features;
	struct request request;
	uint16_t family = 0;

	if (get_family(answer, &family) || !family)
		return;
	begin(&request, family, &get, sizeof(get));
	add(&request, NETDEV_ATTR_IFINDEX, &ifindex, sizeof(ifindex));
	if (ask(NETLINK_GENERIC, &request, answer))
		return;
	features = find_in(answer, sizeof(get), NETDEV_ATTR_FEATURES);
	info->knows_features = features != NULL;
	copy(features, &info->features, sizeof(info->features));
}

static int get_program(unsigned ifindex, struct nlmsghdr *answer, struct xdp_info *info)
{
	struct ifinfomsg get = { .ifi_index = (int)ifindex };
	const struct nlattr *xdp;
	struct request request;
	int err;

	begin(&request, RTM_GETLINK, &get, sizeof(get));
	err = ask(NETLINK_ROUTE, &request, answer);
	if (err)
		return err;
	xdp = find_in(answer, sizeof(get), IFLA_XDP);
	if (xdp)
		copy(find((const char *)xdp + NLA_HDRLEN, xdp->nla_len - NLA_HDRLEN,
			  IFLA_XDP_PROG_ID),
		     &info->program, sizeof(info->program));
	return 0;
}

int xdp_info_get(unsigned ifindex, struct xdp_info *ret)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_MAX];

	memset(ret, 0, sizeof(*ret));
	get_features(ifindex, (struct nlmsghdr *)answer, ret);
	return get_program(ifindex, (struct nlmsghdr *)answer, ret);
}
