/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * wire.bpf.h - from a frame to its ICMP message, and one's complement sums.
 *
 * Pure functions over bytes that nobody vouches for: no maps, no helpers, so that
 * the same text is verified by the kernel and fuzzed in user space (which
 * includes <linux/types.h> and compiles the loads as memcpy).
 *
 * Lengths come from the IP header, never from the frame, which may be padded; what
 * may be read ends at `end`, which may come earlier. The difference is
 * SONDE_SHORT: the caller may fetch more of the packet and ask again.
 */
#ifndef SONDE_WIRE_BPF_H
#define SONDE_WIRE_BPF_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#include <bpf/bpf_endian.h>

#include "sonde_abi.h"

#define SONDE_INLINE static inline __attribute__((always_inline, unused))

enum sonde_outcome {
	SONDE_OK,
	SONDE_FOREIGN, /* not for us */
	SONDE_SHORT,   /* the bytes at hand end too early to tell */
};

/* Numbers of RFC 791, 792, 4443, 8200 and IEEE 802.1Q. */
enum {
	SONDE_ETHER_IP4 = 0x0800,
	SONDE_ETHER_IP6 = 0x86dd,
	SONDE_ETHER_VLAN = 0x8100,
	SONDE_ETHER_VLAN_OUTER = 0x88a8,
	SONDE_ETHER_BYTES = 14,
	SONDE_VLAN_MAX = 2,

	SONDE_PROTO_HOP = 0,
	SONDE_PROTO_ICMP4 = 1,
	SONDE_PROTO_ROUTING = 43,
	SONDE_PROTO_FRAGMENT = 44,
	SONDE_PROTO_ICMP6 = 58,
	SONDE_PROTO_TARGET = 60,
	SONDE_EXTENSIONS_MAX = 6,

	SONDE_ECHO4_REPLY = 0,
	SONDE_ECHO4_REQUEST = 8,
	SONDE_ECHO6_REQUEST = 128,
	SONDE_ECHO6_REPLY = 129,
	SONDE_ICMP_BYTES = 8, /* of an ICMP header, either version */
};

struct sonde_ip4 {
	__u8 version_ihl;
	__u8 tos;
	__u16 total;
	__u16 id;
	__u16 fragment;
	__u8 ttl;
	__u8 protocol;
	__u16 check;
	__u32 source;
	__u32 target;
} __attribute__((packed));

struct sonde_ip6 {
	__u32 version_class_label;
	__u16 payload;
	__u8 next;
	__u8 hop_limit;
	__u32 source[4];
	__u32 target[4];
} __attribute__((packed));

struct sonde_icmp {
	__u8 type;
	__u8 code;
	__u16 check;
	union {
		struct {
			__u16 id;
			__u16 seq;
		} echo;
		struct {
			__u16 unused;
			__u16 mtu;
		} too_big4;
		__u32 mtu6;
	};
} __attribute__((packed));

/* An ICMP message inside an IP packet: a whole one, or the start of one quoted in an error.
 * Where things are is kept as offsets from `data`; sonde_at() makes pointers of them. */
struct sonde_packet {
	const void *data;
	const void *end;  /* where what may be read ends */
	__u32 ip;         /* the network header */
	__u32 icmp;       /* the ICMP header, SONDE_ICMP_BYTES of which can be read */
	__u32 icmp_bytes; /* of the message, header included, as the outermost IP header says */
	__u32 source;     /* address tags, see sonde_abi.h */
	__u32 target;
	__u8 is_v6;
	__u8 ttl;
};

/* Frames give no alignment. The BPF machine does not mind, user space's sanitizers do. */
SONDE_INLINE __u16 sonde_load16(const void *at)
{
#ifdef __bpf__
	return *(const __u16 *)at;
#else
	__u16 value;

	__builtin_memcpy(&value, at, sizeof(value));
	return value;
#endif
}

SONDE_INLINE __u32 sonde_load32(const void *at)
{
#ifdef __bpf__
	return *(const __u32 *)at;
#else
	__u32 value;

	__builtin_memcpy(&value, at, sizeof(value));
	return value;
#endif
}

SONDE_INLINE __u64 sonde_load64(const void *at)
{
#ifdef __bpf__
	return *(const __u64 *)at;
#else
	__u64 value;

	__builtin_memcpy(&value, at, sizeof(value));
	return value;
#endif
}

SONDE_INLINE __u32 sonde_load_tag6(const void *at)
{
	__u32 w[4] = { sonde_load32(at), sonde_load32(at + 4), sonde_load32(at + 8),
		       sonde_load32(at + 12) };

	return sonde_address_tag6(w);
}

/* To 16 bits. One's complement has two zeros; 0xffff is returned for both. */
SONDE_INLINE __u16 sonde_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum ? sum : 0xffff;
}

/* Hides from the compiler what it knows about a value. */
SONDE_INLINE __u32 sonde_hide(__u32 value)
{
	__asm__ volatile("" : "+r"(value));
	return value;
}

/* Keeps the compiler from rewriting a loop's pointer as a counter: the verifier only follows a
 * comparison of the very pointer that is read through. */
SONDE_INLINE void sonde_keep(const void **at)
{
	__asm__ volatile("" : "+r"(*at));
}

/* `bytes` bytes at an offset below 65,536 minus what was asked before; NULL if not all there. */
SONDE_INLINE const void *sonde_at(const struct sonde_packet *p, __u32 offset, __u32 bytes)
{
	const void *at = p->data + offset;

	sonde_keep(&at);
	return at + bytes > p->end ? 0 : at;
}

/*
 * The same value, of which the verifier knows nothing any more: it then sees that the many ways
 * through the parser end alike, and follows one of them further, not all.
 */
SONDE_INLINE __u32 sonde_forget(__u32 value, __u32 unknown)
{
	return sonde_hide(sonde_hide(value ^ unknown) ^ unknown);
}

/* Beyond every offset that six extension headers can reach; the verifier wants to see a bound. */
#define SONDE_OFFSET_MASK 0x7fff

/* The last step of parsing: forget how we got here. */
SONDE_INLINE int sonde_settle(struct sonde_packet *p)
{
	p->ip = sonde_forget(p->ip, p->source) & SONDE_OFFSET_MASK;
	p->icmp = sonde_forget(p->icmp, p->source) & SONDE_OFFSET_MASK;
	p->icmp_bytes = sonde_forget(p->icmp_bytes, p->source);
	return sonde_at(p, p->icmp, SONDE_ICMP_BYTES) ? SONDE_OK : SONDE_SHORT;
}

/* The longest stretch sonde_sum() takes: an Ethernet frame's worth of ICMP. */
#define SONDE_SUM_MAX 1504

/* What is left of a sum's bytes when all eights are added: up to seven, at an offset. */
SONDE_INLINE int sonde_sum_rest(const struct sonde_packet *p, __u32 offset, __u32 bytes, __u64 *sum)
{
	const void *at = p->data + (offset & SONDE_OFFSET_MASK);
	__u8 last[2] = { 0, 0 };

	sonde_keep(&at);
	if (bytes & 4) {
		if (at + 4 > p->end)
			return SONDE_SHORT;
		*sum += sonde_load32(at);
		at += 4;
	}
	sonde_keep(&at);
	if (bytes & 2) {
		if (at + 2 > p->end)
			return SONDE_SHORT;
		*sum += sonde_load16(at);
		at += 2;
	}
	sonde_keep(&at);
	if (bytes & 1) {
		if (at + 1 > p->end)
			return SONDE_SHORT;
		last[0] = *(const __u8 *)at;
		*sum += sonde_load16(last);
	}
	return SONDE_OK;
}

/*
 * Adds `bytes` bytes to a one's complement sum of 16-bit words in memory order. SONDE_SHORT when
 * they are not all there, SONDE_FOREIGN when they are more than SONDE_SUM_MAX and seven.
 */
SONDE_INLINE int sonde_sum(const struct sonde_packet *p, __u32 offset, __u32 bytes, __u64 *sum)
{
	const void *at = p->data + offset;
	__u32 words = sonde_hide(bytes / 8);
	__u64 word;

	if (words > SONDE_SUM_MAX / 8)
		return SONDE_FOREIGN;
	for (__u32 i = 0; i < SONDE_SUM_MAX / 8 && i < words; i++) {
		sonde_keep(&at);
		if (at + 8 > p->end)
			return SONDE_SHORT;
		word = sonde_load64(at);
		*sum += (word & 0xffffffff) + (word >> 32);
		at += 8;
	}
	return sonde_sum_rest(p, offset + (bytes & ~7u), bytes, sum);
}

/* p->ip is set; when `is_quoted`, p->icmp_bytes is what there is from there on. */
SONDE_INLINE int sonde_parse_ip4(struct sonde_packet *p, int is_quoted)
{
	const struct sonde_ip4 *ip = sonde_at(p, p->ip, sizeof(*ip));
	__u32 header, bytes;

	if (!ip)
		return SONDE_SHORT;
	header = (ip->version_ihl & 0xf) * 4;
	if (ip->version_ihl >> 4 != 4 || header < sizeof(*ip) || ip->protocol != SONDE_PROTO_ICMP4)
		return SONDE_FOREIGN;
	/* A quote may be of a first fragment, what is matched whole may not. */
	if (sonde_load16(&ip->fragment) & bpf_htons(is_quoted ? 0x1fff : 0x3fff))
		return SONDE_FOREIGN;
	bytes = is_quoted ? p->icmp_bytes : bpf_ntohs(sonde_load16(&ip->total));
	if (bytes < header + SONDE_ICMP_BYTES)
		return SONDE_FOREIGN;
	p->icmp = p->ip + header;
	p->icmp_bytes = bytes - header;
	p->source = sonde_address_tag4(sonde_load32(&ip->source));
	p->target = sonde_address_tag4(sonde_load32(&ip->target));
	p->is_v6 = 0;
	p->ttl = ip->ttl;
	return sonde_settle(p);
}

SONDE_INLINE int sonde_is_extension(__u8 next)
{
	return next == SONDE_PROTO_HOP || next == SONDE_PROTO_ROUTING ||
	       next == SONDE_PROTO_FRAGMENT || next == SONDE_PROTO_TARGET;
}

/* Sets p->icmp and p->icmp_bytes behind the extension headers, of which `next` is the first. A
 * fragment header is only let through when there is no other fragment (RFC 6946). */
SONDE_INLINE int sonde_skip_extensions(struct sonde_packet *p, __u8 next, __u32 bytes)
{
	__u32 offset = p->ip + sizeof(struct sonde_ip6), size;
	const __u8 *at;

	for (int i = 0; i < SONDE_EXTENSIONS_MAX && sonde_is_extension(next); i++) {
		at = sonde_at(p, offset, 8);
		if (!at)
			return SONDE_SHORT;
		size = 8;
		if (next != SONDE_PROTO_FRAGMENT)
			size += at[1] * 8u;
		else if (sonde_load16(at + 2) & bpf_htons(0xfff9))
			return SONDE_FOREIGN;
		if (bytes < size)
			return SONDE_FOREIGN;
		next = at[0];
		offset = sonde_forget(offset + size, p->source) & SONDE_OFFSET_MASK;
		bytes = sonde_forget(bytes - size, p->source);
	}
	if (next != SONDE_PROTO_ICMP6 || bytes < SONDE_ICMP_BYTES)
		return SONDE_FOREIGN;
	p->icmp = offset;
	p->icmp_bytes = bytes;
	return sonde_settle(p);
}

/* As sonde_parse_ip4(). A quote of ours has no extension headers, as we send none. */
SONDE_INLINE int sonde_parse_ip6(struct sonde_packet *p, int is_quoted)
{
	const struct sonde_ip6 *ip = sonde_at(p, p->ip, sizeof(*ip));

	if (!ip)
		return SONDE_SHORT;
	if (*(const __u8 *)ip >> 4 != 6)
		return SONDE_FOREIGN;
	p->source = sonde_load_tag6(ip->source);
	p->target = sonde_load_tag6(ip->target);
	p->is_v6 = 1;
	p->ttl = ip->hop_limit;
	if (!is_quoted)
		return sonde_skip_extensions(p, ip->next, bpf_ntohs(sonde_load16(&ip->payload)));
	if (ip->next != SONDE_PROTO_ICMP6 || p->icmp_bytes < sizeof(*ip) + SONDE_ICMP_BYTES)
		return SONDE_FOREIGN;
	p->icmp = p->ip + sizeof(*ip);
	p->icmp_bytes -= sizeof(*ip);
	return sonde_settle(p);
}

/* A frame with an Ethernet header and up to SONDE_VLAN_MAX tags. p->data and p->end are set. */
SONDE_INLINE int sonde_parse_ether(struct sonde_packet *p)
{
	__u32 offset = SONDE_ETHER_BYTES;
	const __u8 *at = sonde_at(p, offset - 2, 2);
	__u16 type;

	if (!at)
		return SONDE_SHORT;
	type = sonde_load16(at);
	for (int i = 0; i < SONDE_VLAN_MAX; i++) {
		if (type != bpf_htons(SONDE_ETHER_VLAN) &&
		    type != bpf_htons(SONDE_ETHER_VLAN_OUTER))
			break;
		offset += 4;
		at = sonde_at(p, offset - 2, 2);
		if (!at)
			return SONDE_SHORT;
		type = sonde_load16(at);
	}
	p->ip = offset;
	if (type == bpf_htons(SONDE_ETHER_IP4))
		return sonde_parse_ip4(p, 0);
	if (type == bpf_htons(SONDE_ETHER_IP6))
		return sonde_parse_ip6(p, 0);
	return SONDE_FOREIGN;
}

/* A packet of a device without a link layer (tun, wireguard, ppp): its version tells it apart. */
SONDE_INLINE int sonde_parse_bare(struct sonde_packet *p)
{
	const __u8 *at = sonde_at(p, 0, 1);

	if (!at)
		return SONDE_SHORT;
	p->ip = 0;
	return *at >> 4 == 4 ? sonde_parse_ip4(p, 0) : sonde_parse_ip6(p, 0);
}

/* The IPv4 header's own checksum, which no device leaves to another. IPv6 has none. */
SONDE_INLINE int sonde_is_header_whole(const struct sonde_packet *p)
{
	__u64 sum = 0;

	if (p->is_v6)
		return 1;
	return !sonde_sum(p, p->ip, p->icmp - p->ip, &sum) && sonde_fold(sum) == 0xffff;
}

#endif /* SONDE_WIRE_BPF_H */
