// SPDX-License-Identifier: GPL-2.0 OR MIT
/* ping_print.c - the contract is in ping_print.h. */
#include "cmd/ping_print.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cmd/ping_hold.h"

/* A window's end is noticed a tick late; a loss told before that could still be amended. */
#define HOLD_SLACK_NS (100 * NS_PER_MS)

struct ping_print {
	struct ping_print_options options;
	struct ping_tally *tally;
	struct ping_hold *hold; /* JSON only */
	struct ping_view view;
};

int ping_print_new(struct ping_print **ret, const struct ping_print_options *options)
{
	struct ping_print *print = calloc(1, sizeof(*print));

	if (!print)
		return -ENOMEM;
	print->options = *options;
	if (ping_tally_new(&print->tally, options->targets->count) ||
	    (options->is_json && ping_hold_new(&print->hold, options->targets->count,
					       options->late_ns + HOLD_SLACK_NS))) {
		ping_print_free(print);
		return -ENOMEM;
	}
	print->view = (struct ping_view){
		.targets = options->targets,
		.tally = print->tally,
		.width = ping_targets_widest(options->targets),
		.reply_bytes = options->size + 8,
	};
	*ret = print;
	return 0;
}

void ping_print_free(struct ping_print *print)
{
	if (!print)
		return;
	ping_tally_free(print->tally);
	ping_hold_free(print->hold);
	free(print);
}

static void say(struct ping_print *print, const struct result *result)
{
	if (!print->options.has_lines)
		return;
	if (print->options.is_json)
		ping_json_attempt(print->options.out, &print->view, result);
	else
		ping_text_result(print->options.out, &print->view, result);
}

/* An amendment of what has been told already comes too late to count. */
static void amend(struct ping_print *print, const struct result *result)
{
	struct result late = *result;

	if (print->hold && !ping_hold_take(print->hold, result->flow, result->attempt))
		return;
	ping_tally_add(print->tally, result);
	late.class = RESULT_LATE;
	say(print, &late);
}

void ping_print_result(struct ping_print *print, const struct result *result, int64_t now_ns)
{
	if (result->kind == RESULT_AMEND) {
		amend(print, result);
		return;
	}
	ping_tally_add(print->tally, result);
	if (result->kind == RESULT_PACKET && print->options.is_json)
		return;
	if (print->hold && result->class == RESULT_LOST &&
	    !ping_hold_add(print->hold, result, now_ns))
		return;
	say(print, result);
}

void ping_print_turn(struct ping_print *print, int64_t now_ns)
{
	struct result result;

	while (print->hold && ping_hold_next(print->hold, now_ns, &result))
		say(print, &result);
}

void ping_print_interim(struct ping_print *print)
{
	if (!print->options.is_json)
		ping_text_summary(print->options.out, &print->view);
}

void ping_print_summary(struct ping_print *print)
{
	ping_print_turn(print, INT64_MAX);
	if (print->options.is_json)
		ping_json_summary(print->options.out, &print->view);
	else
		ping_text_summary(print->options.out, &print->view);
}

const struct ping_tally *ping_print_tally(const struct ping_print *print)
{
	return print->tally;
}
