/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * dns.c - sonde-lab dns: a name server for the lab, over UDP, one question an answer.
 *
 *   host-198-18-1-2.lab    A     198.18.1.2
 *   host-fd00-51--7.lab    AAAA  fd00:51::7
 *   both-300.lab           A 198.18.1.44 and AAAA fd00:51::12c: the 300th host
 *   many-4-300.lab         four of each, from the 300th on
 *
 * A name that is there but has no address of the type asked for gets no records; everything else
 * does not exist. The question is sent back as it came, so its letters keep their case.
 */
#include "lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/clock.h"

#define PORT          53
#define MESSAGE_BYTES 512 /* RFC 1035 2.3.4; EDNS is not spoken */
#define HEADER_BYTES  12
#define NAME_BYTES    256
#define TYPE_A        1
#define TYPE_AAAA     28
#define CLASS_IN      1
#define FLAG_REPLY    0x8400 /* response, authoritative */
#define FLAG_KEEP     0x7900 /* opcode and "recursion desired" come back */
#define NOT_THERE     3      /* NXDOMAIN */
#define RECORDS_MAX   16
#define FIRST4        "198.18.0.0"
#define FIRST6        "fd00:51::"

/* What a name stands for: @count hosts from the @first on of either family, or of one. */
struct hosts {
	struct addr v4, v6;
	unsigned nv4, nv6;
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint8_t *put16(uint8_t *p, unsigned value)
{
	p[0] = value >> 8 & 0xff;
	p[1] = value & 0xff;
	return p + 2;
}

/* The question's name with dots. Return: offset behind it, 0 when it is no plain name. */
static unsigned read_name(const uint8_t *message, unsigned len, char *name)
{
	unsigned at = HEADER_BYTES, out = 0;

	while (at < len && message[at]) {
		unsigned label = message[at++];

		if (label > 63 || at + label > len || out + label + 1 >= NAME_BYTES)
			return 0;
		memcpy(name + out, message + at, label);
		out += label;
		name[out++] = '.';
		at += label;
	}
	name[out ? out - 1 : 0] = 0;
	return at < len ? at + 1 : 0;
}

static int find_host(char *text, struct hosts *ret)
{
	char dotted[NAME_BYTES];

	for (unsigned i = 0; i <= strlen(text); i++)
		dotted[i] = text[i] == '-' ? '.' : text[i];
	if (!addr_parse(dotted, &ret->v4)) {
		ret->nv4 = 1;
		return 0;
	}
	for (char *p = text; *p; p++)
		*p = *p == '-' ? ':' : *p;
	if (addr_parse(text, &ret->v6))
		return -ENOENT;
	ret->nv6 = 1;
	return 0;
}

static int find_many(unsigned count, unsigned first, struct hosts *ret)
{
	struct addr_net net4, net6;

	if (!count || count > RECORDS_MAX || first > 0xffff ||
	    addr_parse_net(FIRST4 "/15", &net4) || addr_parse_net(FIRST6 "/64", &net6))
		return -ENOENT;
	*ret = (struct hosts){ .v4 = addr_net_at(&net4, first),
			       .v6 = addr_net_at(&net6, first),
			       .nv4 = count,
			       .nv6 = count };
	return 0;
}

static int find(char *name, struct hosts *ret)
{
	size_t len = strlen(name);
	unsigned count, first;
	char rest;

	*ret = (struct hosts){ 0 };
	if (len < 4 || strcasecmp(name + len - 4, ".lab"))
		return -ENOENT;
	name[len - 4] = 0;
	if (!strncasecmp(name, "host-", 5))
		return find_host(name + 5, ret);
	for (char *p = name; *p; p++)
		*p |= 0x20; /* letters in lower case; digits and '-' have the bit already */
	if (sscanf(name, "both-%5u%c", &first, &rest) == 1)
		return find_many(1, first, ret);
	if (sscanf(name, "many-%2u-%5u%c", &count, &first, &rest) == 2)
		return find_many(count, first, ret);
	return -ENOENT;
}

static uint8_t *put_record(uint8_t *p, const struct addr *addr, unsigned i, uint32_t ttl_s)
{
	struct addr at = *addr;
	unsigned low = at.bytes[14] << 8 | at.bytes[15];
	unsigned bytes = addr_is_v4(addr) ? 4 : 16;

	low += i; /* stays in the last 16 bits: find_many() begins below 65,536 */
	at.bytes[14] = low >> 8 & 0xff;
	at.bytes[15] = low & 0xff;
	p = put16(p, 0xc000 | HEADER_BYTES); /* the question's name */
	p = put16(p, bytes == 4 ? TYPE_A : TYPE_AAAA);
	p = put16(p, CLASS_IN);
	p = put16(p, ttl_s >> 16);
	p = put16(p, ttl_s);
	p = put16(p, bytes);
	memcpy(p, at.bytes + 16 - bytes, bytes);
	return p + bytes;
}

/* Turn a query into its answer, in place. Return: its length, 0: not worth one. */
static unsigned answer(uint8_t *message, unsigned len, uint32_t ttl_s)
{
	char name[NAME_BYTES];
	unsigned at, type, count = 0, flags;
	struct hosts hosts;
	uint8_t *end;
	int err;

	if (len < HEADER_BYTES || message[2] & 0x80 || get16(message + 4) != 1)
		return 0;
	at = read_name(message, len, name);
	if (!at || at + 4 > len)
		return 0;
	type = get16(message + at);
	end = message + at + 4;
	err = find(name, &hosts);
	if (!err && type == TYPE_A)
		for (count = 0; count < hosts.nv4; count++)
			end = put_record(end, &hosts.v4, count, ttl_s);
	else if (!err && type == TYPE_AAAA)
		for (count = 0; count < hosts.nv6; count++)
			end = put_record(end, &hosts.v6, count, ttl_s);
	flags = (get16(message + 2) & FLAG_KEEP) | FLAG_REPLY | (err ? NOT_THERE : 0);
	put16(message + 2, flags);
	put16(message + 6, count);
	put16(message + 8, 0);
	put16(message + 10, 0);
	return end - message;
}

static int serve(int fd, int signals, uint32_t ttl_s)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
				{ .fd = signals, .events = POLLIN } };
	uint8_t message[MESSAGE_BYTES + RECORDS_MAX * 28];
	struct sockaddr_storage from;
	socklen_t from_len;
	ssize_t len;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			return -errno;
		if (fds[1].revents)
			return 0;
		from_len = sizeof(from);
		len = recvfrom(fd, message, MESSAGE_BYTES, MSG_DONTWAIT, (struct sockaddr *)&from,
			       &from_len);
		len = len > 0 ? answer(message, len, ttl_s) : 0;
		if (len)
			sendto(fd, message, len, 0, (struct sockaddr *)&from, from_len);
	}
}

static int open_socket(const struct addr *listen, uint64_t port)
{
	struct sockaddr_storage at;
	socklen_t len = addr_to_sockaddr(listen, port, &at);
	int fd = socket(at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0 || !bind(fd, (struct sockaddr *)&at, len))
		return fd < 0 ? -errno : fd;
	err = -errno;
	close(fd);
	return err;
}

int dns_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "listen", 1, NULL, 'l' }, { "port", 1, NULL, 'p' }, { "ttl", 1, NULL, 't' }, { 0 }
	};
	uint64_t port = PORT, ttl_s = 60;
	struct addr listen;
	int c, fd, signals, err = addr_parse("198.19.255.2", &listen);

	while (!err && (c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		err = c == 'l'   ? addr_parse(optarg, &listen)
		      : c == 'p' ? lab_number(optarg, UINT16_MAX, &port)
		      : c == 't' ? lab_number(optarg, INT32_MAX, &ttl_s)
				 : -EINVAL;
	if (err || optind < argc) {
		fprintf(stderr,
			"usage: sonde-lab dns [--listen ADDRESS] [--port N] [--ttl SECONDS]\n");
		return EXIT_USAGE;
	}
	signals = lab_signals();
	fd = signals < 0 ? signals : open_socket(&listen, port);
	if (fd < 0)
		return lab_fail("socket", fd);
	lab_ready();
	err = serve(fd, signals, ttl_s);
	close(fd);
	close(signals);
	return err ? lab_fail("serving", err) : 0;
}
