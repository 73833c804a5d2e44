// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * responder.c - a namespace, a veth pair into it, and two XDP programs.
 *
 * The namespace is made, entered and furnished by a thread that lives no longer than that; the
 * calling thread stays where it is. Inside there are addresses and neighbours too: what the
 * program leaves to the stack (fragments, options) is answered by the stack.
 */
#include "kern/responder.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/responder.skel.h"
#include "kern/libbpf_log.h"
#include "kern/link.h"
#include "kern/netlink.h"

/* 198.18.255.0/24 has 64 networks of /30; the n-th /64 of fd73:6f6e:6465::/48 goes with each. */
#define NETWORKS     64
#define NETWORK4     0xc612ff00u
#define BITS4        30
#define BITS6        64
#define OWN_NETNS    "/proc/thread-self/ns/net"
#define LOOPBACK     1 /* its index in every namespace */
#define HOST_NUMBER  1
#define INSIDE_NAME  "sonde-far"
#define OUTSIDE_NAME "sonde%u"

/* One end of the pair. */
struct side {
	struct link_end end;
	struct addr address4, address6;
};

struct responder {
	struct responder_bpf *skel;
	struct side host, far;
	unsigned ifindex; /* of the host's end, 0 none */
	int netlink_fd;   /* of the host's namespace */
	int host_netns_fd;
	int far_netns_fd; /* keeps the namespace alive */
	int far_link_fd;  /* keeps sonde_responder attached */
	int has_v6;
};

static void set_side(struct side *side, unsigned network, unsigned number)
{
	static const uint8_t prefix6[] = { 0xfd, 0x73, 0x6f, 0x6e, 0x64, 0x65 };

	memset(side, 0, sizeof(*side));
	memcpy(side->end.mac, (uint8_t[]){ 0x02, 0x73, 0x6f, 0x6e, network, number }, 6);
	side->address4 = addr_from_v4(htonl(NETWORK4 + network * 4 + number));
	memcpy(side->address6.bytes, prefix6, sizeof(prefix6));
	side->address6.bytes[7] = network;
	side->address6.bytes[15] = number;
}

static void note_address(void *arg, uint32_t net_order)
{
	uint64_t *taken = arg;
	uint32_t address = ntohl(net_order);

	if ((address & 0xffffff00) == NETWORK4)
		*taken |= 1ull << (address >> 2 & (NETWORKS - 1));
}

/* An address family that the host has switched off is left out. */
static int is_family_off(int err)
{
	return err == -EACCES || err == -EAFNOSUPPORT || err == -EOPNOTSUPP;
}

/* Addresses of `own` and the way to `other`. Return: 1 when IPv6 is usable, 0, or -errno. */
static int furnish(int fd, unsigned ifindex, const struct side *own, const struct side *other)
{
	int err = link_add_address(fd, ifindex, &own->address4, BITS4);

	if (!err)
		err = link_add_neighbour(fd, ifindex, &other->address4, other->end.mac);
	if (!err)
		err = link_set_up(fd, ifindex);
	if (err)
		return err;
	err = link_add_address(fd, ifindex, &own->address6, BITS6);
	if (is_family_off(err))
		return 0;
	if (!err)
		err = link_add_neighbour(fd, ifindex, &other->address6, other->end.mac);
	return err ? err : 1;
}

/* In the new namespace: everything on the far side. */
static int furnish_far(struct responder *r, int fd)
{
	struct bpf_link_create_opts opts = { .sz = sizeof(opts), .flags = XDP_FLAGS_DRV_MODE };
	unsigned ifindex;
	int err;

	err = link_add_veth(fd, &r->far.end, &r->host.end, r->host_netns_fd);
	if (!err)
		err = link_set_up(fd, LOOPBACK);
	if (err)
		return err;
	ifindex = if_nametoindex(r->far.end.name);
	if (!ifindex)
		return -errno;
	r->far_link_fd = bpf_link_create(bpf_program__fd(r->skel->progs.sonde_responder),
					 (int)ifindex, BPF_XDP, &opts);
	if (r->far_link_fd < 0)
		return -errno;
	err = furnish(fd, ifindex, &r->far, &r->host);
	r->has_v6 = err == 1;
	return err < 0 ? err : 0;
}

/* The thread. Its return value is the error. */
static void *enter_far(void *arg)
{
	struct responder *r = arg;
	int err = 0, fd;

	if (unshare(CLONE_NEWNET))
		return (void *)(intptr_t)-errno;
	r->far_netns_fd = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	if (r->far_netns_fd < 0)
		return (void *)(intptr_t)-errno;
	fd = netlink_open();
	if (fd < 0)
		return (void *)(intptr_t)fd;
	err = furnish_far(r, fd);
	close(fd);
	return (void *)(intptr_t)err;
}

static int make_far(struct responder *r)
{
	pthread_t thread;
	void *result;
	int err = pthread_create(&thread, NULL, enter_far, r);

	if (err)
		return -err;
	pthread_join(thread, &result);
	return (int)(intptr_t)result;
}

static void drop_far(struct responder *r)
{
	if (r->ifindex)
		link_delete(r->netlink_fd, r->ifindex);
	if (r->far_link_fd >= 0)
		close(r->far_link_fd);
	if (r->far_netns_fd >= 0)
		close(r->far_netns_fd);
	r->ifindex = 0;
	r->far_link_fd = r->far_netns_fd = -1;
}

/*
 * The host's end. sonde_pass is attached by netlink and not by a link, so that kern_attach() can put
 * its own program in its place; it goes with the device in any case.
 */
static int make_host(struct responder *r)
{
	int err;

	r->ifindex = if_nametoindex(r->host.end.name);
	if (!r->ifindex)
		return -errno;
	err = bpf_xdp_attach((int)r->ifindex, bpf_program__fd(r->skel->progs.sonde_pass),
			     XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	if (err)
		return err;
	err = furnish(r->netlink_fd, r->ifindex, &r->host, &r->far);
	if (err < 0)
		return err;
	r->has_v6 &= err;
	return link_wait_carrier(r->host.end.name);
}

/* The name on the host is what two that start at once agree by: the second gets EEXIST. */
static int make_in(struct responder *r, unsigned network)
{
	int err;

	set_side(&r->host, network, HOST_NUMBER);
	set_side(&r->far, network, HOST_NUMBER + 1);
	snprintf(r->host.end.name, sizeof(r->host.end.name), OUTSIDE_NAME, network);
	snprintf(r->far.end.name, sizeof(r->far.end.name), INSIDE_NAME);
	err = make_far(r);
	if (!err)
		err = make_host(r);
	if (err)
		drop_far(r);
	return err;
}

static int make(struct responder *r)
{
	uint64_t taken = 0;
	int err = link_each_address4(r->netlink_fd, note_address, &taken);

	if (err)
		return err;
	err = -EADDRNOTAVAIL;
	for (unsigned network = 0; network < NETWORKS; network++) {
		if (taken >> network & 1)
			continue;
		err = make_in(r, network);
		if (err != -EEXIST)
			break;
	}
	return err;
}

int responder_new(struct responder **ret)
{
	struct responder *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	kern_log_setup();
	r->far_netns_fd = r->far_link_fd = -1;
	r->host_netns_fd = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	err = r->host_netns_fd < 0 ? -errno : 0;
	r->netlink_fd = netlink_open();
	if (!err && r->netlink_fd < 0)
		err = r->netlink_fd;
	if (!err) {
		r->skel = responder_bpf__open_and_load();
		err = r->skel ? make(r) : -errno;
	}
	if (err) {
		responder_free(r);
		return err;
	}
	*ret = r;
	return 0;
}

void responder_free(struct responder *r)
{
	if (!r)
		return;
	drop_far(r);
	if (r->netlink_fd >= 0)
		close(r->netlink_fd);
	if (r->host_netns_fd >= 0)
		close(r->host_netns_fd);
	responder_bpf__destroy(r->skel);
	free(r);
}

const struct addr *responder_address4(const struct responder *r)
{
	return &r->far.address4;
}

const struct addr *responder_address6(const struct responder *r)
{
	return r->has_v6 ? &r->far.address6 : NULL;
}
