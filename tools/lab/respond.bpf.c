/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * respond.bpf.c - every host of the lab, at full speed.
 *
 * Attach:  XDP, native, on the network's end of the wire.
 * Verdict: echo requests are answered by redirecting them back out of the same device, dropped
 *          by a rule, or, with a duplicate, sent to the device twice by a broadcasting device map.
 *          Not XDP_TX: veth wakes the other end for it only when a program is attached there,
 *          while a redirect needs no more than GRO. The rest passes.
 * Match:   IPv4 without options or fragments, IPv6 without extension headers, ICMP echo request.
 * Emits:   counters only.
 * Loss:    a full veth ring drops the reply; `sonde-lab stat` counts what was handed over, and
 *          tp_btf/xdp_devmap_xmit would see the rest.
 * Cost:    one prefix look-up a packet, and a hash when the rule has any fault.
 * Tests:   tests/system/test_lab.sh.
 */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "sonde_abi.h"
#include "draw.h"
#include "respond.h"

#define ETHERTYPE_IP4  0x0800
#define ETHERTYPE_IP6  0x86dd
#define PROTOCOL_ICMP6 58
#define FRAGMENT_BITS  0x3fff /* more fragments, and the offset */
#define RULE_ALL       0      /* salts of the throws */
#define RULE_BYTE      1

const volatile __u64 sonde_lab_seed = 1;

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, RESPOND_RULES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct respond_key);
	__type(value, struct respond_rule);
} sonde_lab_rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RESPOND_COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} sonde_lab_count SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RESPOND_MS_RING);
	__type(key, __u32);
	__type(value, struct respond_ms);
} sonde_lab_ms SEC(".maps");

/* The device we are on, twice: a broadcast to it is a duplicate. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} sonde_lab_twice SEC(".maps");

struct lab_echo {
	__u8 type, code;
	__u16 check;
	__u16 id, seq;
	struct sonde_payload payload;
};

struct lab_request {
	struct ethhdr *eth;
	struct iphdr *ip4; /* both point to the network header: the verifier follows the wrong
			      branch of is_v6, too */
	struct ipv6hdr *ip6;
	struct lab_echo *echo;
	void *end;
	__u32 is_v6;
	struct respond_key host;
};

static __always_inline void count(__u32 key)
{
	__u64 *value = bpf_map_lookup_elem(&sonde_lab_count, &key);

	if (value)
		(*value)++;
}

static __always_inline void count_ms(void)
{
	__u32 ms = bpf_ktime_get_ns() / 1000000, key = ms % RESPOND_MS_RING;
	struct respond_ms *slot = bpf_map_lookup_elem(&sonde_lab_ms, &key);

	if (!slot)
		return;
	if (slot->ms != ms) {
		slot->ms = ms;
		slot->seen = 0;
	}
	slot->seen++;
}

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* The checksum after a 16-bit word of what it covers changed (RFC 1624). */
static __always_inline __u16 patch(__u16 check, __u16 from, __u16 to)
{
	return ~fold((__u64)(__u16)~check + (__u16)~from + to);
}

static __always_inline int parse4(struct lab_request *r)
{
	struct iphdr *ip = r->ip4;

	if ((void *)(ip + 1) > r->end || ip->version != 4 || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_ICMP || ip->frag_off & bpf_htons(FRAGMENT_BITS))
		return -1;
	r->echo = (void *)(ip + 1);
	__builtin_memset(r->host.address, 0, 10);
	__builtin_memset(r->host.address + 10, 0xff, 2);
	__builtin_memcpy(r->host.address + 12, &ip->daddr, 4);
	return 0;
}

static __always_inline int parse6(struct lab_request *r)
{
	struct ipv6hdr *ip = r->ip6;

	if ((void *)(ip + 1) > r->end || ip->nexthdr != PROTOCOL_ICMP6)
		return -1;
	r->echo = (void *)(ip + 1);
	__builtin_memcpy(r->host.address, &ip->daddr, 16);
	return 0;
}

static __always_inline int parse(struct lab_request *r, struct xdp_md *ctx)
{
	int err;

	r->eth = (void *)(long)ctx->data;
	r->end = (void *)(long)ctx->data_end;
	r->host.bits = 128;
	if ((void *)(r->eth + 1) > r->end)
		return -1;
	r->ip4 = (void *)(r->eth + 1);
	r->ip6 = (void *)(r->eth + 1);
	r->is_v6 = r->eth->h_proto == bpf_htons(ETHERTYPE_IP6);
	if (!r->is_v6 && r->eth->h_proto != bpf_htons(ETHERTYPE_IP4))
		return -1;
	err = r->is_v6 ? parse6(r) : parse4(r);
	if (err || (void *)&r->echo->payload > r->end)
		return -1;
	return r->echo->type == (r->is_v6 ? 128 : 8) && !r->echo->code ? 0 : -1;
}

/* Sonde's own number of the attempt; of other pingers their sequence number. */
static __always_inline __u32 attempt_of(const struct lab_request *r)
{
	const struct sonde_payload *payload = &r->echo->payload;

	if ((void *)(payload + 1) > r->end || payload->zero)
		return bpf_ntohs(r->echo->seq);
	return bpf_ntohl(payload->attempt);
}

static __always_inline void turn_round(struct lab_request *r)
{
	__u16 from, to;
	__u8 mac[6];

	__builtin_memcpy(mac, r->eth->h_dest, 6);
	__builtin_memcpy(r->eth->h_dest, r->eth->h_source, 6);
	__builtin_memcpy(r->eth->h_source, mac, 6);
	__builtin_memcpy(&from, r->echo, 2);
	r->echo->type = r->is_v6 ? 129 : 0;
	__builtin_memcpy(&to, r->echo, 2);
	r->echo->check = patch(r->echo->check, from, to);
	if (r->is_v6) {
		struct in6_addr source = r->ip6->saddr;

		r->ip6->saddr = r->ip6->daddr;
		r->ip6->daddr = source;
	} else {
		__u32 source = r->ip4->saddr;

		r->ip4->saddr = r->ip4->daddr;
		r->ip4->daddr = source;
	}
}

/* The neighbour's address: the last bit flipped, and every checksum mended. */
static __always_inline void change_source(struct lab_request *r)
{
	__u16 *word, from, to;

	word = r->is_v6 ? &r->ip6->saddr.in6_u.u6_addr16[7] : (__u16 *)&r->ip4->saddr + 1;
	from = *word;
	to = from ^ bpf_htons(1);
	*word = to;
	if (r->is_v6)
		r->echo->check = patch(r->echo->check, from, to);
	else
		r->ip4->check = patch(r->ip4->check, from, to);
}

/* One bit of the first word after the identity; the ICMP checksum is mended for every other one. */
static __always_inline void corrupt(struct lab_request *r, __u64 thrown)
{
	__u16 *word = (void *)(&r->echo->payload + 1), from, to;

	if ((void *)(word + 1) > r->end)
		return;
	from = *word;
	to = from ^ (__u16)(1 << (thrown & 15));
	*word = to;
	if (thrown & 16)
		r->echo->check = patch(r->echo->check, from, to);
}

static __always_inline int reply(struct xdp_md *ctx)
{
	count(RESPOND_REPLIES);
	return bpf_redirect(ctx->ingress_ifindex, 0);
}

/* One throw picks at most one fault: the shares lie side by side on the way to a million. */
static __always_inline int reply_by_rule(struct lab_request *r, const struct respond_rule *rule,
					 __u32 attempt, struct xdp_md *ctx)
{
	__u64 thrown = lab_throw(sonde_lab_seed, r->host.address, attempt, RULE_ALL);
	__u32 at = lab_scale(thrown, LAB_MILLION);

	turn_round(r);
	if (at < rule->loss) {
		count(RESPOND_LOSS);
		return XDP_DROP;
	}
	at -= rule->loss;
	if (at < rule->duplicate) {
		count(RESPOND_DUPLICATE);
		count(RESPOND_REPLIES);
		return bpf_redirect_map(&sonde_lab_twice, 0, BPF_F_BROADCAST);
	}
	at -= rule->duplicate;
	if (at < rule->corrupt) {
		count(RESPOND_CORRUPT);
		corrupt(r, lab_throw(sonde_lab_seed, r->host.address, attempt, RULE_BYTE));
		return reply(ctx);
	}
	at -= rule->corrupt;
	if (at < rule->wrong_source) {
		count(RESPOND_WRONG_SOURCE);
		change_source(r);
	}
	return reply(ctx);
}

SEC("xdp")
int sonde_lab_respond(struct xdp_md *ctx)
{
	struct respond_rule *rule;
	struct lab_request r;

	if (parse(&r, ctx)) {
		count(RESPOND_PASSED);
		return XDP_PASS;
	}
	count(RESPOND_SEEN);
	count_ms();
	rule = bpf_map_lookup_elem(&sonde_lab_rules, &r.host);
	if (rule)
		return reply_by_rule(&r, rule, attempt_of(&r), ctx);
	turn_round(&r);
	return reply(ctx);
}

char sonde_lab_license[] SEC("license") = "Dual MIT/GPL";
