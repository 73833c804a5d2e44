/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * result.h - what became of one attempt; the record every engine produces and
 * every later stage consumes.
 *
 * Each attempt closes exactly once, with one class. After that only one thing
 * can happen to it: a reply inside the late window amends lost to late. Packets
 * that are no answer of their own (duplicates, corrupt ones...) are reported
 * beside it and never enter the sum of the attempts.
 */
#ifndef DOMAIN_RESULT_H
#define DOMAIN_RESULT_H

#include <stdint.h>

/* How an attempt ended. Values are stored: never renumber. */
enum result_class {
	RESULT_OK,
	RESULT_LOST,          /* no answer within the timeout */
	RESULT_LATE,          /* lost, amended: an answer within the late window; still loss */
	RESULT_ICMP_ERROR,    /* a router or the target said no */
	RESULT_REFUSED,       /* the target answered: nothing listens */
	RESULT_INVALID,       /* an answer that failed validation */
	RESULT_SEND_ERROR,    /* local from here on: send() failed, errno in `error` */
	RESULT_NOT_SENT,      /* rate cap, lag or no free slot */
	RESULT_LOCAL_FAULT,   /* our own link or route was down */
	RESULT_RESOLVE_ERROR, /* no address for the name */
	RESULT_DROPPED,       /* answered, but the record was lost in our own ring */
	RESULT_BLOCKED,       /* refused by policy */
	RESULT_CLASS_MAX,
};

/* Packets counted beside the attempts. */
enum result_packet {
	RESULT_DUPLICATE,
	RESULT_CORRUPT,
	RESULT_WRONG_SOURCE,
	RESULT_REORDERED,
	RESULT_PACKET_MAX,
};

/* Which clock an RTT comes from; of two different stamps the worse. Best last. */
enum result_stamp {
	RESULT_STAMP_NONE,   /* no RTT */
	RESULT_STAMP_CLOCK,  /* user space, around the system calls */
	RESULT_STAMP_SOCKET, /* SO_TIMESTAMPING, the kernel's software stamps */
	RESULT_STAMP_TC,     /* TC egress to TC ingress */
	RESULT_STAMP_XDP,    /* TC egress to native XDP */
	RESULT_STAMP_MAX,
};

enum result_kind {
	RESULT_CLOSE,  /* the attempt is over: `class` */
	RESULT_AMEND,  /* RESULT_LOST becomes RESULT_LATE, RTT in rtt_ns */
	RESULT_PACKET, /* one packet of `packet` */
};

struct result {
	uint32_t flow;            /* index in the flow table, see probe/flow.h */
	uint32_t flow_generation; /* which tenant of that index */
	uint32_t attempt;         /* number within its check, from 0 */
	uint8_t kind;             /* enum result_kind */
	uint8_t class;            /* enum result_class; with RESULT_PACKET enum result_packet */
	uint8_t stamp;            /* enum result_stamp */
	uint8_t ttl;              /* TTL or hop limit of the answer, 0 unknown */
	int64_t sent_wall_ns; /* when it left, ns of CLOCK_REALTIME; if it never did, when due */
	int64_t rtt_ns;       /* 0 when there is none */
	uint32_t submit_delay_ns; /* from handing it to the kernel to its send stamp, saturating */
	uint32_t lateness_us;     /* from due to handed over, saturating */
	uint8_t icmp_type;        /* with RESULT_ICMP_ERROR */
	uint8_t icmp_code;
	uint16_t error;   /* errno, with RESULT_SEND_ERROR */
	uint32_t mtu;     /* with fragmentation needed or packet too big */
	uint8_t from[16]; /* who answered, IPv4 as ::ffff:a.b.c.d; all 0 when nobody */
};
_Static_assert(sizeof(struct result) == 64, "a result fills one cache line");

/** result_class_name() - "ok", "icmp_error"...; "unknown" outside the range. Any thread. */
const char *result_class_name(unsigned class);

/** result_packet_name() - "duplicate"... Any thread. */
const char *result_packet_name(unsigned packet);

/** result_stamp_name() - "none", "clock", "socket", "tc", "xdp". Any thread. */
const char *result_stamp_name(unsigned stamp);

/** result_is_local() - the attempt ended on our side and says nothing about the target. */
int result_is_local(unsigned class);

/** result_is_answer() - counts as an answer in the loss ratio: ok, refused, invalid. */
int result_is_answer(unsigned class);

/* Exact sums over attempts: attempts == the sum of class[], always. */
struct result_sums {
	uint64_t class[RESULT_CLASS_MAX];
	uint64_t packet[RESULT_PACKET_MAX];
};

/** result_sum() - account one record of any kind; an amendment moves one from lost to late. */
void result_sum(struct result_sums *sums, const struct result *result);

/** result_attempts() - attempts closed so far. */
uint64_t result_attempts(const struct result_sums *sums);

/**
 * result_loss_ratio() - 1 - answers / (attempts - local ones), 0..1.
 * Return: the ratio, or -1 when no attempt reached the network.
 */
double result_loss_ratio(const struct result_sums *sums);

#endif /* DOMAIN_RESULT_H */
