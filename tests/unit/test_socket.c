// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_socket.c - who shares a socket, what it hears (nothing), and how it comes back. */
#include "probe/socket.c"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>

#include "../tap.h"

static struct loop *loop;
static struct sockets *sockets;

static void on_failed(void *arg, uint32_t cookie, int error)
{
	(void)arg;
	printf("# send %u failed: %s\n", cookie, strerror(-error));
}

static struct socket_key key_of(enum icmp_form form)
{
	struct socket_key key;

	memset(&key, 0, sizeof(key));
	key.form = (uint8_t)form;
	key.ttl = form == ICMP_HEADER4 ? 0 : 64;
	return key;
}

static int option(const struct socket *socket, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(socket->fd, level, name, &value, &len);
	return value;
}

static void test_sharing(void)
{
	struct socket_key key = key_of(ICMP_HEADER4), other = key;
	struct socket *a = sockets_get(sockets, &key), *b = sockets_get(sockets, &key), *c;
	int fd = a->fd;

	ok(a == b && a->users == 2 && !a->error && a->handle >= 0,
	   "the same profile is the same socket");
	other.mark = 7;
	c = sockets_get(sockets, &other);
	ok(c != a && option(c, SOL_SOCKET, SO_MARK) == 7, "another mark is another socket, marked");
	ok(option(a, SOL_SOCKET, SO_SNDBUF) >= SOCKET_BUFFER_BYTES, "with room to send");
	sockets_put(sockets, a);
	ok(a->users == 1 && fcntl(fd, F_GETFD) >= 0, "it lives as long as it has users");
	sockets_put(sockets, a);
	sockets_put(sockets, c);
	sockets_put(sockets, NULL);
	ok(fcntl(fd, F_GETFD) < 0 && list_is_empty(sockets_list(sockets)), "and not longer");
}

static void test_header_fields(void)
{
	struct socket_key key = key_of(ICMP_PLAIN4);
	struct socket *socket;

	key.ttl = 9;
	key.dscp = 46;
	key.dont_fragment = 1;
	addr_parse("127.0.0.3", &key.source);
	strcpy(key.device, "lo");
	socket = sockets_get(sockets, &key);
	ok(!socket->error && option(socket, SOL_IP, IP_TTL) == 9 &&
		   option(socket, SOL_IP, IP_TOS) == 46 << 2 &&
		   option(socket, SOL_IP, IP_MTU_DISCOVER) == IP_PMTUDISC_DO,
	   "IPv4 without a header: TTL, DSCP, DF");
	ok(socket->ifindex == if_nametoindex("lo"), "bound to its device");
	sockets_put(sockets, socket);
	key = key_of(ICMP_PLAIN6);
	key.ttl = 9;
	key.dscp = 46;
	key.dont_fragment = 1;
	socket = sockets_get(sockets, &key);
	ok(!socket->error && option(socket, SOL_IPV6, IPV6_UNICAST_HOPS) == 9 &&
		   option(socket, SOL_IPV6, IPV6_TCLASS) == 46 << 2 &&
		   option(socket, SOL_IPV6, IPV6_DONTFRAG) == 1,
	   "IPv6: hop limit, class, no fragments");
	sockets_put(sockets, socket);
}

/* An echo to ourselves gives a request and a reply to every raw ICMP socket that listens. */
static void test_deaf(void)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	struct icmp_flow flow = { .size = 56, .constant = 1, .id = 1, .ttl = 64 };
	struct icmp_probe probe = { .nonce = 1 };
	struct socket_key key4 = key_of(ICMP_PLAIN4), key6 = key_of(ICMP_PLAIN6);
	struct socket *four = sockets_get(sockets, &key4), *six = sockets_get(sockets, &key6);
	int tap = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	struct pollfd heard[2] = { { .fd = four->fd, .events = POLLIN },
				   { .fd = six->fd, .events = POLLIN } };
	struct pollfd listener = { .fd = tap, .events = POLLIN };
	uint8_t packet[128];
	uint16_t sum;
	size_t len;

	len = icmp_build(packet, ICMP_PLAIN4, &flow, &probe, &sum);
	ok(sendto(four->fd, packet, len, 0, (struct sockaddr *)&to4, sizeof(to4)) == (ssize_t)len,
	   "it sends");
	len = icmp_build(packet, ICMP_PLAIN6, &flow, &probe, &sum);
	ok(sendto(six->fd, packet, len, 0, (struct sockaddr *)&to6, sizeof(to6)) == (ssize_t)len,
	   "both do");
	ok(poll(&listener, 1, 2000) == 1, "others hear it");
	ok(poll(heard, 2, 0) == 0, "it hears nothing");
	close(tap);
	sockets_put(sockets, four);
	sockets_put(sockets, six);
}

static void test_retry(void)
{
	struct socket_key key = key_of(ICMP_HEADER4);
	struct socket *socket;
	unsigned before;

	strcpy(key.device, "s0");
	socket = sockets_get(sockets, &key);
	ok(socket && socket->error == -ENODEV && socket->handle < 0,
	   "a device that is not there is an error of the socket");
	ok(sockets_retry(sockets, socket) == -ENODEV, "which stays");
	if (system("ip link add s0 type veth peer name s1"))
		printf("# no veth\n");
	ok(!sockets_retry(sockets, socket) && socket->handle >= 0 && socket->ifindex,
	   "until the device is there");
	before = socket->ifindex;
	if (system("ip link del s0; ip link add s0 type veth peer name s1"))
		printf("# no veth\n");
	ok(!sockets_retry(sockets, socket) && socket->ifindex != before,
	   "a device made anew is bound anew");
	sockets_put(sockets, socket);
	key = key_of(ICMP_HEADER4);
	addr_parse("198.18.9.9", &key.source);
	socket = sockets_get(sockets, &key);
	ok(socket->error == -EADDRNOTAVAIL, "so is an address that is not ours");
	sockets_put(sockets, socket);
}

int main(void)
{
	if (geteuid() || unshare(CLONE_NEWNET) || system("ip link set lo up"))
		tap_skip("needs root for a network namespace");
	if (loop_new(&loop) || sockets_new(&sockets, loop, on_failed, NULL))
		return 1;
	test_sharing();
	test_header_fields();
	test_deaf();
	test_retry();
	sockets_free(sockets);
	sockets_free(NULL);
	loop_free(loop);
	return tap_done();
}
