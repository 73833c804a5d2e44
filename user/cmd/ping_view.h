/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ping_view.h - what one looks at while pinging: results as text for people, or as JSON.
 *
 * Both read the same view and write to an output; neither keeps anything.
 */
#ifndef CMD_PING_VIEW_H
#define CMD_PING_VIEW_H

#include "cmd/output.h"
#include "cmd/ping_tally.h"
#include "cmd/ping_targets.h"

struct ping_view {
	const struct ping_targets *targets;
	const struct ping_tally *tally;
	int width;            /* of the widest name */
	uint32_t reply_bytes; /* ICMP header and payload */
};

/** ping_text_result() - a line in fping's shape; the tally knows the result already. */
void ping_text_result(struct output *out, const struct ping_view *view,
		      const struct result *result);

/** ping_text_summary() - a line a target, and of several targets or many answers the whole. */
void ping_text_summary(struct output *out, const struct ping_view *view);

/** ping_json_attempt() - one object and a newline: the attempt's final word. */
void ping_json_attempt(struct output *out, const struct ping_view *view,
		       const struct result *result);

/** ping_json_summary() - the last object. */
void ping_json_summary(struct output *out, const struct ping_view *view);

#endif /* CMD_PING_VIEW_H */
