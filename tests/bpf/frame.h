/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * frame.h - for the BPF tests: frames around an echo message, right or wrong in one place.
 */
#ifndef TESTS_BPF_FRAME_H
#define TESTS_BPF_FRAME_H

#include "echo.h"

#define FRAME_BYTES_MAX 4096

/* What is unusual about a frame; all zero is Ethernet, no tags, no options. */
struct shape {
	int is_bare;         /* no Ethernet header */
	unsigned vlans;      /* tags, the outer ones 802.1ad */
	unsigned options;    /* IPv4 options, in words */
	unsigned ihl;        /* lie about the IPv4 header's length, in words; 0: the truth */
	__u16 fragment;      /* the IPv4 fragment field, host order */
	__u8 extensions[12]; /* IPv6 extension headers, by number + 1; 0 ends */
	__u16 fragment6;     /* the field of an IPv6 fragment header, host order */
	__u8 version;        /* 0: the truth */
	int protocol;        /* 0: the truth; else its number + 1 */
	int longer;          /* how much the IP header claims beyond the truth */
	int is_check_broken; /* the IPv4 header checksum is wrong */
	unsigned padding;    /* trailing bytes beyond the packet */
	__u8 ttl;            /* 0: 64 */
};

struct frame {
	__u8 bytes[FRAME_BYTES_MAX];
	unsigned length;
	unsigned ip, icmp; /* offsets */
};

static inline void frame_put(struct frame *f, const void *data, unsigned bytes)
{
	memcpy(f->bytes + f->length, data, bytes);
	f->length += bytes;
}

static inline void frame_put16(struct frame *f, __u16 host_order)
{
	__u16 value = htons(host_order);

	frame_put(f, &value, 2);
}

static inline void frame_put_ether(struct frame *f, const struct shape *s, int is_v6)
{
	static const __u8 macs[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };

	if (s->is_bare)
		return;
	frame_put(f, macs, sizeof(macs));
	for (unsigned i = 0; i < s->vlans; i++) {
		frame_put16(f, i + 1 < s->vlans ? 0x88a8 : 0x8100);
		frame_put16(f, 100 + i);
	}
	frame_put16(f, is_v6 ? 0x86dd : 0x0800);
}

static inline void frame_put_ip4(struct frame *f, const struct shape *s, const __u8 *source,
				 const __u8 *target, unsigned bytes)
{
	unsigned words = 5 + s->options;
	__u8 *ip = f->bytes + f->length;
	__u16 check;

	frame_put16(f, (s->version ? s->version : 4) << 12 | (s->ihl ? s->ihl : words) << 8);
	frame_put16(f, words * 4 + bytes + s->longer);
	frame_put16(f, 0x1234);
	frame_put16(f, s->fragment);
	frame_put16(f, (s->ttl ? s->ttl : 64) << 8 | (s->protocol ? s->protocol - 1 : 1));
	frame_put16(f, 0);
	frame_put(f, source, 4);
	frame_put(f, target, 4);
	for (unsigned i = 0; i < s->options; i++)
		frame_put(f, "\1\1\1\1", 4);
	check = ~echo_fold(echo_sum(ip, words * 4));
	check ^= s->is_check_broken ? 0x0101 : 0;
	memcpy(ip + 10, &check, 2);
}

static inline unsigned frame_extensions(const struct shape *s)
{
	return strnlen((const char *)s->extensions, sizeof(s->extensions));
}

static inline void frame_put_ip6(struct frame *f, const struct shape *s, const __u8 *source,
				 const __u8 *target, unsigned bytes)
{
	unsigned count = frame_extensions(s);
	__u8 last = s->protocol ? s->protocol - 1 : 58;

	frame_put16(f, (s->version ? s->version : 6) << 12);
	frame_put16(f, 0);
	frame_put16(f, bytes + count * 8 + s->longer);
	frame_put16(f, (count ? s->extensions[0] - 1 : last) << 8 | (s->ttl ? s->ttl : 64));
	frame_put(f, source, 16);
	frame_put(f, target, 16);
	for (unsigned i = 0; i < count; i++) {
		__u8 header[8] = { i + 1 < count ? s->extensions[i + 1] - 1 : last };

		if (s->extensions[i] - 1 == 44) {
			header[2] = s->fragment6 >> 8;
			header[3] = s->fragment6;
		}
		frame_put(f, header, 8);
	}
}

/* A frame around any ICMP message. */
static inline void frame_build(struct frame *f, const struct shape *s, int is_v6,
			       const __u8 *source, const __u8 *target, const __u8 *message,
			       unsigned bytes)
{
	memset(f, 0, sizeof(*f));
	frame_put_ether(f, s, is_v6);
	f->ip = f->length;
	if (is_v6)
		frame_put_ip6(f, s, source, target, bytes);
	else
		frame_put_ip4(f, s, source, target, bytes);
	f->icmp = f->length;
	frame_put(f, message, bytes);
	f->length += s->padding;
}

static inline void frame_request(struct frame *f, const struct shape *s, const struct echo *e)
{
	__u8 message[ECHO_BYTES_MAX];
	unsigned bytes = echo_message(e, 0, message);

	frame_build(f, s, e->is_v6, e->source, e->target, message, bytes);
}

static inline void frame_reply(struct frame *f, const struct shape *s, const struct echo *e)
{
	__u8 message[ECHO_BYTES_MAX];
	unsigned bytes = echo_message(e, 1, message);

	frame_build(f, s, e->is_v6, e->target, e->source, message, bytes);
}

#endif /* TESTS_BPF_FRAME_H */
