/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * quote.bpf.h - ICMP errors: are they whole, and what probe do they quote?
 *
 * Pure like wire.bpf.h. Errors are believed only with a right ICMP checksum: the type
 * and code they report are protected by nothing else, and whoever writes
 * one computes it in full (the kernel's own included).
 */
#ifndef SONDE_QUOTE_BPF_H
#define SONDE_QUOTE_BPF_H

#include "wire.bpf.h"

/* RFC 792 and 4443. Redirects and whatever is invented later belong to the stack. */
enum {
	SONDE_ERROR4_UNREACHABLE = 3,
	SONDE_ERROR4_TOO_BIG = 4, /* a code of the former */
	SONDE_ERROR4_EXCEEDED = 11,
	SONDE_ERROR4_PARAMETER = 12,
	SONDE_ERROR6_UNREACHABLE = 1,
	SONDE_ERROR6_TOO_BIG = 2,
	SONDE_ERROR6_PARAMETER = 4,
};

/* The part of struct sonde_payload that tells one probe from all others. */
struct sonde_identity {
	__u32 slot;
	__u16 generation;
	__u64 nonce;
};
#define SONDE_IDENTITY_BYTES 16

/* Reads it from the start of the payload. SONDE_SHORT when it is not all there. */
SONDE_INLINE int sonde_read_identity(struct sonde_identity *id, const struct sonde_packet *p)
{
	const void *at = sonde_at(p, p->icmp + SONDE_ICMP_BYTES, SONDE_IDENTITY_BYTES);

	if (!at)
		return SONDE_SHORT;
	id->slot = bpf_ntohl(sonde_load32(at));
	id->generation = bpf_ntohl(sonde_load32(at + 4));
	id->nonce = sonde_load64(at + 8);
	return SONDE_OK;
}

SONDE_INLINE int sonde_is_error(int is_v6, __u8 type)
{
	if (is_v6)
		return type >= SONDE_ERROR6_UNREACHABLE && type <= SONDE_ERROR6_PARAMETER;
	return type == SONDE_ERROR4_UNREACHABLE || type == SONDE_ERROR4_EXCEEDED ||
	       type == SONDE_ERROR4_PARAMETER;
}

/* What the error says about the path's MTU; 0 when it is about something else. */
SONDE_INLINE __u32 sonde_error_mtu(const struct sonde_icmp *icmp, int is_v6)
{
	if (is_v6)
		return icmp->type == SONDE_ERROR6_TOO_BIG ? bpf_ntohl(sonde_load32(&icmp->mtu6))
							  : 0;
	if (icmp->type != SONDE_ERROR4_UNREACHABLE || icmp->code != SONDE_ERROR4_TOO_BIG)
		return 0;
	return bpf_ntohs(sonde_load16(&icmp->too_big4.mtu));
}

/* The echo request that an error quotes: *q. Its payload may be missing. */
SONDE_INLINE int sonde_parse_quote(struct sonde_packet *q, const struct sonde_packet *p)
{
	const struct sonde_icmp *icmp;
	int outcome;

	q->data = p->data;
	q->end = p->end;
	q->ip = p->icmp + SONDE_ICMP_BYTES;
	q->icmp_bytes = p->icmp_bytes - SONDE_ICMP_BYTES;
	outcome = p->is_v6 ? sonde_parse_ip6(q, 1) : sonde_parse_ip4(q, 1);
	if (outcome)
		return outcome;
	icmp = sonde_at(q, q->icmp, sizeof(*icmp));
	if (!icmp || icmp->type != (p->is_v6 ? SONDE_ECHO6_REQUEST : SONDE_ECHO4_REQUEST) ||
	    icmp->code)
		return SONDE_FOREIGN;
	return SONDE_OK;
}

/* Is the ICMP checksum right? SONDE_FOREIGN when not. */
SONDE_INLINE int sonde_check_icmp(const struct sonde_packet *p)
{
	__u32 addresses = p->ip + __builtin_offsetof(struct sonde_ip6, source);
	__u64 sum = 0;
	int outcome;

	if (p->is_v6) {
		sum = bpf_htons(SONDE_PROTO_ICMP6) + (__u64)bpf_htons(p->icmp_bytes);
		outcome = sonde_sum(p, addresses, 32, &sum);
		if (outcome)
			return outcome;
	}
	outcome = sonde_sum(p, p->icmp, p->icmp_bytes, &sum);
	if (outcome)
		return outcome;
	return sonde_fold(sum) == 0xffff ? SONDE_OK : SONDE_FOREIGN;
}

/* The one's complement sum of an ICMP header, its checksum included; with that of a whole IPv4
 * message's payload it makes 0xffff. */
SONDE_INLINE __u16 sonde_header_sum(const struct sonde_icmp *icmp)
{
	__u64 header = sonde_load64(icmp);

	return sonde_fold((header & 0xffffffff) + (header >> 32));
}

#endif /* SONDE_QUOTE_BPF_H */
