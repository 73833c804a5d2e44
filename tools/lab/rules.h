/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * rules.h - what each host of the lab is like: a text file of prefixes.
 *
 *   # the longest prefix that holds the host counts
 *   198.18.0.0/16  loss=10% duplicate=5%:2 corrupt=1% late=1%
 *   198.18.7.0/24  delay=20ms jitter=normal:3ms reorder=2%:10ms error=1%:3/1
 *   fd00:51::/64   flap=10s:50%
 *
 * A key stands at most once in a line, except `error` (up to RULE_ERRORS_MAX).
 *   loss=P duplicate=P[:COPIES] corrupt=P wrong_source=P
 *   reorder=P[:DELAY]  the reply waits that much longer (10 ms), for later ones to overtake
 *   late=P[:DELAY]     it comes after the prober's timeout, inside its late window
 *   expired=P[:DELAY]  it comes after both; without DELAY both are drawn from --timeout and --late
 *   error=P:TYPE/CODE[:quote=BYTES][:mtu=N]  an ICMP error instead, quoting that much of the IP packet
 *   delay=D jitter=[uniform:|normal:]D       added to every answer; never below nothing
 *   flap=PERIOD:P      the host answers in that share of each period, from a phase of its own
 *   blackhole          nothing is answered;  closed: port unreachable for everything
 * P is a share as "1.5%" with up to four decimals; of one line they add up to 100 % at most, because
 * one throw picks at most one fault. Durations are those of base/clock.h.
 */
#ifndef LAB_RULES_H
#define LAB_RULES_H

#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"

#define RULE_ERRORS_MAX 12
#define RULE_COPIES_MAX 16

/* What is done to one request. Names of them stand in the truth. */
enum fault {
	FAULT_NONE,
	FAULT_LOSS,
	FAULT_DUPLICATE,
	FAULT_CORRUPT,
	FAULT_WRONG_SOURCE,
	FAULT_REORDER,
	FAULT_LATE,
	FAULT_EXPIRED,
	FAULT_ERROR,
	FAULT_BLACKHOLE, /* these two need no throw */
	FAULT_DOWN,      /* flapping, and down at the moment */
	FAULT_MAX,
};

struct rule_error {
	uint32_t share; /* parts per million */
	uint8_t type, code;
	uint16_t quote_bytes; /* of the offending IP packet; 0: as much as the RFCs let a router */
	uint32_t mtu;
};

struct rule {
	struct addr first;         /* host bits zero */
	unsigned bits;             /* 0..128, IPv4 counted below ::ffff:0:0/96 */
	uint32_t share[FAULT_MAX]; /* parts per million; FAULT_ERROR: the sum of errors[] */
	unsigned copies;           /* replies beyond the first, with FAULT_DUPLICATE */
	int64_t delay_ns, jitter_ns;
	int jitter_is_normal; /* jitter_ns is the standard deviation; else half the width */
	int64_t reorder_ns, late_ns, expired_ns; /* of the last two 0: drawn */
	int64_t flap_period_ns;                  /* 0: steady */
	uint32_t flap_up_share;
	int is_blackhole;
	unsigned nerrors;
	struct rule_error errors[RULE_ERRORS_MAX];
};

struct rules {
	struct rule *rule; /* the longest prefixes first, of one length in order of address */
	size_t count;
	size_t first[129 + 1]; /* by 128 - length: where those start; [129]: the count */
};

/**
 * rules_read() - parse a whole file.
 * @name: stands before line and column in errors.
 * @errors: every error is printed there, a line each, as NAME:LINE:COLUMN: sentence.
 * @ret: set only on success; the caller calls rules_clear().
 * Return: 0, the number of errors (at least 1), or -ENOMEM or -errno of reading.
 */
int rules_read(FILE *in, const char *name, FILE *errors, struct rules *ret);

/** rules_clear() - free. */
void rules_clear(struct rules *rules);

/** rules_find() - the rule of the longest prefix that holds @host, NULL when there is none. */
const struct rule *rules_find(const struct rules *rules, const struct addr *host);

/** rules_need_time() - does the rule ask for anything but an answer at once or none? */
int rules_need_time(const struct rule *rule);

/** rules_fault_name() - "none", "loss"...; the words of the file. */
const char *rules_fault_name(enum fault fault);

#endif /* LAB_RULES_H */
