/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* ping_options.h - the command line of `sonde ping`, and the schedule that follows from it. */
#ifndef CMD_PING_OPTIONS_H
#define CMD_PING_OPTIONS_H

#include <stdint.h>

#include "cmd/options.h"
#include "domain/check.h"

struct ping_options {
	uint32_t count, size, ttl, dscp, fwmark, rate_cap;
	int64_t spacing_ns, period_ns, late_ns;
	int64_t timeout_ns; /* 0: from the period */
	int family;         /* enum check_family */
	int is_endless, is_quiet, is_verbose, is_json, dont_fragment;
	int rx;      /* enum engine_rx */
	int tc;      /* enum kern_tc */
	int verdict; /* 0 drop, 1 pass */
	const char *source, *interface, *dns_servers;
};

/* For error messages and help. */
extern const struct options ping_command;

/**
 * ping_options_parse() - defaults, then @argv; the icmp parameters are checked and go to @icmp.
 * Return: number of operands, now at the front of @argv; or below 0, said, for options_exit().
 */
int ping_options_parse(struct ping_options *options, struct check_icmp *icmp, int argc,
		       char **argv);

/* One round sends to every target once, spacing_ns apart; rounds begin period_ns apart. */
struct ping_plan {
	int64_t spacing_ns; /* not below what the rate cap allows */
	int64_t period_ns;  /* at least what a round takes */
	int64_t timeout_ns;
	unsigned slot_bits; /* for all that can be in flight or inside a late window, twice */
};

/** ping_plan() - for @targets targets, at least 1. */
void ping_plan(struct ping_plan *plan, const struct ping_options *options, uint32_t targets);

#endif /* CMD_PING_OPTIONS_H */
