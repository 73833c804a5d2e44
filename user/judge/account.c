// SPDX-License-Identifier: GPL-2.0 OR MIT
/* account.c - a result becomes sums, state, a row of the board, an event and a sample. */
#include <stdlib.h>

#include "base/clock.h"
#include "judge/judge_internal.h"

#define FLOOR_PERIOD_NS (60 * NS_PER_SEC)
/* Weight of a new value in the exponential mean and deviation: 1/16, as TCP's RTT estimator is
 * near (RFC 6298 takes 1/8 and 1/4). */
#define MEAN_SHIFT 4

static uint32_t saturate(int64_t value)
{
	return value > UINT32_MAX ? UINT32_MAX : value < 0 ? 0 : (uint32_t)value;
}

static void count(struct board *board, const struct result *r)
{
	switch (r->kind) {
	case RESULT_CLOSE:
		board_add(board, BOARD_ATTEMPTS, 1);
		board_add(board, BOARD_CLASS_0 + r->class, 1);
		board_add(board, BOARD_LATENESS_SUM_US, r->lateness_us);
		board_add(board, BOARD_SUBMIT_SUM_NS, r->submit_delay_ns);
		break;
	case RESULT_AMEND:
		board_add(board, BOARD_CLASS_0 + RESULT_LOST, (uint64_t)-1);
		board_add(board, BOARD_CLASS_0 + RESULT_LATE, 1);
		break;
	case RESULT_PACKET:
		board_add(board, BOARD_PACKET_0 + r->class, 1);
		break;
	}
}

static void update_rtt(struct board_row *row, int64_t rtt_ns)
{
	int64_t mean = row->rtt_mean_ns, off;

	row->rtt_ns = rtt_ns;
	if (!mean) {
		row->rtt_mean_ns = saturate(rtt_ns);
		return;
	}
	off = llabs(rtt_ns - mean);
	row->rtt_mean_ns = saturate(mean + (rtt_ns - mean) / (1 << MEAN_SHIFT));
	row->rtt_deviation_ns = saturate(
		row->rtt_deviation_ns + (off - (int64_t)row->rtt_deviation_ns) / (1 << MEAN_SHIFT));
}

static void update_row(struct entry *entry, const struct result *r)
{
	struct board_row *row = &entry->row;

	row->attempts++;
	row->lost += !result_is_local(r->class) && !result_is_answer(r->class);
	row->class = r->class;
	row->sent_wall_ns = r->sent_wall_ns;
	row->recent = entry->state.recent;
	row->recent_local = entry->state.recent_local;
	row->state = entry->state.now;
	if (r->class != RESULT_OK)
		return;
	row->stamp = r->stamp;
	row->ttl = r->ttl;
	update_rtt(row, r->rtt_ns);
}

static void close_attempt(struct judge *judge, uint32_t index, struct entry *entry,
			  const struct result *r)
{
	uint8_t before = entry->state.now;

	entry->last_attempt = r->attempt;
	if (state_close(&entry->state, r->class) != before)
		judge_emit(judge, index, BOARD_EVENT_STATE, before, r->class);
	update_row(entry, r);
	if (entry->is_floor && r->class == RESULT_OK)
		hist_add(&judge->floor[0], (uint64_t)r->rtt_ns);
}

static void keep_sample(struct judge *judge, const struct entry *entry, const struct result *r)
{
	struct sample sample = {
		.id = entry->check->id,
		.sent_wall_ns = r->sent_wall_ns,
		.rtt_ns = r->rtt_ns,
		.attempt = r->attempt,
		.epoch = judge->options.epoch,
		.submit_delay_ns = r->submit_delay_ns,
		.kind = r->kind,
		.class = r->class,
		.stamp = r->stamp,
		.ttl = r->ttl,
		.icmp_type = r->icmp_type,
		.icmp_code = r->icmp_code,
		.error = r->error,
	};

	if (ring_push(judge->options.samples, &sample))
		board_add(judge->options.board, BOARD_STORE_DROPPED, 1);
}

void account_result(struct judge *judge, const struct result *r)
{
	struct entry *entry = registry_at(judge->registry, r->flow);
	struct board *board = judge->options.board;

	/* a check that was deleted meanwhile has no history to add to */
	if (!entry || !entry->check || entry->generation != r->flow_generation)
		return;
	count(board, r);
	if (r->kind == RESULT_CLOSE)
		close_attempt(judge, r->flow, entry, r);
	else if (r->kind == RESULT_AMEND && r->attempt == entry->last_attempt)
		entry->row.class = RESULT_LATE;
	if (r->kind != RESULT_PACKET) {
		entry->row.changed = board_tick(board);
		board_write_row(board, r->flow, &entry->row);
	}
	keep_sample(judge, entry, r);
}

void account_floor(struct judge *judge, int64_t now_ns)
{
	struct hist both;

	if (!judge->floor[0].count && !judge->floor[1].count)
		return;
	both = judge->floor[1];
	hist_merge(&both, &judge->floor[0]);
	board_set(judge->options.board, BOARD_FLOOR_P50_NS, hist_quantile(&both, .5));
	board_set(judge->options.board, BOARD_FLOOR_P99_NS, hist_quantile(&both, .99));
	if (now_ns - judge->floor_minute_ns < FLOOR_PERIOD_NS)
		return;
	judge->floor_minute_ns = now_ns;
	judge->floor[1] = judge->floor[0];
	hist_reset(&judge->floor[0]);
}
