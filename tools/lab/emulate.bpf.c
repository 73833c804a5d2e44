/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * emulate.bpf.c - takes echo requests for the emulator and stamps both ends of what it holds.
 *
 * Attach:  TC (clsact) ingress and egress of the network's end of the wire.
 * Verdict: ingress: echo requests are copied into a ring and dropped, the rest passes;
 *          egress: everything passes.
 * Match:   ingress: ICMP or ICMPv6 echo requests, no fragments; egress: the emulator's mark.
 * Emits:   one record a request with its arrival; the departure of reply i of a batch in
 *          sonde_lab_sent[i], which the sender reads when its call returns: the device is
 *          entered inside the call.
 * Loss:    a full ring drops the request, counted.
 * Cost:    a copy of the frame.
 * Tests:   tests/system/test_lab.sh.
 */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "emulate.h"

#define ETHERTYPE_IP4  0x0800
#define ETHERTYPE_IP6  0x86dd
#define PROTOCOL_ICMP6 58
#define FRAGMENT_BITS  0x3fff /* more fragments, and the offset */
#define VERDICT_PASS   0      /* TC_ACT_OK */
#define VERDICT_DROP   2      /* TC_ACT_SHOT */
#define LINK_HEADER    14
#define SHORTEST       42 /* Ethernet, IPv4 and ICMP headers */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EMULATE_RING_BYTES);
} sonde_lab_taken SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EMULATE_BATCH);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} sonde_lab_sent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EMULATE_COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} sonde_lab_emulated SEC(".maps");

static __always_inline void count(__u32 key)
{
	__u64 *value = bpf_map_lookup_elem(&sonde_lab_emulated, &key);

	if (value)
		(*value)++;
}

static __always_inline int is_request4(struct __sk_buff *skb)
{
	struct iphdr ip;
	__u8 type;

	if (bpf_skb_load_bytes(skb, LINK_HEADER, &ip, sizeof(ip)) || ip.protocol != IPPROTO_ICMP ||
	    ip.frag_off & bpf_htons(FRAGMENT_BITS))
		return 0;
	return !bpf_skb_load_bytes(skb, LINK_HEADER + ip.ihl * 4, &type, 1) && type == 8;
}

static __always_inline int is_request6(struct __sk_buff *skb)
{
	__u8 next, type;

	return !bpf_skb_load_bytes(skb, LINK_HEADER + 6, &next, 1) && next == PROTOCOL_ICMP6 &&
	       !bpf_skb_load_bytes(skb, LINK_HEADER + sizeof(struct ipv6hdr), &type, 1) &&
	       type == 128;
}

static __always_inline int take_short(struct __sk_buff *skb, __u64 now, __u32 len)
{
	struct emulate_short *taken = bpf_ringbuf_reserve(&sonde_lab_taken, sizeof(*taken), 0);

	if (!taken)
		return -1;
	taken->rx_ns = now;
	taken->len = len;
	taken->pad0 = 0;
	if (len < SHORTEST || len > sizeof(taken->bytes) ||
	    bpf_skb_load_bytes(skb, 0, taken->bytes, len)) {
		bpf_ringbuf_discard(taken, 0);
		return -1;
	}
	bpf_ringbuf_submit(taken, 0);
	return 0;
}

static __always_inline int take_long(struct __sk_buff *skb, __u64 now, __u32 len)
{
	struct emulate_long *taken = bpf_ringbuf_reserve(&sonde_lab_taken, sizeof(*taken), 0);

	if (!taken)
		return -1;
	taken->rx_ns = now;
	taken->len = len;
	taken->pad0 = 0;
	if (len < SHORTEST || len > sizeof(taken->bytes) ||
	    bpf_skb_load_bytes(skb, 0, taken->bytes, len)) {
		bpf_ringbuf_discard(taken, 0);
		return -1;
	}
	bpf_ringbuf_submit(taken, 0);
	return 0;
}

static __always_inline int take(struct __sk_buff *skb, __u64 now)
{
	__u32 len = skb->len;
	int err;

	if (skb->protocol == bpf_htons(ETHERTYPE_IP4)) {
		if (!is_request4(skb))
			return VERDICT_PASS;
	} else if (skb->protocol != bpf_htons(ETHERTYPE_IP6) || !is_request6(skb)) {
		return VERDICT_PASS;
	}
	if (len <= sizeof(((struct emulate_short *)0)->bytes))
		err = take_short(skb, now, len);
	else
		err = take_long(skb, now, len);
	count(err ? EMULATE_NO_ROOM : EMULATE_TAKEN);
	return VERDICT_DROP;
}

SEC("tc")
int sonde_lab_take(struct __sk_buff *skb)
{
	return take(skb, bpf_ktime_get_ns());
}

SEC("tc")
int sonde_lab_stamp(struct __sk_buff *skb)
{
	__u32 place = skb->mark - EMULATE_MARK;
	__u64 *sent;

	if (place < EMULATE_BATCH) {
		sent = bpf_map_lookup_elem(&sonde_lab_sent, &place);
		if (sent)
			*sent = bpf_ktime_get_ns();
	}
	return VERDICT_PASS;
}

char sonde_lab_license[] SEC("license") = "Dual MIT/GPL";
