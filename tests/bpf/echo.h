/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * echo.h - for the BPF tests: probes as the engine would make them, and their slots.
 */
#ifndef TESTS_BPF_ECHO_H
#define TESTS_BPF_ECHO_H

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "sonde_abi.h"

#define ECHO_BYTES_MAX 2048

/* One probe: who, where to, what. */
struct echo {
	int is_v6;
	__u32 slot;
	__u16 generation;
	__u64 nonce;
	__u16 id, seq;
	unsigned payload_bytes;
	__u8 source[16], target[16]; /* as in the packet; IPv4 uses four bytes */
};

static inline __u64 echo_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Not folded; 16-bit words in memory order. */
static inline __u64 echo_sum(const void *data, size_t bytes)
{
	const __u8 *at = data;
	__u64 sum = 0;

	for (; bytes >= 2; bytes -= 2, at += 2) {
		__u16 word;

		memcpy(&word, at, 2);
		sum += word;
	}
	if (bytes) {
		__u8 last[2] = { *at, 0 };
		__u16 word;

		memcpy(&word, last, 2);
		sum += word;
	}
	return sum;
}

static inline __u16 echo_fold(__u64 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static inline __u32 echo_tag(const __u8 *address, int is_v6)
{
	__u32 words[4];

	memcpy(words, address, is_v6 ? 16 : 4);
	return is_v6 ? sonde_address_tag6(words) : sonde_address_tag4(words[0]);
}

/* The payload as sonde_abi.h describes it; `balance` keeps sum + sequence number at 0x5555. */
static inline void echo_payload(const struct echo *e, __u8 *payload)
{
	struct sonde_payload head = { .slot = htonl(e->slot),
				      .generation = htonl(e->generation),
				      .nonce = e->nonce };
	__u8 nonce[8];

	memcpy(nonce, &e->nonce, 8);
	for (unsigned i = 0; i < e->payload_bytes; i++)
		payload[i] = nonce[i % 8] ^ i;
	memcpy(payload, &head,
	       e->payload_bytes < sizeof(head) ? e->payload_bytes : sizeof(head));
	if (e->payload_bytes >= SONDE_PAYLOAD_MIN) {
		__u16 sum = echo_fold(echo_sum(payload, e->payload_bytes) + htons(e->seq));

		head.balance = echo_fold(0x5555u + (__u16)~sum);
		memcpy(payload + 16, &head.balance, 2);
	}
}

/* ICMP header and payload, checksum filled in. Return: bytes. */
static inline unsigned echo_message(const struct echo *e, int is_reply, __u8 *message)
{
	unsigned bytes = 8 + e->payload_bytes;
	__u16 check, fields[2] = { htons(e->id), htons(e->seq) };
	__u64 sum;

	memset(message, 0, 8);
	message[0] = e->is_v6 ? (is_reply ? 129 : 128) : (is_reply ? 0 : 8);
	memcpy(message + 4, fields, 4);
	echo_payload(e, message + 8);
	sum = echo_sum(message, bytes);
	if (e->is_v6)
		sum += echo_sum(e->source, 16) + echo_sum(e->target, 16) + htons(bytes) +
		       htons(IPPROTO_ICMPV6);
	check = ~echo_fold(sum);
	memcpy(message + 2, &check, 2);
	return bytes;
}

/* What user space does before it sends. */
static inline void echo_arm(const struct echo *e, struct sonde_slot *slots)
{
	struct sonde_slot *slot = &slots[e->slot];
	__u8 payload[ECHO_BYTES_MAX];

	echo_payload(e, payload);
	slot->nonce = e->nonce;
	slot->address = echo_tag(e->target, e->is_v6);
	slot->payload_sum = echo_fold(echo_sum(payload, e->payload_bytes));
	slot->payload_bytes = e->payload_bytes;
	__atomic_store_n(&slot->word, (__u64)e->generation << SONDE_STAMP_BITS | SONDE_MARK_ARMED,
			 __ATOMIC_RELEASE);
}

#endif /* TESTS_BPF_ECHO_H */
