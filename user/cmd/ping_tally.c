// SPDX-License-Identifier: GPL-2.0 OR MIT
/* ping_tally.c - the contract is in ping_tally.h. */
#include "cmd/ping_tally.h"

#include <errno.h>
#include <stdlib.h>

int ping_tally_new(struct ping_tally **ret, uint32_t count)
{
	struct ping_tally *tally = calloc(1, sizeof(*tally));

	if (!tally)
		return -ENOMEM;
	tally->of = calloc(count ? count : 1, sizeof(*tally->of));
	if (!tally->of) {
		free(tally);
		return -ENOMEM;
	}
	tally->count = count;
	*ret = tally;
	return 0;
}

void ping_tally_free(struct ping_tally *tally)
{
	if (!tally)
		return;
	free(tally->of);
	free(tally);
}

static void add_answer(struct ping_tally *tally, struct ping_target_tally *of, int64_t rtt_ns)
{
	of->answers++;
	of->sum_ns += rtt_ns;
	if (of->answers == 1 || rtt_ns < of->min_ns)
		of->min_ns = rtt_ns;
	if (rtt_ns > of->max_ns)
		of->max_ns = rtt_ns;
	hist_add(&tally->rtt_ns, (uint64_t)rtt_ns);
}

void ping_tally_add(struct ping_tally *tally, const struct result *result)
{
	struct ping_target_tally *of = &tally->of[result->flow];

	result_sum(&tally->sums, result);
	if (result->kind != RESULT_CLOSE)
		return;
	of->attempts++;
	if (result->class == RESULT_DROPPED)
		of->dropped++;
	else
		of->unsent += (uint32_t)result_is_local(result->class);
	if (!result_is_answer(result->class))
		return;
	add_answer(tally, of, result->rtt_ns);
	tally->stamps |= 1u << result->stamp;
}

uint64_t ping_tally_sent(const struct ping_tally *tally)
{
	uint64_t sent = tally->sums.class[RESULT_DROPPED];

	for (unsigned i = 0; i < RESULT_CLASS_MAX; i++)
		if (!result_is_local(i))
			sent += tally->sums.class[i];
	return sent;
}

uint32_t ping_tally_answered(const struct ping_tally *tally)
{
	uint32_t answered = 0;

	for (uint32_t i = 0; i < tally->count; i++)
		answered += tally->of[i].answers > 0;
	return answered;
}

int64_t ping_target_mean_ns(const struct ping_target_tally *of)
{
	return of->answers ? of->sum_ns / of->answers : -1;
}

int ping_target_loss(const struct ping_target_tally *of)
{
	uint64_t reached = of->attempts - of->unsent - of->dropped;

	return reached ? (int)((reached - of->answers) * 100 / reached) : -1;
}
