// SPDX-License-Identifier: GPL-2.0 OR MIT
/* ping_text.c - results for people, in the shape fping's users know; see ping_view.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cmd/icmp_text.h"
#include "cmd/ping_view.h"

#define ANSWERS_FOR_PERCENTILES 20 /* of fewer, p99 is only the largest */
#define WHAT_MAX                192

static double ms(int64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

static const char *from_text(const struct result *result, char *text)
{
	struct addr from = { .scope = 0 };

	memcpy(from.bytes, result->from, sizeof(from.bytes));
	addr_format(&from, text);
	return text;
}

static void icmp_error_text(const struct addr *target, const struct result *result, char *what)
{
	char name[48], from[ADDR_TEXT_MAX];
	int len;

	icmp_text(addr_is_v4(target), result->icmp_type, result->icmp_code, name, sizeof(name));
	len = snprintf(what, WHAT_MAX, "%s from %s", name, from_text(result, from));
	if (result->mtu)
		snprintf(what + len, WHAT_MAX - (size_t)len, ", MTU %" PRIu32, result->mtu);
}

static void close_text(const struct ping_view *view, const struct result *result, char *what)
{
	static const char *const plain[RESULT_CLASS_MAX] = {
		[RESULT_LOST] = "timed out",
		[RESULT_REFUSED] = "refused",
		[RESULT_INVALID] = "an invalid answer",
		[RESULT_NOT_SENT] = "not sent: over the rate, too late or no free slot",
		[RESULT_LOCAL_FAULT] = "not sent: own link or route is down",
		[RESULT_RESOLVE_ERROR] = "not sent: no address",
		[RESULT_DROPPED] = "answered, but lost in our own ring",
		[RESULT_BLOCKED] = "not sent: blocked by policy",
	};

	switch (result->class) {
	case RESULT_OK:
		snprintf(what, WHAT_MAX, "%" PRIu32 " bytes, %.3f ms", view->reply_bytes,
			 ms(result->rtt_ns));
		break;
	case RESULT_LATE:
		snprintf(what, WHAT_MAX, "late, %.3f ms", ms(result->rtt_ns));
		break;
	case RESULT_ICMP_ERROR:
		icmp_error_text(&view->targets->at[result->flow].addr, result, what);
		break;
	case RESULT_SEND_ERROR:
		snprintf(what, WHAT_MAX, "not sent: %s", strerror(result->error));
		break;
	default:
		snprintf(what, WHAT_MAX, "%s", plain[result->class]);
		break;
	}
}

static void packet_text(const struct result *result, char *what)
{
	if (result->class == RESULT_WRONG_SOURCE)
		snprintf(what, WHAT_MAX, "an answer from another address");
	else
		snprintf(what, WHAT_MAX, "%s", result_packet_name(result->class));
}

/* " (1.234 avg, 0% loss)" so far, as fping has it; "" as long as no packet left, which tells nothing
 * of the target. */
static void print_so_far(struct output *out, const struct ping_target_tally *of)
{
	int64_t mean_ns = ping_target_mean_ns(of);
	int loss = ping_target_loss(of);
	char mean[32] = "NaN";

	if (loss < 0)
		return;
	if (mean_ns >= 0)
		snprintf(mean, sizeof(mean), "%.3f", ms(mean_ns));
	output_print(out, " (%s avg, %d%% loss)", mean, loss);
}

void ping_text_result(struct output *out, const struct ping_view *view, const struct result *result)
{
	char name[ADDR_TEXT_MAX], what[WHAT_MAX];

	if (result->kind == RESULT_PACKET)
		packet_text(result, what);
	else
		close_text(view, result, what);
	output_print(out, "%-*s : [%" PRIu32 "], %s", view->width,
		     ping_targets_name(view->targets, result->flow, name), result->attempt, what);
	print_so_far(out, &view->tally->of[result->flow]);
	output_print(out, "\n");
}

static void summary_line(struct output *out, const struct ping_view *view, uint32_t i)
{
	const struct ping_target_tally *of = &view->tally->of[i];
	char name[ADDR_TEXT_MAX], percent[16] = "-", rtts[96] = "";
	int loss = ping_target_loss(of);

	if (loss >= 0)
		snprintf(percent, sizeof(percent), "%d%%", loss);
	if (of->answers)
		snprintf(rtts, sizeof(rtts), ", min/avg/max = %.3f/%.3f/%.3f", ms(of->min_ns),
			 ms(ping_target_mean_ns(of)), ms(of->max_ns));
	output_print(out, "%-*s : xmt/rcv/%%loss = %" PRIu32 "/%" PRIu32 "/%s%s", view->width,
		     ping_targets_name(view->targets, i, name), of->attempts - of->unsent,
		     of->answers, percent, rtts);
	if (of->unsent)
		output_print(out, ", %" PRIu32 " not sent", of->unsent);
	if (of->dropped)
		output_print(out, ", %" PRIu32 " dropped", of->dropped);
	output_print(out, "\n");
}

/* "; 3 late, 2 duplicate": whatever there was besides answers and plain loss. */
static void print_rest(struct output *out, const struct result_sums *sums)
{
	const char *between = "; ";

	for (unsigned i = RESULT_LATE; i < RESULT_CLASS_MAX; i++) {
		if (!sums->class[i])
			continue;
		output_print(out, "%s%" PRIu64 " %s", between, sums->class[i],
			     result_class_name(i));
		between = ", ";
	}
	for (unsigned i = 0; i < RESULT_PACKET_MAX; i++) {
		if (!sums->packet[i])
			continue;
		output_print(out, "%s%" PRIu64 " %s", between, sums->packet[i],
			     result_packet_name(i));
		between = ", ";
	}
}

static void print_whole(struct output *out, const struct ping_tally *tally)
{
	const struct hist *rtt = &tally->rtt_ns;
	double loss = result_loss_ratio(&tally->sums);
	const char *between = "stamps ";

	output_print(out, "\n%" PRIu32 " targets, %" PRIu32 " answered; %" PRIu64 " sent",
		     tally->count, ping_tally_answered(tally), ping_tally_sent(tally));
	if (loss >= 0)
		output_print(out, ", %" PRIu64 " answers, %.3g%% loss", rtt->count, loss * 100);
	print_rest(out, &tally->sums);
	output_print(out, "\n");
	if (!rtt->count)
		return;
	output_print(out, "rtt min/avg/p50/p99/max = %.3f/%.3f/%.3f/%.3f/%.3f ms, ",
		     ms((int64_t)rtt->min), ms((int64_t)(rtt->sum / rtt->count)),
		     ms((int64_t)hist_quantile(rtt, 0.5)), ms((int64_t)hist_quantile(rtt, 0.99)),
		     ms((int64_t)rtt->max));
	for (unsigned i = 0; i < RESULT_STAMP_MAX; i++)
		if (tally->stamps & 1u << i) {
			output_print(out, "%s%s", between, result_stamp_name(i));
			between = "+";
		}
	output_print(out, "\n");
}

void ping_text_summary(struct output *out, const struct ping_view *view)
{
	output_print(out, "\n");
	for (uint32_t i = 0; i < view->targets->count; i++)
		summary_line(out, view, i);
	if (view->targets->count > 1 || view->tally->rtt_ns.count >= ANSWERS_FOR_PERCENTILES)
		print_whole(out, view->tally);
}
