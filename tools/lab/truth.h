/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * truth.h - what became of each request, a line each, for comparing with what a prober says.
 *
 * Tab-separated, in order of completion; the first line names the columns:
 *   address attempt id seq fault detail class replies hold_ns request_ns
 * attempt: sonde's own number, else the ordinal of the host's requests from 0. class: what a
 * prober with these windows has to report (ok, late, lost, icmp_error), "unfinished" when the
 * run ended first. hold_ns: from the request's arrival to the departure of its first reply, both
 * stamped by BPF at TC on the network's device, 0 when nothing was sent. request_ns: the arrival,
 * CLOCK_MONOTONIC. detail: type/code of an error, copies sent of a duplicate, "valid" or
 * "invalid" for the checksum of a corrupt reply, else "-".
 */
#ifndef LAB_TRUTH_H
#define LAB_TRUTH_H

#include <stdint.h>
#include <stdio.h>

#include "decide.h"

struct truth {
	struct addr host;
	uint32_t attempt;
	uint16_t id, seq;
	enum fault fault;
	int is_error_known; /* FAULT_ERROR: does its quote say whose it is? */
	uint8_t type, code; /* FAULT_ERROR */
	uint8_t is_valid;   /* FAULT_CORRUPT: the ICMP checksum */
	unsigned planned, sent;
	int64_t request_ns;
	int64_t reply_ns; /* the first one's departure; while none has left, when it is due */
};

/** truth_open() - create the file and write the first line. Return: 0 or -errno. */
int truth_open(FILE **ret, const char *path);

/** truth_write() - one line; errors show at truth_close(). */
void truth_write(FILE *out, const struct truth *truth, const struct decide_window *window);

/** truth_close() - flush. Return: 0 or -EIO. */
int truth_close(FILE *out);

/** truth_class() - the word of the class column. */
const char *truth_class(const struct truth *truth, const struct decide_window *window);

#endif /* LAB_TRUTH_H */
