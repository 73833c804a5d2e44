/* SPDX-License-Identifier: GPL-2.0 */
/*
 * slots.bpf.h - the maps, and what may be done to a slot: find, stamp, take, report.
 *
 * User space closes and re-arms slots at any moment, on another CPU. So the word is
 * read first, everything else after it, and it is only ever changed by compare-and-
 * exchange from what was read: a slot that got a new tenant in between is left alone.
 */
#ifndef SONDE_SLOTS_BPF_H
#define SONDE_SLOTS_BPF_H

#include "quote.bpf.h"

/* Sizes are set from user space before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sonde_slot);
} sonde_slots SEC(".maps");

struct sonde_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536); /* the form of a ring; each has its own size */
};

/* One ring a CPU, so that reserving never waits for another CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct sonde_ring);
} sonde_rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SONDE_COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} sonde_counters SEC(".maps");

SONDE_INLINE void sonde_count(__u32 which)
{
	__u64 *value = bpf_map_lookup_elem(&sonde_counters, &which);

	if (value)
		*value += 1;
}

/* Where and when a packet came in. */
struct sonde_arrival {
	__u64 now_ns;
	__u32 ifindex;
};

/* A slot as it was found; `word` is what it must still be for an exchange to succeed. */
struct sonde_claim {
	struct sonde_slot *slot;
	__u64 word;
	__u32 index;
};

SONDE_INLINE __u64 sonde_mark_of(__u64 word)
{
	return word & SONDE_STAMP_MASK;
}

SONDE_INLINE __u64 sonde_with_mark(__u64 word, __u64 mark)
{
	return (word & ~SONDE_STAMP_MASK) | mark;
}

SONDE_INLINE int sonde_is_in_flight(__u64 word)
{
	return sonde_mark_of(word) == SONDE_MARK_ARMED || sonde_mark_of(word) > SONDE_MARK_LAST;
}

/* One attempt to move the word on; on failure the claim has what is there instead. */
SONDE_INLINE int sonde_exchange(struct sonde_claim *claim, __u64 mark)
{
	__u64 seen = __sync_val_compare_and_swap(&claim->slot->word, claim->word,
						 sonde_with_mark(claim->word, mark));

	if (seen == claim->word)
		return 1;
	claim->word = seen;
	return 0;
}

/* The slot at an index, whoever lives there. */
SONDE_INLINE int sonde_look(struct sonde_claim *claim, __u32 index)
{
	claim->index = index;
	claim->slot = bpf_map_lookup_elem(&sonde_slots, &index);
	if (!claim->slot)
		return SONDE_FOREIGN;
	claim->word = *(volatile __u64 *)&claim->slot->word;
	return SONDE_OK;
}

/* The slot of exactly this probe, if user space is not done with it. */
SONDE_INLINE int sonde_find(struct sonde_claim *claim, const struct sonde_identity *id)
{
	if (sonde_look(claim, id->slot) || claim->slot->nonce != id->nonce ||
	    claim->word >> SONDE_STAMP_BITS != id->generation ||
	    sonde_mark_of(claim->word) == SONDE_MARK_CLOSED)
		return SONDE_FOREIGN;
	return SONDE_OK;
}

/* A word changes at most four times in its life: two stamps, an answer, the closing. */
#define SONDE_TRIES 4

/* The send stamp. The last one wins, as on stacked devices the last is nearest to the wire. */
SONDE_INLINE void sonde_stamp(struct sonde_claim *claim, __u64 now_ns)
{
	__u64 identity = claim->word & ~SONDE_STAMP_MASK, stamp = now_ns & SONDE_STAMP_MASK;
	int is_first;

	if (stamp <= SONDE_MARK_LAST)
		stamp = SONDE_MARK_LAST + 1;
	for (int i = 0; i < SONDE_TRIES; i++) {
		if (!sonde_is_in_flight(claim->word) ||
		    (claim->word & ~SONDE_STAMP_MASK) != identity)
			break;
		is_first = sonde_mark_of(claim->word) == SONDE_MARK_ARMED;
		if (sonde_exchange(claim, stamp)) {
			if (is_first)
				sonde_count(SONDE_COUNT_STAMPED);
			return;
		}
	}
	sonde_count(SONDE_COUNT_STAMP_STALE);
}

/*
 * An answer came: move the word to `mark`, TAKEN or NO_ROOM. Gives `event` when this was the first,
 * DUPLICATE when there was one before, 0 when user space closed the slot meanwhile.
 */
SONDE_INLINE __u8 sonde_take(struct sonde_claim *claim, __u64 mark, __u8 event)
{
	__u64 identity = claim->word & ~SONDE_STAMP_MASK;

	for (int i = 0; i < SONDE_TRIES; i++) {
		if ((claim->word & ~SONDE_STAMP_MASK) != identity ||
		    sonde_mark_of(claim->word) == SONDE_MARK_CLOSED)
			return 0;
		if (!sonde_is_in_flight(claim->word))
			return SONDE_EVENT_DUPLICATE;
		if (sonde_exchange(claim, mark))
			return event;
	}
	return 0;
}

/* Counters follow the events' order from SONDE_EVENT_REPLY on. */
_Static_assert(SONDE_COUNT_ICMP_ERROR - SONDE_COUNT_REPLY ==
		       SONDE_EVENT_ICMP_ERROR - SONDE_EVENT_REPLY,
	       "a counter for each event, in the same order");

SONDE_INLINE void sonde_count_event(__u8 event)
{
	sonde_count(event - SONDE_EVENT_REPLY + SONDE_COUNT_REPLY);
}

SONDE_INLINE void *sonde_own_ring(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&sonde_rings, &cpu);
}

/* What every record has; `event` and `tx_word` come with the claim. */
SONDE_INLINE void sonde_fill(struct sonde_record *record, const struct sonde_packet *p,
			     const struct sonde_icmp *icmp, const struct sonde_arrival *a)
{
	record->rx_ns = a->now_ns;
	record->ttl = p->ttl;
	record->icmp_type = icmp->type;
	record->icmp_code = icmp->code;
	record->ifindex = a->ifindex;
	record->cpu = bpf_get_smp_processor_id();
}

SONDE_INLINE void sonde_fill_claim(struct sonde_record *record, const struct sonde_claim *claim,
				   __u8 event)
{
	record->tx_word = claim->word;
	record->slot = claim->index;
	record->event = event;
}

#endif /* SONDE_SLOTS_BPF_H */
