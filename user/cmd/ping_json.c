// SPDX-License-Identifier: GPL-2.0 OR MIT
/* ping_json.c - results for programs, an object a line; see ping_view.h. */
#include <string.h>

#include "base/json.h"
#include "cmd/ping_view.h"

static void put_line(struct output *out, struct json *json)
{
	json_object_end(json);
	json_raw(json, "\n", 1);
	if (json_error(json))
		out->error = json_error(json);
	else
		output_write(out, json->text, json->len);
	json_clear(json);
}

static void put_address(struct json *json, const char *key, const struct addr *addr)
{
	char text[ADDR_TEXT_MAX];

	json_key(json, key);
	if (!addr) {
		json_null(json);
		return;
	}
	addr_format(addr, text);
	json_string(json, text);
}

static void put_uint(struct json *json, const char *key, uint64_t value, int is_known)
{
	json_key(json, key);
	if (is_known)
		json_uint(json, value);
	else
		json_null(json);
}

static void put_reason(struct json *json, const struct result *result)
{
	static const uint8_t nobody[16];
	struct addr from = { .scope = 0 };

	if (result->class == RESULT_ICMP_ERROR) {
		put_uint(json, "icmp_type", result->icmp_type, 1);
		put_uint(json, "icmp_code", result->icmp_code, 1);
		if (result->mtu)
			put_uint(json, "mtu", result->mtu, 1);
		memcpy(from.bytes, result->from, sizeof(from.bytes));
		put_address(json, "from", memcmp(from.bytes, nobody, 16) ? &from : NULL);
	}
	if (result->class == RESULT_SEND_ERROR) {
		json_key(json, "error");
		json_string(json, strerror(result->error));
	}
}

void ping_json_attempt(struct output *out, const struct ping_view *view,
		       const struct result *result)
{
	const struct ping_target *target = &view->targets->at[result->flow];
	char name[ADDR_TEXT_MAX];
	struct json json;

	json_init(&json);
	json_object(&json);
	json_key(&json, "target");
	json_string(&json, ping_targets_name(view->targets, result->flow, name));
	put_address(&json, "addr", target->has_addr ? &target->addr : NULL);
	put_uint(&json, "seq", result->attempt, 1);
	json_key(&json, "class");
	json_string(&json, result_class_name(result->class));
	put_uint(&json, "rtt_ns", (uint64_t)result->rtt_ns, result->rtt_ns > 0);
	put_uint(&json, "submit_delay_ns", result->submit_delay_ns,
		 !result_is_local(result->class));
	json_key(&json, "ts");
	json_string(&json, result_stamp_name(result->stamp));
	put_uint(&json, "ttl", result->ttl, result->ttl > 0);
	put_reason(&json, result);
	put_line(out, &json);
}

static void put_rtts(struct json *json, const struct hist *rtt)
{
	int is_known = rtt->count > 0;

	put_uint(json, "rtt_min_ns", rtt->min, is_known);
	put_uint(json, "rtt_avg_ns", is_known ? rtt->sum / rtt->count : 0, is_known);
	put_uint(json, "rtt_p50_ns", hist_quantile(rtt, 0.5), is_known);
	put_uint(json, "rtt_p99_ns", hist_quantile(rtt, 0.99), is_known);
	put_uint(json, "rtt_max_ns", rtt->max, is_known);
}

void ping_json_summary(struct output *out, const struct ping_view *view)
{
	const struct ping_tally *tally = view->tally;
	double loss = result_loss_ratio(&tally->sums);
	struct json json;

	json_init(&json);
	json_object(&json);
	json_key(&json, "summary");
	json_bool(&json, 1);
	put_uint(&json, "targets", tally->count, 1);
	put_uint(&json, "targets_answered", ping_tally_answered(tally), 1);
	put_uint(&json, "attempts", result_attempts(&tally->sums), 1);
	put_uint(&json, "sent", ping_tally_sent(tally), 1);
	for (unsigned i = 0; i < RESULT_CLASS_MAX; i++)
		put_uint(&json, result_class_name(i), tally->sums.class[i], 1);
	for (unsigned i = 0; i < RESULT_PACKET_MAX; i++)
		put_uint(&json, result_packet_name(i), tally->sums.packet[i], 1);
	json_key(&json, "loss_ratio");
	if (loss < 0)
		json_null(&json);
	else
		json_double(&json, loss);
	put_rtts(&json, &tally->rtt_ns);
	put_line(out, &json);
}
