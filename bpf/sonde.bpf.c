// SPDX-License-Identifier: GPL-2.0
/*
 * sonde.bpf.c - stamp our echo requests on their way out, match what comes back.
 *
 * Attach   sonde_tx_stamp: TC egress; sonde_rx_tc: TC ingress; the _bare ones to devices
 *          without a link layer; sonde_rx_xdp: native XDP instead of TC ingress.
 * Verdict  egress: always on to the next program. Ingress: what was matched and reported is
 *          dropped, unless sonde_verdict_pass; everything else goes on untouched. Errors
 *          that report a path's MTU are dropped too: they concern our probe's size only.
 * Match    see match.bpf.h. Fragments, a third VLAN tag, a seventh IPv6 extension header, and
 *          under XDP a packet that is not in one piece are not looked into.
 * Emits    struct sonde_record, struct sonde_error_record on the CPU's own ring of sonde_rings,
 *          without waking anybody.
 * Loss     a full ring marks the slot SONDE_MARK_NO_ROOM and counts.
 * Cost     foreign packets: bounds checks and four compares, no map access.
 * Tests    tests/bpf/test_stamp.c, test_match.c, test_error.c; attached: test_path.c, test_router.c,
 *          test_tun.c.
 */
#define BPF_NO_PRESERVE_ACCESS_INDEX /* only stable structs are read: no kernel BTF is needed */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "match.bpf.h"

/* TC verdicts; TCX's NEXT and DROP have the same values. */
enum {
	SONDE_TC_NEXT = -1,
	SONDE_TC_DROP = 2,
};

/* No packet of ours is longer: the longest payload and the headers before it. */
#define SONDE_PULL_MAX 2048

/* Set between opening and loading. */
const volatile __u32 sonde_verdict_pass = 0;

SONDE_INLINE int sonde_parse_linear(struct sonde_packet *p, struct __sk_buff *skb, int is_bare)
{
	p->data = (const void *)(long)skb->data;
	p->end = (const void *)(long)skb->data_end;
	return is_bare ? sonde_parse_bare(p) : sonde_parse_ether(p);
}

/* The ICMP message of a packet, whole if it can be had: what the device left outside the linear part
 * is fetched, but only of packets that may be ours. */
SONDE_INLINE int sonde_parse_skb(struct sonde_packet *p, struct __sk_buff *skb, int is_bare)
{
	__u32 have = skb->data_end - skb->data, want = skb->len;
	int outcome = sonde_parse_linear(p, skb, is_bare);

	if (want > SONDE_PULL_MAX)
		want = SONDE_PULL_MAX;
	if (outcome == SONDE_FOREIGN || have >= want || (!outcome && sonde_is_whole(p)))
		return outcome;
	if (bpf_skb_pull_data(skb, want))
		return SONDE_FOREIGN;
	return sonde_parse_linear(p, skb, is_bare);
}

SONDE_INLINE int sonde_send(struct __sk_buff *skb, int is_bare)
{
	struct sonde_packet p = { 0 };

	if (!sonde_parse_skb(&p, skb, is_bare))
		sonde_match_request(&p);
	return SONDE_TC_NEXT;
}

SONDE_INLINE int sonde_receive(struct __sk_buff *skb, int is_bare)
{
	struct sonde_arrival arrival = { .now_ns = bpf_ktime_get_ns(), .ifindex = skb->ifindex };
	struct sonde_packet p = { 0 };

	if (sonde_parse_skb(&p, skb, is_bare) || sonde_match(&p, &arrival))
		return SONDE_TC_NEXT;
	return sonde_verdict_pass ? SONDE_TC_NEXT : SONDE_TC_DROP;
}

SEC("tc")
int sonde_tx_stamp(struct __sk_buff *skb)
{
	return sonde_send(skb, 0);
}

SEC("tc")
int sonde_tx_bare(struct __sk_buff *skb)
{
	return sonde_send(skb, 1);
}

SEC("tc")
int sonde_rx_tc(struct __sk_buff *skb)
{
	return sonde_receive(skb, 0);
}

SEC("tc")
int sonde_rx_bare(struct __sk_buff *skb)
{
	return sonde_receive(skb, 1);
}

SEC("xdp.frags")
int sonde_rx_xdp(struct xdp_md *ctx)
{
	struct sonde_arrival arrival = { .now_ns = bpf_ktime_get_ns(),
					 .ifindex = ctx->ingress_ifindex };
	struct sonde_packet p = { .data = (const void *)(long)ctx->data,
				  .end = (const void *)(long)ctx->data_end };

	if (sonde_parse_ether(&p) || sonde_match(&p, &arrival))
		return XDP_PASS;
	return sonde_verdict_pass ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
