// SPDX-License-Identifier: GPL-2.0 OR MIT
/* netlink.c - requests over NETLINK_ROUTE. */
#include "kern/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_BYTES 32768

int netlink_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? -errno : fd;
}

static struct nlmsghdr *header(struct netlink_request *r)
{
	return (struct nlmsghdr *)r->bytes;
}

/* Room for `bytes` at the end, zeroed, or NULL. */
static void *grow(struct netlink_request *r, size_t bytes)
{
	struct nlmsghdr *h = header(r);
	void *at = r->bytes + NLMSG_ALIGN(h->nlmsg_len);

	if (NLMSG_ALIGN(h->nlmsg_len) + NLMSG_ALIGN(bytes) > sizeof(r->bytes)) {
		r->is_full = 1;
		return NULL;
	}
	h->nlmsg_len = NLMSG_ALIGN(h->nlmsg_len) + bytes;
	return at;
}

void netlink_start(struct netlink_request *r, uint16_t type, uint16_t flags, const void *body,
		   size_t body_bytes)
{
	memset(r, 0, sizeof(*r));
	*header(r) = (struct nlmsghdr){ .nlmsg_len = NLMSG_HDRLEN,
					.nlmsg_type = type,
					.nlmsg_flags = NLM_F_REQUEST | flags };
	netlink_append(r, body, body_bytes);
}

void netlink_append(struct netlink_request *r, const void *data, size_t bytes)
{
	void *at = grow(r, bytes);

	if (at)
		memcpy(at, data, bytes);
}

void netlink_put(struct netlink_request *r, uint16_t type, const void *data, size_t bytes)
{
	struct nlattr *attribute = grow(r, NLA_HDRLEN + bytes);

	if (!attribute)
		return;
	attribute->nla_type = type;
	attribute->nla_len = NLA_HDRLEN + bytes;
	if (bytes)
		memcpy((uint8_t *)attribute + NLA_HDRLEN, data, bytes);
}

size_t netlink_nest(struct netlink_request *r, uint16_t type)
{
	size_t at = NLMSG_ALIGN(header(r)->nlmsg_len);

	netlink_put(r, type, NULL, 0);
	return at;
}

void netlink_unnest(struct netlink_request *r, size_t nest)
{
	if (!r->is_full)
		((struct nlattr *)(r->bytes + nest))->nla_len = header(r)->nlmsg_len - nest;
}

static int send_request(int fd, struct netlink_request *r)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsghdr *h = header(r);

	if (r->is_full)
		return -EMSGSIZE;
	h->nlmsg_seq++;
	if (sendto(fd, h, h->nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

/* One message of an answer. Return: 1 when it was the last, 0, or -errno. */
static int take_message(const struct nlmsghdr *h, void (*fn)(void *, const struct nlmsghdr *),
			void *arg)
{
	const struct nlmsgerr *verdict = NLMSG_DATA(h);

	if (h->nlmsg_type == NLMSG_DONE)
		return 1;
	if (h->nlmsg_type == NLMSG_ERROR)
		return verdict->error ? verdict->error : 1;
	if (fn)
		fn(arg, h);
	return 0;
}

static int receive(int fd, uint32_t seq, void (*fn)(void *, const struct nlmsghdr *), void *arg)
{
	_Alignas(struct nlmsghdr) uint8_t answer[ANSWER_BYTES];
	int last = 0;

	while (!last) {
		ssize_t got = recv(fd, answer, sizeof(answer), 0);
		unsigned left = got < 0 ? 0 : (unsigned)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (const struct nlmsghdr *h = (void *)answer; NLMSG_OK(h, left) && !last;
		     h = NLMSG_NEXT(h, left))
			if (h->nlmsg_seq == seq)
				last = take_message(h, fn, arg);
	}
	return last < 0 ? last : 0;
}

int netlink_ask(int fd, struct netlink_request *r)
{
	int err;

	header(r)->nlmsg_flags |= NLM_F_ACK;
	err = send_request(fd, r);
	return err ? err : receive(fd, header(r)->nlmsg_seq, NULL, NULL);
}

int netlink_dump(int fd, struct netlink_request *r,
		 void (*fn)(void *arg, const struct nlmsghdr *message), void *arg)
{
	int err;

	header(r)->nlmsg_flags |= NLM_F_DUMP;
	err = send_request(fd, r);
	return err ? err : receive(fd, header(r)->nlmsg_seq, fn, arg);
}
