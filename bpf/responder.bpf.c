// SPDX-License-Identifier: GPL-2.0
/*
 * responder.bpf.c - the built-in target: answers echo requests from the driver.
 *
 * Attach   sonde_responder: native XDP of the veth end in the responder's namespace.
 *          sonde_pass: native XDP of the end on the host, for without a program there
 *          veth drops what comes by XDP_TX.
 * Verdict  an answered request goes back by XDP_TX; everything else on to the stack.
 * Match    whole echo requests without IPv4 options or IPv6 extension headers, to a unicast
 *          address.
 * Emits    nothing.
 * Loss     none of its own; the veth ring's.
 * Cost     two swaps and an incremental checksum, whatever the payload.
 * Tests    tests/bpf/test_responder.c.
 */
#define BPF_NO_PRESERVE_ACCESS_INDEX /* only stable structs are read: no kernel BTF is needed */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "wire.bpf.h"

SONDE_INLINE void swap_ether(void *data)
{
	__u16 *at = data;

	for (int i = 0; i < 3; i++) {
		__u16 target = at[i];

		at[i] = at[i + 3];
		at[i + 3] = target;
	}
}

/* Neither checksum notices: one's complement sums do not care about order. */
SONDE_INLINE void swap_ip4(void *data)
{
	struct sonde_ip4 *ip = data;
	__u32 *source = (void *)ip + __builtin_offsetof(struct sonde_ip4, source);
	__u32 target = source[1];

	source[1] = source[0];
	source[0] = target;
}

SONDE_INLINE void swap_ip6(void *data)
{
	__u32 *source = data + __builtin_offsetof(struct sonde_ip6, source);

	for (int i = 0; i < 4; i++) {
		__u32 target = source[i + 4];

		source[i + 4] = source[i];
		source[i] = target;
	}
}

/* RFC 1624: the checksum after the first 16-bit word, type and code, went from `from` to `to`. */
SONDE_INLINE void patch_type(void *icmp, __u8 from, __u8 to)
{
	__u16 *word = icmp;
	__u8 *type = icmp;

	*type = to;
	word[1] = ~sonde_fold((__u64)(__u16)~word[1] + (__u16)~bpf_htons(from << 8) +
			      bpf_htons(to << 8));
}

SONDE_INLINE int is_multicast(const struct sonde_packet *p, __u32 at)
{
	const __u8 *target = sonde_at(p, at, 1);

	return !target || (p->is_v6 ? *target == 0xff : *target >= 0xe0);
}

SONDE_INLINE int respond4(void *data, const void *end)
{
	void *ip = data + SONDE_ETHER_BYTES, *icmp = ip + sizeof(struct sonde_ip4);

	if (icmp + SONDE_ICMP_BYTES > end)
		return XDP_PASS;
	swap_ether(data);
	swap_ip4(ip);
	patch_type(icmp, SONDE_ECHO4_REQUEST, SONDE_ECHO4_REPLY);
	return XDP_TX;
}

SONDE_INLINE int respond6(void *data, const void *end)
{
	void *ip = data + SONDE_ETHER_BYTES, *icmp = ip + sizeof(struct sonde_ip6);

	if (icmp + SONDE_ICMP_BYTES > end)
		return XDP_PASS;
	swap_ether(data);
	swap_ip6(ip);
	patch_type(icmp, SONDE_ECHO6_REQUEST, SONDE_ECHO6_REPLY);
	return XDP_TX;
}

/* Is it a request at just the offsets that respond4() and respond6() write to? */
SONDE_INLINE int is_plain_request(const struct sonde_packet *p)
{
	const struct sonde_icmp *icmp = sonde_at(p, p->icmp, sizeof(*icmp));
	__u32 header = p->is_v6 ? sizeof(struct sonde_ip6) : sizeof(struct sonde_ip4);
	__u32 target = p->is_v6 ? __builtin_offsetof(struct sonde_ip6, target)
				: __builtin_offsetof(struct sonde_ip4, target);

	return icmp && icmp->type == (p->is_v6 ? SONDE_ECHO6_REQUEST : SONDE_ECHO4_REQUEST) &&
	       !icmp->code && p->ip == SONDE_ETHER_BYTES && p->icmp == p->ip + header &&
	       !is_multicast(p, p->ip + target);
}

SEC("xdp.frags")
int sonde_responder(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct sonde_packet p = { .data = data, .end = end };

	if (sonde_parse_ether(&p) || !sonde_is_whole(&p) || !is_plain_request(&p))
		return XDP_PASS;
	return p.is_v6 ? respond6(data, end) : respond4(data, end);
}

SEC("xdp.frags")
int sonde_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
