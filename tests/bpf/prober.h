/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * prober.h - for the tests that attach: a tiny prober over a raw socket.
 */
#ifndef TESTS_BPF_PROBER_H
#define TESTS_BPF_PROBER_H

#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "echo.h"
#include "kern/kern.h"
#include "netns.h"

#define PROBER_MAX 4096

struct prober {
	struct kern *kern;
	int guard_fd;
	unsigned events[8]; /* records by event */
	unsigned unstamped; /* answers to probes without a send stamp */
	__u64 rtt_max_ns;
	struct sonde_error_record last; /* the newest record */
};

static inline int prober_open(struct prober *p, enum kern_rx rx, enum kern_tc tc)
{
	struct kern_options options = { .rx = rx, .tc = tc, .slot_bits = 12 };
	char why[256];
	int err;

	memset(p, 0, sizeof(*p));
	p->guard_fd = options.guard_fd = kern_guard_new();
	err = kern_new(&p->kern, &options, why, sizeof(why));
	if (err == -EPERM)
		tap_skip(why);
	if (err)
		printf("# kern_new: %s\n", why);
	return err;
}

static inline void prober_close(struct prober *p)
{
	kern_free(p->kern);
	close(p->guard_fd);
}

static inline void prober_take(void *arg, const struct sonde_record *record)
{
	struct prober *p = arg;
	__u64 sent = record->tx_word & SONDE_STAMP_MASK;

	p->events[record->event & 7]++;
	memset(&p->last, 0, sizeof(p->last));
	memcpy(&p->last, record,
	       record->event == SONDE_EVENT_ICMP_ERROR ? sizeof(p->last) : sizeof(*record));
	if (record->event != SONDE_EVENT_REPLY)
		return;
	if (sent <= SONDE_MARK_LAST)
		p->unstamped++;
	else if (((record->rx_ns - sent) & SONDE_STAMP_MASK) > p->rtt_max_ns)
		p->rtt_max_ns = (record->rx_ns - sent) & SONDE_STAMP_MASK;
}

/* Drains until `want` records of an event are there, for two seconds at most. */
static inline unsigned prober_await(struct prober *p, unsigned event, unsigned want)
{
	for (int i = 0; i < 2000; i++) {
		kern_drain(p->kern, prober_take, p);
		if (p->events[event] >= want)
			break;
		poll(NULL, 0, 1); /* records wake nobody up, by design */
	}
	return p->events[event];
}

/* A raw socket to an address, whose own address is in e->source. */
static inline int prober_socket(struct echo *e, const char *target)
{
	struct sockaddr_storage to = { 0 }, from;
	struct sockaddr_in *to4 = (void *)&to, *from4 = (void *)&from;
	struct sockaddr_in6 *to6 = (void *)&to, *from6 = (void *)&from;
	socklen_t bytes = sizeof(from);
	int fd;

	e->is_v6 = strchr(target, ':') != NULL;
	to.ss_family = e->is_v6 ? AF_INET6 : AF_INET;
	inet_pton(to.ss_family, target, e->target);
	if (e->is_v6)
		memcpy(&to6->sin6_addr, e->target, 16);
	else
		memcpy(&to4->sin_addr, e->target, 4);
	fd = socket(to.ss_family, SOCK_RAW, e->is_v6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
	if (fd < 0 || connect(fd, (void *)&to, e->is_v6 ? sizeof(*to6) : sizeof(*to4)) ||
	    getsockname(fd, (void *)&from, &bytes)) {
		perror(target);
		exit(1);
	}
	if (e->is_v6)
		memcpy(e->source, &from6->sin6_addr, 16);
	else
		memcpy(e->source, &from4->sin_addr, 4);
	return fd;
}

/* Arms a slot and sends its probe. Return: 0 or -errno. */
static inline int prober_send(struct prober *p, int fd, struct echo *e, __u32 slot)
{
	__u8 message[ECHO_BYTES_MAX];
	unsigned bytes;

	e->slot = slot;
	e->seq = slot;
	e->generation++;
	e->nonce = e->nonce * 6364136223846793005ull + 1442695040888963407ull;
	bytes = echo_message(e, 0, message);
	echo_arm(e, kern_slots(p->kern));
	return send(fd, message, bytes, 0) == (ssize_t)bytes ? 0 : -errno;
}

#endif /* TESTS_BPF_PROBER_H */
