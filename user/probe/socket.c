// SPDX-License-Identifier: GPL-2.0 OR MIT
/* socket.c - the contract is in socket.h. */
#include "probe/socket.h"

#include <errno.h>
#include <net/if.h> /* before linux/, which then leaves out what is defined here */
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/net_tstamp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The default holds some 280 small packets; a burst of a tick may be thousands. */
#define SOCKET_BUFFER_BYTES (16 << 20)
/* A packet that is never read must not hold memory; the kernel's own minimum is 2 KiB. */
#define SOCKET_DEAF_BYTES 1

struct sockets {
	struct loop *loop;
	loop_failed_fn failed;
	void *arg;
	struct list all;
};

int sockets_new(struct sockets **ret, struct loop *loop, loop_failed_fn failed, void *arg)
{
	struct sockets *sockets = malloc(sizeof(*sockets));

	if (!sockets)
		return -ENOMEM;
	*sockets = (struct sockets){ .loop = loop, .failed = failed, .arg = arg };
	list_init(&sockets->all);
	*ret = sockets;
	return 0;
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

/* Nothing that arrives is ours to read: the receive path has sockets of its own. */
static int deafen(int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &drop };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		return -errno;
	return 0;
}

/* A protocol's own filter comes before the packet is cloned for this socket. */
static int refuse_types(int fd, enum icmp_form form)
{
	struct icmp_filter all4 = { .data = ~0u };
	struct icmp6_filter all6;
	int err = 0;

	if (form == ICMP_PLAIN4)
		err = setsockopt(fd, SOL_RAW, ICMP_FILTER, &all4, sizeof(all4));
	ICMP6_FILTER_SETBLOCKALL(&all6);
	if (form == ICMP_PLAIN6)
		err = setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &all6, sizeof(all6));
	return err ? -errno : 0;
}

/* Buffers: refusal of more than the limit leaves the default, which only costs speed. */
static void set_buffers(int fd, const struct socket_key *key)
{
	int receive = key->wants_stamps ? SO_RCVBUFFORCE : SO_RCVBUF;

	if (set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER_BYTES))
		set(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER_BYTES);
	set(fd, SOL_SOCKET, receive, key->wants_stamps ? SOCKET_BUFFER_BYTES : SOCKET_DEAF_BYTES);
}

static int set_header4(int fd, const struct socket_key *key)
{
	int discover = key->dont_fragment ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
	int err;

	err = set(fd, SOL_IP, IP_TTL, key->ttl);
	if (!err)
		err = set(fd, SOL_IP, IP_TOS, key->dscp << 2);
	if (!err)
		err = set(fd, SOL_IP, IP_MTU_DISCOVER, discover);
	return err;
}

static int set_header6(int fd, const struct socket_key *key)
{
	int err;

	err = set(fd, SOL_IPV6, IPV6_UNICAST_HOPS, key->ttl);
	if (!err)
		err = set(fd, SOL_IPV6, IPV6_TCLASS, key->dscp << 2);
	if (!err && key->dont_fragment)
		err = set(fd, SOL_IPV6, IPV6_DONTFRAG, 1);
	return err;
}

static int set_profile(int fd, const struct socket_key *key)
{
	struct sockaddr_storage source;
	const struct addr none = { 0 };
	socklen_t len;
	int err = 0;

	if (key->form == ICMP_PLAIN4)
		err = set_header4(fd, key);
	else if (key->form == ICMP_PLAIN6)
		err = set_header6(fd, key);
	if (!err && key->mark)
		err = set(fd, SOL_SOCKET, SO_MARK, (int)key->mark);
	if (!err && key->device[0] &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, key->device, sizeof(key->device)))
		err = -errno;
	if (!err && key->wants_stamps)
		err = set(fd, SOL_SOCKET, SO_TIMESTAMPING,
			  SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
	if (!err && !addr_is_equal(&key->source, &none)) {
		len = addr_to_sockaddr(&key->source, 0, &source);
		err = bind(fd, (struct sockaddr *)&source, len) ? -errno : 0;
	}
	return err;
}

static int open_raw(const struct socket_key *key)
{
	static const int protocols[] = {
		[ICMP_HEADER4] = IPPROTO_RAW,
		[ICMP_PLAIN4] = IPPROTO_ICMP,
		[ICMP_PLAIN6] = IPPROTO_ICMPV6,
	};
	int family = key->form == ICMP_PLAIN6 ? AF_INET6 : AF_INET;
	int err, fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, protocols[key->form]);

	if (fd < 0)
		return -errno;
	err = deafen(fd);
	if (!err)
		err = refuse_types(fd, key->form);
	if (!err)
		err = set_profile(fd, key);
	if (err) {
		close(fd);
		return err;
	}
	set_buffers(fd, key);
	return fd;
}

static void shut(struct sockets *sockets, struct socket *socket)
{
	if (socket->handle >= 0)
		loop_socket_drop(sockets->loop, socket->handle);
	if (socket->fd >= 0)
		close(socket->fd);
	socket->handle = socket->fd = -1;
}

static int start(struct sockets *sockets, struct socket *socket)
{
	socket->error = 0;
	socket->ifindex = socket->key.device[0] ? if_nametoindex(socket->key.device) : 0;
	socket->fd = open_raw(&socket->key);
	if (socket->fd < 0) {
		socket->error = socket->fd;
		socket->fd = -1;
		return socket->error;
	}
	socket->handle = loop_socket(sockets->loop, socket->fd, sockets->failed, sockets->arg);
	if (socket->handle < 0) {
		socket->error = socket->handle;
		shut(sockets, socket);
	}
	return socket->error;
}

static struct socket *socket_of(struct list *link)
{
	return container_of(link, struct socket, link);
}

struct socket *sockets_get(struct sockets *sockets, const struct socket_key *key)
{
	struct socket *socket;

	for (struct list *at = sockets->all.next; at != &sockets->all; at = at->next) {
		socket = socket_of(at);
		if (!memcmp(&socket->key, key, sizeof(*key))) {
			socket->users++;
			return socket;
		}
	}
	socket = calloc(1, sizeof(*socket));
	if (!socket)
		return NULL;
	socket->key = *key;
	socket->fd = socket->handle = -1;
	socket->users = 1;
	list_add_tail(&sockets->all, &socket->link);
	start(sockets, socket);
	return socket;
}

static void destroy(struct sockets *sockets, struct socket *socket)
{
	shut(sockets, socket);
	list_remove(&socket->link);
	free(socket);
}

void sockets_put(struct sockets *sockets, struct socket *socket)
{
	if (socket && !--socket->users)
		destroy(sockets, socket);
}

int sockets_retry(struct sockets *sockets, struct socket *socket)
{
	if (!socket->error &&
	    (!socket->key.device[0] || if_nametoindex(socket->key.device) == socket->ifindex))
		return 0;
	shut(sockets, socket);
	return start(sockets, socket);
}

const struct list *sockets_list(const struct sockets *sockets)
{
	return &sockets->all;
}

void sockets_free(struct sockets *sockets)
{
	if (!sockets)
		return;
	while (!list_is_empty(&sockets->all))
		destroy(sockets, socket_of(sockets->all.next));
	free(sockets);
}
