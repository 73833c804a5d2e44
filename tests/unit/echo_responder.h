/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * echo_responder.h - requests on loopback as the wire has them, and answers the test makes up.
 */
#ifndef TESTS_ECHO_RESPONDER_H
#define TESTS_ECHO_RESPONDER_H

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include "engine_rig.h"

/* A request as it was on the wire, from its IP header on; the IPv6 one is made up again from what
 * a raw socket tells. */
struct request {
	uint8_t at[2048];
	size_t len;
};

static int tap4 = -1, tap6 = -1, out4 = -1, out6 = -1;
static const uint8_t router6[16] = { 0xfd, 0, 0, 9, [15] = 9 };

__attribute__((unused)) static void set_sysctl(const char *path, int value)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%d\n", value) < 0 || fclose(file))
		abort();
}

__attribute__((unused)) static void set_ignore(int value)
{
	set_sysctl("/proc/sys/net/ipv4/icmp_echo_ignore_all", value);
	set_sysctl("/proc/sys/net/ipv6/icmp/echo_ignore_all", value);
}

__attribute__((unused)) static void open_responder(void)
{
	struct icmp_filter requests = { .data = ~(1u << ICMP_ECHO) };
	struct icmp6_filter requests6;
	int yes = 1;

	ICMP6_FILTER_SETBLOCKALL(&requests6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REQUEST, &requests6);
	tap4 = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP);
	tap6 = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	out4 = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	out6 = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);
	if (tap4 < 0 || out4 < 0 || tap6 < 0 || out6 < 0 ||
	    setsockopt(tap4, SOL_RAW, ICMP_FILTER, &requests, sizeof(requests)) ||
	    setsockopt(tap6, IPPROTO_ICMPV6, ICMP6_FILTER, &requests6, sizeof(requests6)) ||
	    setsockopt(tap6, SOL_IPV6, IPV6_RECVHOPLIMIT, &yes, sizeof(yes)) ||
	    setsockopt(tap6, SOL_IPV6, IPV6_RECVTCLASS, &yes, sizeof(yes)))
		abort();
}

static int is_request6(const struct request *request)
{
	return request->at[0] >> 4 == 6;
}

static void put_ip6(struct request *request, size_t payload, const void *from, const void *to)
{
	const uint8_t ip[8] = { 0x60,           0, 0, 0, (uint8_t)(payload >> 8), (uint8_t)payload,
				IPPROTO_ICMPV6, 64 };

	memcpy(request->at, ip, sizeof(ip));
	memcpy(request->at + 8, from, 16);
	memcpy(request->at + 24, to, 16);
	request->len = 40 + payload;
}

/* The next request on the wire. */
__attribute__((unused)) static void hear(struct request *request)
{
	struct pollfd ready[2] = { { .fd = tap4, .events = POLLIN },
				   { .fd = tap6, .events = POLLIN } };
	ssize_t len;

	loop_submit(t.loop);
	poll(ready, 2, 2000);
	*request = (struct request){ .len = 0 };
	len = recv(tap4, request->at, sizeof(request->at), 0);
	if (len > 0) {
		request->len = (size_t)len;
		return;
	}
	len = recv(tap6, request->at + 40, sizeof(request->at) - 40, 0);
	if (len > 0)
		put_ip6(request, (size_t)len, &in6addr_loopback, &in6addr_loopback);
}

__attribute__((unused)) static void drop_requests(void)
{
	uint8_t packet[2048];

	while (recv(tap4, packet, sizeof(packet), 0) > 0 ||
	       recv(tap6, packet, sizeof(packet), 0) > 0)
		;
}

/* The ICMP checksum; that of ICMPv6 covers addresses, length and protocol (RFC 8200, 8.1). */
static void seal(struct request *packet)
{
	size_t at = is_request6(packet) ? 40 : 20, from = is_request6(packet) ? 8 : 20;
	uint16_t sum, length = htons((uint16_t)(packet->len - at));
	uint32_t whole;

	memset(packet->at + at + 2, 0, 2);
	whole = icmp_sum(packet->at + from, packet->len - from);
	if (is_request6(packet))
		whole += length + htons(IPPROTO_ICMPV6);
	whole = (whole & 0xffff) + (whole >> 16);
	sum = (uint16_t) ~((whole & 0xffff) + (whole >> 16));
	memcpy(packet->at + at + 2, &sum, 2);
}

static void put_out(struct request *packet)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	ssize_t sent;

	seal(packet);
	memcpy(&to4.sin_addr, packet->at + 16, 4);
	memcpy(&to6.sin6_addr, packet->at + 24, 16);
	if (is_request6(packet))
		sent = sendto(out6, packet->at, packet->len, 0, (struct sockaddr *)&to6,
			      sizeof(to6));
	else
		sent = sendto(out4, packet->at, packet->len, 0, (struct sockaddr *)&to4,
			      sizeof(to4));
	if (sent < 0)
		perror("# sendto");
}

/* @stranger: from another address than the one that was asked. */
__attribute__((unused)) static void answer(const struct request *request, int stranger)
{
	struct request packet = *request;

	if (is_request6(request)) {
		memcpy(packet.at + 8, stranger ? router6 : request->at + 24, 16);
		memcpy(packet.at + 24, request->at + 8, 16);
		packet.at[40] = ICMP6_ECHO_REPLY;
	} else {
		memcpy(packet.at + 12, request->at + 16, 4);
		memcpy(packet.at + 16, request->at + 12, 4);
		packet.at[15] = stranger ? 7 : packet.at[15];
		packet.at[20] = ICMP_ECHOREPLY;
	}
	put_out(&packet);
}

/* Too big for an MTU of 1300, says a router that quotes @quoted bytes. */
__attribute__((unused)) static void answer_error(const struct request *request, size_t quoted)
{
	struct request packet = { .at = { 0x45, [8] = 64, [9] = IPPROTO_ICMP, [12] = 127, 0, 0,
					  9 } };
	const uint8_t error4[8] = { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, [6] = 0x05, 0x14 };
	const uint8_t error6[8] = { ICMP6_PACKET_TOO_BIG, [6] = 0x05, 0x14 };
	size_t header = is_request6(request) ? 40 : 20;

	if (is_request6(request))
		put_ip6(&packet, 8 + quoted, router6, request->at + 8);
	else
		memcpy(packet.at + 16, request->at + 12, 4);
	memcpy(packet.at + header, is_request6(request) ? error6 : error4, 8);
	memcpy(packet.at + header + 8, request->at, quoted);
	packet.len = header + 8 + quoted;
	put_out(&packet);
}

__attribute__((unused)) static void launch_one(uint32_t index, uint32_t attempt,
					       struct request *ret)
{
	drop_requests();
	engine_send(t.engine, index, attempt, clock_now_ns());
	hear(ret);
}

#endif /* TESTS_ECHO_RESPONDER_H */
