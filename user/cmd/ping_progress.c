// SPDX-License-Identifier: GPL-2.0 OR MIT
/* ping_progress.c - the contract is in ping_progress.h. */
#include "cmd/ping_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define EVERY_NS   (200 * NS_PER_MS)
#define ERASE_LINE "\r\033[K"

void ping_progress_start(struct ping_progress *progress, int is_wanted, int64_t start_ns,
			 int64_t end_ns, uint64_t attempts)
{
	*progress = (struct ping_progress){
		.is_on = is_wanted && isatty(STDERR_FILENO),
		.start_ns = start_ns,
		.end_ns = end_ns,
		.next_ns = start_ns + NS_PER_SEC / 2,
		.attempts = attempts,
	};
}

static void print_left(const struct ping_progress *progress, int64_t now_ns)
{
	int64_t left_s = (progress->end_ns - now_ns + NS_PER_SEC - 1) / NS_PER_SEC;

	if (!progress->end_ns || left_s < 0)
		return;
	if (left_s >= 120)
		fprintf(stderr, ", %" PRId64 " min left", left_s / 60);
	else
		fprintf(stderr, ", %" PRId64 " s left", left_s);
}

void ping_progress_turn(struct ping_progress *progress, const struct ping_tally *tally,
			int64_t now_ns)
{
	uint64_t done = result_attempts(&tally->sums);
	double loss = result_loss_ratio(&tally->sums);
	double seconds = (double)(now_ns - progress->start_ns) / (double)NS_PER_SEC;

	if (!progress->is_on || now_ns < progress->next_ns)
		return;
	fprintf(stderr, ERASE_LINE "%" PRIu64, done);
	if (progress->attempts)
		fprintf(stderr, " of %" PRIu64, progress->attempts);
	fprintf(stderr, " done, %" PRIu64 " answered, %.1f%% lost, %.0f/s", tally->rtt_ns.count,
		loss > 0 ? loss * 100 : 0.0, (double)done / seconds);
	print_left(progress, now_ns);
	fflush(stderr);
	progress->is_shown = 1;
	progress->next_ns = now_ns + EVERY_NS;
}

void ping_progress_end(struct ping_progress *progress)
{
	if (progress->is_shown)
		fprintf(stderr, ERASE_LINE);
	progress->is_shown = 0;
}
