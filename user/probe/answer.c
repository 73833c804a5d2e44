// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * answer.c - from records and time-outs to results. The contract is in
 * engine_private.h.
 *
 * One rule for all rungs: an answer counts when its RTT, stamp to stamp, is within
 * the timeout. A later one that nevertheless came before the slot expired closes
 * as lost and amends to late at once. An ICMP error inside the late window
 * changes nothing, and neither does one after an answer.
 *
 * A result may make its receiver delete the flow: nothing is read from a flow
 * after its first result.
 */
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <string.h>

#include "base/clock.h"
#include "probe/engine_private.h"

/* When a probe left and when it was answered. */
struct timing {
	int64_t sent_ns;         /* by the best clock there is */
	int64_t rtt_ns;          /* at least 1 */
	int64_t submit_delay_ns; /* 0 without a send stamp */
	enum result_stamp stamp;
};

/* a - b modulo 2^48, as a signed number. */
static int64_t stamp_distance(uint64_t a, uint64_t b)
{
	const unsigned unused_bits = 64 - SONDE_STAMP_BITS;

	return (int64_t)((a - b) << unused_bits) >> unused_bits;
}

static int64_t at_least(int64_t value, int64_t least)
{
	return value < least ? least : value;
}

/* From the slot's word: its send stamp, if it ever got one. */
static struct timing timing_sent(const struct slot *slot, uint64_t word)
{
	struct timing timing = { .sent_ns = slot->sent_ns };

	if ((word & SONDE_STAMP_MASK) <= SONDE_MARK_LAST)
		return timing;
	timing.submit_delay_ns =
		at_least(stamp_distance(word & SONDE_STAMP_MASK, (uint64_t)slot->sent_ns), 0);
	timing.sent_ns += timing.submit_delay_ns;
	return timing;
}

static struct timing timing_answered(const struct slot *slot, const struct sonde_record *record,
				     enum result_stamp stamp)
{
	uint64_t sent = record->tx_word & SONDE_STAMP_MASK;
	struct timing timing = timing_sent(slot, record->tx_word);

	if (sent > SONDE_MARK_LAST) {
		timing.stamp = stamp;
		timing.rtt_ns = stamp_distance(record->rx_ns, sent);
	} else {
		timing.stamp = RESULT_STAMP_CLOCK;
		timing.rtt_ns = (int64_t)record->rx_ns - slot->sent_ns;
	}
	/* Clocks of two CPUs may differ by some ns; 0 means that there is none. */
	timing.rtt_ns = at_least(timing.rtt_ns, 1);
	return timing;
}

/* The tenant the slot was taken for, or NULL when it is gone. */
static struct flow *flow_of(const struct engine *engine, const struct slot *slot)
{
	struct flow *flow = flows_get(engine->flows, slot->flow);

	return flow && flow->generation == slot->flow_generation ? flow : NULL;
}

static struct result result_of(const struct slot *slot, enum result_kind kind, unsigned class)
{
	return (struct result){
		.flow = slot->flow,
		.flow_generation = slot->flow_generation,
		.attempt = slot->attempt,
		.kind = (uint8_t)kind,
		.class = (uint8_t) class,
		.lateness_us = slot->lateness_us,
	};
}

static void set_timing(const struct engine *engine, struct result *result,
		       const struct timing *timing)
{
	result->sent_wall_ns = timing->sent_ns + engine->wall_offset_ns;
	result->rtt_ns = timing->rtt_ns;
	result->stamp = (uint8_t)timing->stamp;
	result->submit_delay_ns = timing->submit_delay_ns > UINT32_MAX
					  ? UINT32_MAX
					  : (uint32_t)timing->submit_delay_ns;
}

static void emit(const struct engine *engine, const struct result *result)
{
	engine->options.on_result(engine->options.arg, result);
}

/*
 * Was this answer overtaken? By arrival, not by the order of records, which come from one ring a
 * CPU. Notes it either way.
 */
static int is_overtaken(struct flow *flow, uint32_t attempt, int64_t rx_ns)
{
	int is_newer = !flow->has_answer || (int32_t)(attempt - flow->answered_attempt) > 0;

	if (!is_newer)
		return attempt != flow->answered_attempt && rx_ns > flow->answered_rx_ns;
	flow->has_answer = 1;
	flow->answered_attempt = attempt;
	flow->answered_rx_ns = rx_ns;
	return 0;
}

static void note_loss(const struct engine *engine, struct flow *flow)
{
	if (++flow->losses < ENGINE_LOSSES_MAX)
		return;
	flow->losses = 0;
	flow->id_epoch++;
	flow_set_id(engine, flow);
}

/* Lost so far: the attempt's time is over. */
static void emit_lost(struct engine *engine, struct flow *flow, const struct slot *slot,
		      struct timing timing)
{
	struct result result = result_of(slot, RESULT_CLOSE, RESULT_LOST);

	note_loss(engine, flow);
	timing.rtt_ns = 0;
	timing.stamp = RESULT_STAMP_NONE;
	set_timing(engine, &result, &timing);
	emit(engine, &result);
}

static void set_answerer(struct result *result, const struct flow *flow, const struct slot *slot,
			 const struct sonde_record *record)
{
	result->ttl = record->ttl;
	/* An answer to an address the flow has left: its address was not kept. */
	if (flow->address_epoch == slot->address_epoch)
		memcpy(result->from, flow->addr.bytes, sizeof(result->from));
}

static void emit_packet(const struct engine *engine, const struct slot *slot,
			const struct sonde_record *record, enum result_packet packet)
{
	struct result result = result_of(slot, RESULT_PACKET, packet);
	struct timing timing = timing_sent(slot, record->tx_word);

	set_timing(engine, &result, &timing);
	result.ttl = record->ttl;
	emit(engine, &result);
}

/* The first answer. */
static void answered(struct engine *engine, uint32_t number, const struct sonde_record *record,
		     enum result_stamp stamp)
{
	struct slot slot = *slots_get(engine->slots, number);
	struct timing timing = timing_answered(&slot, record, stamp);
	struct flow *flow = flow_of(engine, &slot);
	int is_late =
		slot.state == SLOT_LATE || timing.rtt_ns > slots_timeout_of(engine->slots, number);
	struct result result = result_of(&slot, is_late ? RESULT_AMEND : RESULT_CLOSE,
					 is_late ? RESULT_LATE : RESULT_OK);
	int is_past = timing.rtt_ns > slots_window_of(engine->slots, number);
	int is_reordered;

	if (slot.state == SLOT_DONE)
		return;
	slots_done(engine->slots, number);
	if (!flow)
		return;
	/* by its stamps it came after the late window, however late we are ourselves */
	if (is_past) {
		if (slot.state == SLOT_OPEN)
			emit_lost(engine, flow, &slot, timing);
		return;
	}
	is_reordered = is_overtaken(flow, slot.attempt, (int64_t)record->rx_ns);
	set_timing(engine, &result, &timing);
	set_answerer(&result, flow, &slot, record);
	flow->losses = 0;
	if (is_late && slot.state == SLOT_OPEN)
		emit_lost(engine, flow, &slot, timing);
	emit(engine, &result);
	if (is_reordered)
		emit_packet(engine, &slot, record, RESULT_REORDERED);
}

/* The kernel has taken the slot for the error, and will call an answer a duplicate: keep the stamp
 * for it. */
static void ignore_error(struct engine *engine, uint32_t number, const struct sonde_record *record)
{
	struct slot *slot = slots_get(engine->slots, number);

	slot->is_answered = 1;
	slot->tx_ns = (int64_t)(record->tx_word & SONDE_STAMP_MASK);
}

static void duplicate(struct engine *engine, const struct slot *slot,
		      const struct sonde_record *record, enum result_stamp stamp)
{
	struct sonde_record first = *record;

	if (slot->path == SLOT_KERNEL && slot->state == SLOT_LATE && slot->is_answered) {
		first.tx_word = (record->tx_word & ~SONDE_STAMP_MASK) | (uint64_t)slot->tx_ns;
		answered(engine, record->slot, &first, stamp);
		return;
	}
	emit_packet(engine, slot, record, RESULT_DUPLICATE);
}

static void refused_by_icmp(struct engine *engine, uint32_t number,
			    const struct sonde_error_record *error, enum result_stamp stamp)
{
	struct slot slot = *slots_get(engine->slots, number);
	struct result result = result_of(&slot, RESULT_CLOSE, RESULT_ICMP_ERROR);
	struct timing timing = timing_answered(&slot, &error->record, stamp);

	if (slot.state == SLOT_LATE)
		ignore_error(engine, number, &error->record);
	if (slot.state != SLOT_OPEN)
		return;
	slots_done(engine->slots, number);
	if (!flow_of(engine, &slot))
		return;
	set_timing(engine, &result, &timing);
	result.ttl = error->record.ttl;
	result.icmp_type = error->record.icmp_type;
	result.icmp_code = error->record.icmp_code;
	result.mtu = error->mtu;
	memcpy(result.from, error->router, sizeof(result.from));
	emit(engine, &result);
}

static int is_reply(const struct sonde_record *record)
{
	return record->icmp_type == ICMP_ECHOREPLY || record->icmp_type == ICMP6_ECHO_REPLY;
}

static void handle(struct engine *engine, const struct sonde_record *record,
		   enum result_stamp stamp)
{
	const struct slot *slot = slots_get(engine->slots, record->slot);

	/* The late window may have ended between the exchange in the kernel and now. */
	if (!slot || slot->generation != record->tx_word >> SONDE_STAMP_BITS)
		return;
	if (record->event == SONDE_EVENT_REPLY) {
		answered(engine, record->slot, record, stamp);
		return;
	}
	if (record->event == SONDE_EVENT_ICMP_ERROR) {
		refused_by_icmp(engine, record->slot, (const struct sonde_error_record *)record,
				stamp);
		return;
	}
	if (!flow_of(engine, slot))
		return;
	if (record->event == SONDE_EVENT_CORRUPT)
		emit_packet(engine, slot, record, RESULT_CORRUPT);
	else if (record->event == SONDE_EVENT_WRONG_SOURCE)
		emit_packet(engine, slot, record, RESULT_WRONG_SOURCE);
	else if (record->event == SONDE_EVENT_DUPLICATE && is_reply(record))
		duplicate(engine, slot, record, stamp);
}

void answer_kernel(void *arg, const struct sonde_record *record)
{
	struct engine *engine = arg;
	int stamp = kern_stamp_of(engine->kern, record->ifindex);

	/* A device that was given up meanwhile: the less of what it may have been. */
	handle(engine, record, stamp ? (enum result_stamp)stamp : RESULT_STAMP_TC);
}

void answer_socket(void *arg, const struct sonde_error_record *record, enum result_stamp stamp)
{
	handle(arg, &record->record, stamp);
}

void answer_none(void *arg, uint32_t number, enum slot_verdict verdict)
{
	struct engine *engine = arg;
	const struct slot *slot = slots_get(engine->slots, number);
	struct flow *flow = flow_of(engine, slot);
	struct timing timing = timing_sent(slot, slots_word(engine->slots, number));
	struct result result;

	if (!flow)
		return;
	if (verdict == SLOT_LOST) {
		emit_lost(engine, flow, slot, timing);
		return;
	}
	result = result_of(slot, RESULT_CLOSE, RESULT_DROPPED);
	set_timing(engine, &result, &timing);
	emit(engine, &result);
}

void answer_failed(struct engine *engine, uint32_t number, int error)
{
	struct slot slot = *slots_get(engine->slots, number);
	struct result result = result_of(&slot, RESULT_CLOSE, RESULT_SEND_ERROR);
	struct flow *flow = flow_of(engine, &slot);

	slots_withdraw(engine->slots, number);
	if (!flow)
		return;
	/* Route, device or MTU may have changed: the next attempt asks again. */
	if (error != -EAGAIN && error != -ENOBUFS)
		flow->error = error;
	/* It never left: when it was due. */
	result.sent_wall_ns = slot.sent_ns - slot.lateness_us * NS_PER_US + engine->wall_offset_ns;
	result.error = (uint16_t)-error;
	emit(engine, &result);
}
