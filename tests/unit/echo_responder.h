/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * echo_responder.h - requests on loopback as the wire has them, and answers the test makes up.
 */
#ifndef TESTS_ECHO_RESPONDER_H
#define TESTS_ECHO_RESPONDER_H

#include <linux/icmp.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include "engine_rig.h"

static int tap4 = -1, tap6 = -1, out = -1;

__attribute__((unused)) static void set_sysctl(const char *path, int value)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%d\n", value) < 0 || fclose(file))
		abort();
}

__attribute__((unused)) static void set_ignore(int value)
{
	set_sysctl("/proc/sys/net/ipv4/icmp_echo_ignore_all", value);
}

__attribute__((unused)) static void open_responder(void)
{
	struct icmp_filter requests = { .data = ~(1u << ICMP_ECHO) };
	int yes = 1;

	tap4 = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP);
	out = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	tap6 = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	if (tap4 < 0 || out < 0 || tap6 < 0 ||
	    setsockopt(tap4, SOL_RAW, ICMP_FILTER, &requests, sizeof(requests)) ||
	    setsockopt(tap6, SOL_IPV6, IPV6_RECVHOPLIMIT, &yes, sizeof(yes)) ||
	    setsockopt(tap6, SOL_IPV6, IPV6_RECVTCLASS, &yes, sizeof(yes)))
		abort();
}

/* The next request on the wire. Return: bytes. */
__attribute__((unused)) static size_t hear_request(uint8_t *packet, size_t room)
{
	struct pollfd ready = { .fd = tap4, .events = POLLIN };
	ssize_t len;

	loop_submit(t.loop);
	poll(&ready, 1, 2000);
	len = recv(tap4, packet, room, 0);
	return len < 0 ? 0 : (size_t)len;
}

__attribute__((unused)) static void drop_requests(void)
{
	uint8_t packet[2048];

	while (recv(tap4, packet, sizeof(packet), 0) > 0)
		;
}

__attribute__((unused)) static void seal(uint8_t *packet, size_t len)
{
	uint16_t sum;

	memset(packet + 22, 0, 2);
	sum = (uint16_t)~icmp_sum(packet + 20, len - 20);
	memcpy(packet + 22, &sum, 2);
}

__attribute__((unused)) static void put_out(uint8_t *packet, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	memcpy(&to.sin_addr, packet + 16, 4);
	seal(packet, len);
	if (sendto(out, packet, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		perror("# sendto");
}

/* Answer a request; @from replaces the last byte of the source when it is not 0. */
__attribute__((unused)) static void answer(const uint8_t *request, size_t len, uint8_t from)
{
	uint8_t packet[2048];

	memcpy(packet, request, len);
	memcpy(packet + 12, request + 16, 4);
	memcpy(packet + 16, request + 12, 4);
	if (from)
		packet[15] = from;
	packet[20] = ICMP_ECHOREPLY;
	put_out(packet, len);
}

__attribute__((unused)) static void answer_error(const uint8_t *request, size_t quoted)
{
	uint8_t packet[2048] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, IPPROTO_ICMP };
	const uint8_t router[4] = { 127, 0, 0, 9 };

	memcpy(packet + 12, router, 4);
	memcpy(packet + 16, request + 12, 4);
	packet[20] = ICMP_DEST_UNREACH;
	packet[21] = 4;
	packet[26] = 0x05;
	packet[27] = 0x14;
	memcpy(packet + 28, request, quoted);
	put_out(packet, 28 + quoted);
}

__attribute__((unused)) static size_t launch_one(uint32_t index, uint32_t attempt, uint8_t *request,
						 size_t room)
{
	drop_requests();
	engine_send(t.engine, index, attempt, clock_now_ns());
	return hear_request(request, room);
}

#endif /* TESTS_ECHO_RESPONDER_H */
