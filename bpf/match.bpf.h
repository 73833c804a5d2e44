/* SPDX-License-Identifier: GPL-2.0 */
/*
 * match.bpf.h - is this packet about a probe of ours, and what does it say?
 *
 * A reply is ours when it carries the slot, generation and nonce of a probe that is
 * not closed. Then it is judged: from another address than we asked, WRONG_SOURCE; with
 * another length or another one's complement sum than was sent, CORRUPT; otherwise it
 * answers. The ICMP checksum is not looked at: beyond the payload, which is verified here
 * byte by byte, it covers type and code, which are compared, and id and sequence
 * number, which NATs rewrite and nothing here reads; and on virtual links it is
 * often not filled in yet. The IPv4 header checksum is looked at: it is always there.
 *
 * An error is ours when it quotes the same identity and the address we asked, and its
 * ICMP checksum is right. Of shorter IPv4 quotes only the probe's ICMP header is left:
 * the sequence number narrows the slots down to at most 64, the quoted destination and
 * checksum (which depends on the payload's sum, that is on a flow's id and nonce) must
 * fit one in flight, and no second one. That is 32 bits a stranger would have to guess
 * while the probe is in flight, as many as shield a TCP connection from forged errors.
 */
#ifndef SONDE_MATCH_BPF_H
#define SONDE_MATCH_BPF_H

#include "slots.bpf.h"

/* REPLY, WRONG_SOURCE or CORRUPT; 0 when that cannot be told: *outcome says why. */
SONDE_INLINE __u8 sonde_judge(const struct sonde_packet *p, const struct sonde_slot *slot,
			      int *outcome)
{
	__u32 bytes = p->icmp_bytes - SONDE_ICMP_BYTES;
	__u64 sum = 0;

	if (slot->address != p->source)
		return SONDE_EVENT_WRONG_SOURCE;
	if (slot->payload_bytes != bytes)
		return SONDE_EVENT_CORRUPT;
	*outcome = sonde_sum(p, p->icmp + SONDE_ICMP_BYTES, bytes, &sum);
	if (*outcome)
		return 0;
	return sonde_fold(sum) == sonde_fold(slot->payload_sum) ? SONDE_EVENT_REPLY
								: SONDE_EVENT_CORRUPT;
}

/* A ring without room: a first answer leaves a mark in the slot, everything else only counts. */
SONDE_INLINE int sonde_no_room(struct sonde_claim *claim, __u8 event)
{
	if (event == SONDE_EVENT_REPLY || event == SONDE_EVENT_ICMP_ERROR)
		event = sonde_take(claim, SONDE_MARK_NO_ROOM, event);
	if (!event)
		return SONDE_FOREIGN;
	sonde_count(SONDE_COUNT_NO_ROOM);
	return SONDE_OK;
}

/* Room is reserved before the slot is taken, so that what was taken can be reported. */
SONDE_INLINE int sonde_report(struct sonde_claim *claim, __u8 event, const struct sonde_packet *p,
			      const struct sonde_arrival *a)
{
	const struct sonde_icmp *icmp = sonde_at(p, p->icmp, sizeof(*icmp));
	void *ring = sonde_own_ring();
	struct sonde_record *record = 0;

	if (!icmp)
		return SONDE_SHORT;
	if (ring)
		record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);
	if (!record)
		return sonde_no_room(claim, event);
	if (event == SONDE_EVENT_REPLY)
		event = sonde_take(claim, SONDE_MARK_TAKEN, event);
	if (!event) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return SONDE_FOREIGN;
	}
	sonde_fill(record, p, icmp, a);
	sonde_fill_claim(record, claim, event);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	sonde_count_event(event);
	return SONDE_OK;
}

/* An echo reply. */
SONDE_INLINE int sonde_match_reply(const struct sonde_packet *p, const struct sonde_arrival *a)
{
	struct sonde_identity id;
	struct sonde_claim claim;
	int outcome = SONDE_FOREIGN;
	__u8 event;

	if (p->icmp_bytes < SONDE_ICMP_BYTES + SONDE_PAYLOAD_MIN)
		goto foreign;
	outcome = sonde_read_identity(&id, p);
	if (outcome)
		return outcome;
	if (sonde_find(&claim, &id) || !sonde_is_header_whole(p))
		goto foreign;
	event = sonde_judge(p, claim.slot, &outcome);
	if (!event)
		return outcome;
	if (!sonde_report(&claim, event, p, a))
		return SONDE_OK;
foreign:
	sonde_count(SONDE_COUNT_FOREIGN_ECHO);
	return SONDE_FOREIGN;
}

/* 2^22 slots share 16 bits of sequence number in groups of 64. */
#define SONDE_CONGRUENT_MAX 64
#define SONDE_NOWHERE       (~0u)

/*
 * The index of the only slot in flight, among those whose low 16 bits are `low`, that asked `target`
 * and whose payload makes the one's complement `header_sum` of the quoted ICMP header complete.
 * Not static: the kernel then verifies it by itself, not once for every way to get here.
 */
__attribute__((noinline)) __u32 sonde_search(__u32 low, __u32 target, __u32 header_sum)
{
	__u32 found = SONDE_NOWHERE, index = low & 0xffff;
	struct sonde_claim claim;

	for (int i = 0; i < SONDE_CONGRUENT_MAX; i++, index += 1 << 16) {
		if (sonde_look(&claim, index))
			break;
		if (!sonde_is_in_flight(claim.word) || claim.slot->address != target ||
		    sonde_fold((__u64)header_sum + claim.slot->payload_sum) != 0xffff)
			continue;
		if (found != SONDE_NOWHERE)
			return SONDE_NOWHERE;
		/* as in sonde_forget(): the verifier need not follow each index by itself */
		found = sonde_hide(sonde_hide(index ^ target) ^ target);
	}
	return found;
}

/* A quote too short for the identity. RFC 4443: IPv6 routers quote all that fits. */
SONDE_INLINE int sonde_find_short(struct sonde_claim *claim, const struct sonde_packet *q)
{
	const struct sonde_icmp *icmp = sonde_at(q, q->icmp, sizeof(*icmp));

	if (q->is_v6 || !icmp)
		return SONDE_FOREIGN;
	return sonde_look(claim, sonde_search(bpf_ntohs(sonde_load16(&icmp->echo.seq)), q->target,
					      sonde_header_sum(icmp)));
}

/* The slot of the probe that an error quotes. */
SONDE_INLINE int sonde_find_quoted(struct sonde_claim *claim, const struct sonde_packet *q)
{
	struct sonde_identity id;
	int outcome;

	if (q->icmp_bytes < SONDE_ICMP_BYTES + SONDE_IDENTITY_BYTES)
		return sonde_find_short(claim, q);
	outcome = sonde_read_identity(&id, q);
	if (outcome)
		return outcome;
	if (sonde_find(claim, &id) || claim->slot->address != q->target)
		return SONDE_FOREIGN;
	return SONDE_OK;
}

SONDE_INLINE void sonde_fill_router(struct sonde_error_record *record, const struct sonde_packet *p)
{
	__u32 at = p->ip + (p->is_v6 ? __builtin_offsetof(struct sonde_ip6, source)
				     : __builtin_offsetof(struct sonde_ip4, source));
	const __u32 *source = sonde_at(p, at, p->is_v6 ? 16 : 4);

	__builtin_memset(record->router, 0, sizeof(record->router));
	if (!source)
		return;
	if (p->is_v6) {
		record->router[0] = source[0];
		record->router[1] = source[1];
		record->router[2] = source[2];
		record->router[3] = source[3];
	} else {
		record->router[2] = bpf_htonl(0xffff);
		record->router[3] = source[0];
	}
}

SONDE_INLINE int sonde_report_error(struct sonde_claim *claim, const struct sonde_packet *p,
				    const struct sonde_arrival *a)
{
	const struct sonde_icmp *icmp = sonde_at(p, p->icmp, sizeof(*icmp));
	void *ring = sonde_own_ring();
	struct sonde_error_record *record = 0;
	__u8 event;

	if (!icmp)
		return SONDE_SHORT;
	if (ring)
		record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);
	if (!record)
		return sonde_no_room(claim, SONDE_EVENT_ICMP_ERROR);
	event = sonde_take(claim, SONDE_MARK_TAKEN, SONDE_EVENT_ICMP_ERROR);
	if (!event) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return SONDE_FOREIGN;
	}
	sonde_fill(&record->record, p, icmp, a);
	sonde_fill_claim(&record->record, claim, event);
	sonde_fill_router(record, p);
	record->mtu = sonde_error_mtu(icmp, p->is_v6);
	record->pad0 = 0;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	sonde_count_event(event);
	return SONDE_OK;
}

SONDE_INLINE int sonde_match_error(const struct sonde_packet *p, const struct sonde_arrival *a)
{
	struct sonde_claim claim;
	struct sonde_packet q;
	int outcome;

	outcome = sonde_parse_quote(&q, p);
	if (!outcome)
		outcome = sonde_find_quoted(&claim, &q);
	if (!outcome)
		outcome = sonde_check_icmp(p);
	if (outcome)
		return outcome;
	return sonde_is_header_whole(p) ? sonde_report_error(&claim, p, a) : SONDE_FOREIGN;
}

/* What came in. SONDE_OK: it was ours and has been reported. */
SONDE_INLINE int sonde_match(const struct sonde_packet *p, const struct sonde_arrival *a)
{
	const struct sonde_icmp *icmp = sonde_at(p, p->icmp, sizeof(*icmp));

	if (!icmp)
		return SONDE_SHORT;
	if (icmp->type == (p->is_v6 ? SONDE_ECHO6_REPLY : SONDE_ECHO4_REPLY) && !icmp->code)
		return sonde_match_reply(p, a);
	if (sonde_is_error(p->is_v6, icmp->type))
		return sonde_match_error(p, a);
	return SONDE_FOREIGN;
}

/* What goes out. */
SONDE_INLINE int sonde_match_request(const struct sonde_packet *p)
{
	const struct sonde_icmp *icmp = sonde_at(p, p->icmp, sizeof(*icmp));
	struct sonde_identity id;
	struct sonde_claim claim;
	int outcome;

	if (!icmp)
		return SONDE_SHORT;
	if (icmp->type != (p->is_v6 ? SONDE_ECHO6_REQUEST : SONDE_ECHO4_REQUEST) || icmp->code ||
	    p->icmp_bytes < SONDE_ICMP_BYTES + SONDE_PAYLOAD_MIN)
		return SONDE_FOREIGN;
	outcome = sonde_read_identity(&id, p);
	if (outcome)
		return outcome;
	if (sonde_look(&claim, id.slot))
		return SONDE_FOREIGN;
	if (sonde_find(&claim, &id))
		sonde_count(SONDE_COUNT_STAMP_STALE);
	else
		sonde_stamp(&claim, bpf_ktime_get_ns());
	return SONDE_OK;
}

#endif /* SONDE_MATCH_BPF_H */
