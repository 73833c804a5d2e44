/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * sonde_abi.h - the bytes that cross the kernel boundary or the wire; the only
 * header that bpf/, user/ and the lab share.
 *
 * Rules for this file:
 *  - fixed-width __uNN only: no pointers, bool, enum members, bitfields, long;
 *  - padding is a named field, zeroed by the writer; never packed;
 *  - every struct is followed by its size, so a change shows up in the diff;
 *  - times are ns of CLOCK_MONOTONIC (bpf_ktime_get_ns), never wall time;
 *  - every name carries sonde_/SONDE_: vmlinux.h already owns sample, probe...
 */
#ifndef SONDE_ABI_H
#define SONDE_ABI_H

#ifndef __VMLINUX_H__ /* bpf/ gets its types from vmlinux.h */
#include <linux/types.h>
#endif

/*
 * The start of every echo payload, network byte order. A reply is matched by
 * slot, generation, nonce and its source address alone: NATs rewrite the ICMP id.
 *
 * What follows up to the payload's end is fill: byte i of the payload is
 * (nonce byte i % 8) ^ i, so that it never repeats between probes. `balance`
 * makes the one's complement sum of the payload plus the ICMP sequence number
 * the same for every probe of a check: the ICMP checksum is constant per flow,
 * and routers that hash it keep one path (Paris traceroute, Augustin et al.,
 * IMC 2006).
 */
struct sonde_payload {
	__u32 slot;
	__u32 generation; /* the low SONDE_GENERATION_BITS are used */
	__u64 nonce;      /* eight opaque bytes, random per probe */
	__u16 balance;
	__u16 zero;
	__u32 attempt; /* number of the attempt within its check, from 0; for people and the lab */
};
_Static_assert(sizeof(struct sonde_payload) == 24, "abi: sonde_payload");

/* The shortest payload that identifies a probe to the kernel path: up to and with `balance`. */
#define SONDE_PAYLOAD_MIN 18
/* The longest one whose every byte the kernel path verifies; above it is the socket path. */
#define SONDE_PAYLOAD_MAX 1472

/*
 * The state of a probe in flight, in one word that is read and exchanged whole:
 * generation in the top 16 bits, below it 48 bits of time (3.2 days before it
 * wraps; differences are taken modulo 2^48) or one of the marks.
 */
#define SONDE_STAMP_BITS      48
#define SONDE_STAMP_MASK      ((1ull << SONDE_STAMP_BITS) - 1)
#define SONDE_GENERATION_BITS 16
#define SONDE_MARK_ARMED      0ull /* handed to the kernel, not yet seen on its way out */
#define SONDE_MARK_TAKEN      1ull /* answered; a further reply is a duplicate */
#define SONDE_MARK_NO_ROOM    2ull /* answered, but the ring had no room for the record */
#define SONDE_MARK_CLOSED     3ull /* user space is done with it; replies pass as foreign */
#define SONDE_MARK_LAST       3ull /* anything above is a time */

/* One probe in flight: an element of the mmapped array sonde_slots. User space fills it, nonce
 * first and word last (release), before the packet can leave; the kernel only exchanges `word`. */
struct sonde_slot {
	__u64 word;        /* generation << SONDE_STAMP_BITS | send stamp or mark */
	__u64 nonce;       /* the same eight bytes as in the payload */
	__u32 address;     /* sonde_address_tag() of the target */
	__u16 payload_sum; /* one's complement sum of the whole payload, folded, not inverted,
			      as 16-bit words in memory order */
	__u16 payload_bytes;
};
_Static_assert(sizeof(struct sonde_slot) == 24, "abi: sonde_slot");

/* What a record of sonde_rings reports. */
enum sonde_event {
	SONDE_EVENT_REPLY = 1,    /* the first answer; closes the attempt */
	SONDE_EVENT_DUPLICATE,    /* a further answer */
	SONDE_EVENT_CORRUPT,      /* our identity, another payload; the probe stays in flight */
	SONDE_EVENT_WRONG_SOURCE, /* our identity, another address; the probe stays in flight */
	SONDE_EVENT_ICMP_ERROR,   /* struct sonde_error_record; closes the attempt */
};

/* One packet that concerned a probe of ours. bpf/ -> user/kern. */
struct sonde_record {
	__u64 rx_ns;
	__u64 tx_word; /* the slot's word as it was exchanged: the send stamp, or SONDE_MARK_ARMED */
	__u32 slot;
	__u8 event; /* enum sonde_event */
	__u8 ttl;   /* TTL or hop limit of the answer */
	__u8 icmp_type;
	__u8 icmp_code;
	__u32 ifindex;
	__u32 cpu;
};
_Static_assert(sizeof(struct sonde_record) == 32, "abi: sonde_record");

/* SONDE_EVENT_ICMP_ERROR carries who sent it. IPv4 addresses are in router[3], the rest 0,
 * 0, 0xffff (host value, network order), as in ::ffff:a.b.c.d. */
struct sonde_error_record {
	struct sonde_record record;
	__u32 router[4];
	__u32 mtu; /* fragmentation needed, packet too big; otherwise 0 */
	__u32 pad0;
};
_Static_assert(sizeof(struct sonde_error_record) == 56, "abi: sonde_error_record");

/* Keys of the per-CPU array sonde_counters: every place where a packet or record can go. */
enum sonde_counter {
	SONDE_COUNT_STAMPED,     /* stamped on the way out */
	SONDE_COUNT_STAMP_STALE, /* ours by shape, but no longer the slot's probe */
	SONDE_COUNT_REPLY,
	SONDE_COUNT_DUPLICATE,
	SONDE_COUNT_CORRUPT,
	SONDE_COUNT_WRONG_SOURCE,
	SONDE_COUNT_ICMP_ERROR,
	SONDE_COUNT_NO_ROOM,      /* records refused by a full ring */
	SONDE_COUNT_FOREIGN_ECHO, /* echo replies that are not ours, passed on */
	SONDE_COUNT_MAX,
};

/* Fold an address into the slot's tag. IPv4: the address itself; IPv6: four words mixed by
 * odd multipliers (Knuth's golden ratio and its squares), so that swapped words differ. */
static inline __u32 sonde_address_tag4(__u32 saddr)
{
	return saddr;
}

static inline __u32 sonde_address_tag6(const __u32 *w)
{
	return w[0] * 0x9e3779b1u ^ w[1] * 0x85ebca77u ^ w[2] * 0xc2b2ae3du ^ w[3] * 0x27d4eb2fu;
}

#endif /* SONDE_ABI_H */
