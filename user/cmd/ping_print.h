/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ping_print.h - everything `sonde ping` says on standard output.
 *
 * Text tells a loss when it happens, and again should the answer come late. JSON says each
 * attempt once, with its final class, so a lost one waits for the end of its late window.
 */
#ifndef CMD_PING_PRINT_H
#define CMD_PING_PRINT_H

#include "cmd/ping_view.h"

struct ping_print_options {
	int is_json;
	int has_lines;                      /* a line or object an attempt; else only the summary */
	uint32_t size;                      /* echo payload, bytes */
	int64_t late_ns;                    /* the late window */
	struct output *out;                 /* the caller's */
	const struct ping_targets *targets; /* the caller's, complete */
};

struct ping_print;

/** ping_print_new() - nothing is printed yet. Return: 0 or -ENOMEM. */
int ping_print_new(struct ping_print **ret, const struct ping_print_options *options);
void ping_print_free(struct ping_print *print);

/** ping_print_result() - count it, and say it when it is time. @now_ns never decreases. */
void ping_print_result(struct ping_print *print, const struct result *result, int64_t now_ns);

/** ping_print_turn() - after all results of a turn: what can no longer change is said. */
void ping_print_turn(struct ping_print *print, int64_t now_ns);

/** ping_print_interim() - text only: the summary so far. */
void ping_print_interim(struct ping_print *print);

/** ping_print_summary() - once, at the end: what still waits is final now, then the sums. */
void ping_print_summary(struct ping_print *print);

/** ping_print_tally() - the sums so far. */
const struct ping_tally *ping_print_tally(const struct ping_print *print);

#endif /* CMD_PING_PRINT_H */
