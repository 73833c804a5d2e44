// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * metrics.c - what Prometheus reads: the board's words under their public names.
 *
 * Values of single checks are there up to CHECKS_MAX of them: a page of ten
 * thousand checks would be megabytes at each scrape. Above it
 * sonde_check_metrics_omitted is 1 and the API has them.
 */
#include <stdlib.h>
#include <string.h>

#include "api/catalogue.h"
#include "api/exposition.h"
#include "api/health.h"
#include "api/process.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/summary.h"
#include "base/clock.h"
#include "domain/kind.h"

#define CHECKS_MAX 1000

/* Single words of the board. */
static const struct word {
	const char *name, *type, *help;
	unsigned counter;
	double scale;
} words[] = {
	{ "sonde_results_dropped_total", "counter",
	  "Results lost between the probe thread and the judge.", BOARD_RESULTS_DROPPED, 1 },
	{ "sonde_ring_no_room_total", "counter", "Records refused by a full kernel ring.",
	  BOARD_RING_NO_ROOM, 1 },
	{ "sonde_foreign_replies_total", "counter",
	  "Echo replies of other programs, seen and passed on.", BOARD_FOREIGN, 1 },
	{ "sonde_loop_turns_total", "counter", "Turns of the probe thread's loop.", BOARD_TICKS,
	  1 },
	{ "sonde_lateness_worst_seconds", "gauge",
	  "Worst delay between due and handed over in the last second.", BOARD_LATENESS_US, 1e-6 },
	{ "sonde_lateness_seconds_total", "counter", "Sum of delays between due and handed over.",
	  BOARD_LATENESS_SUM_US, 1e-6 },
	{ "sonde_submit_delay_seconds_total", "counter",
	  "Sum of delays between handed over and the kernel's send stamp.", BOARD_SUBMIT_SUM_NS,
	  1e-9 },
	{ "sonde_configured_rate", "gauge", "Probes a second the checks ask for.", BOARD_RATE_MILLI,
	  1e-3 },
	{ "sonde_rate_cap", "gauge", "Probes a second that are never exceeded.", BOARD_RATE_CAP,
	  1 },
	{ "sonde_config_ok", "gauge", "1 when the last load of the configuration worked.",
	  BOARD_CONFIG_OK, 1 },
	{ "sonde_store_samples_total", "counter", "Samples written to the store.",
	  BOARD_STORE_SAMPLES, 1 },
	{ "sonde_store_queued_samples", "gauge", "Samples that wait for the store.",
	  BOARD_STORE_QUEUED, 1 },
	{ "sonde_store_dropped_total", "counter",
	  "Samples given up because the store could not keep up.", BOARD_STORE_DROPPED, 1 },
	{ "sonde_store_commits_total", "counter", "Commits of the store.", BOARD_STORE_COMMITS, 1 },
	{ "sonde_store_errors_total", "counter", "Commits that failed.", BOARD_STORE_ERRORS, 1 },
	{ "sonde_store_used_bytes", "gauge", "Bytes in use in the store.", BOARD_STORE_BYTES, 1 },
};

static void write_words(struct json *to, const struct board *board)
{
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		exposition_metric(to, words[i].name, words[i].type, words[i].help);
		exposition_value(to, words[i].name, NULL, 0,
				 (double)board_get(board, words[i].counter) * words[i].scale);
	}
}

static void write_sums(struct json *to, const struct board *board)
{
	struct result_sums sums;

	summary_read_sums(board, &sums);
	exposition_metric(to, "sonde_attempts_total", "counter",
			  "Attempts closed, by how they ended.");
	for (unsigned i = 0; i < RESULT_CLASS_MAX; i++) {
		struct exposition_label class = { "class", result_class_name(i) };

		exposition_value(to, "sonde_attempts_total", &class, 1, (double)sums.class[i]);
	}
	exposition_metric(to, "sonde_packets_total", "counter",
			  "Packets that were no answer of their own.");
	for (unsigned i = 0; i < RESULT_PACKET_MAX; i++) {
		struct exposition_label kind = { "kind", result_packet_name(i) };

		exposition_value(to, "sonde_packets_total", &kind, 1, (double)sums.packet[i]);
	}
}

static void write_states(struct json *to, const struct server *server)
{
	struct summary_states states;

	summary_count_states(server, &states);
	exposition_metric(to, "sonde_checks", "gauge", "Checks in each state.");
	for (unsigned i = BOARD_PENDING; i <= BOARD_UNKNOWN; i++) {
		struct exposition_label state = { "state", board_state_name(i) };

		exposition_value(to, "sonde_checks", &state, 1, states.count[i]);
	}
}

static void write_floor(struct json *to, const struct board *board)
{
	static const struct exposition_label middle = { "percentile", "50" };
	static const struct exposition_label tail = { "percentile", "99" };
	static const char name[] = "sonde_floor_rtt_seconds";

	exposition_metric(to, name, "gauge", "Round trip to the built-in responder, last minute.");
	if (!board_get(board, BOARD_FLOOR_P99_NS))
		return;
	exposition_value(to, name, &middle, 1, (double)board_get(board, BOARD_FLOOR_P50_NS) * 1e-9);
	exposition_value(to, name, &tail, 1, (double)board_get(board, BOARD_FLOOR_P99_NS) * 1e-9);
}

static void write_hearts(struct json *to, const struct server *server)
{
	unsigned silent = health_silent(server, clock_now_ns());

	exposition_metric(to, "sonde_thread_alive", "gauge",
			  "1 when the thread has shown itself within ten seconds.");
	for (unsigned i = 0; i <= BOARD_HEART_WRITER; i++) {
		struct exposition_label thread = { "thread", health_heart_name(i) };

		exposition_value(to, "sonde_thread_alive", &thread, 1, !(silent >> i & 1));
	}
}

/* What is told of each check; a value below zero is left out. */
static double rtt_of(const struct board_row *row)
{
	return row->rtt_mean_ns ? (double)row->rtt_ns * 1e-9 : -1;
}

static double loss_of(const struct board_row *row)
{
	uint32_t n = row->attempts < BOARD_RECENT ? row->attempts : BOARD_RECENT;
	uint32_t known = n < 32 ? (1u << n) - 1 : UINT32_MAX;
	int reached = __builtin_popcount(known & ~row->recent_local);

	return reached ? 1 - (double)__builtin_popcount(known & ~row->recent_local & row->recent) /
					 reached
		       : -1;
}

static double state_of(const struct board_row *row)
{
	return row->state;
}

static double attempts_of(const struct board_row *row)
{
	return row->attempts;
}

static double lost_of(const struct board_row *row)
{
	return row->lost;
}

static const struct per_check {
	const char *name, *type, *help;
	double (*value)(const struct board_row *row);
} per_check[] = {
	{ "sonde_check_rtt_seconds", "gauge", "Round trip of the last answer.", rtt_of },
	{ "sonde_check_loss_ratio", "gauge",
	  "Loss over the last 32 attempts that reached the network.", loss_of },
	{ "sonde_check_state", "gauge", "1 pending, 2 up, 3 degraded, 4 down, 5 unknown.",
	  state_of },
	{ "sonde_check_attempts_total", "counter", "Attempts of the check.", attempts_of },
	{ "sonde_check_lost_total", "counter", "Attempts lost, late answers included.", lost_of },
};

static void write_per_check(struct json *to, const struct catalogue *catalogue,
			    const struct per_check *metric)
{
	exposition_metric(to, metric->name, metric->type, metric->help);
	for (uint32_t i = 0; i < catalogue_count(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_at(catalogue, i);
		struct board_row row;
		double value;
		char id[17];

		if (catalogue_row(catalogue, entry, &row))
			continue;
		value = metric->value(&row);
		if (value < 0)
			continue;
		check_format_id(entry->check.id, id);
		exposition_value(to, metric->name,
				 (struct exposition_label[]){ { "id", id },
							      { "name", entry->check.name },
							      { "target", entry->check.target },
							      { "kind", entry->check.kind->name } },
				 4, value);
	}
}

static void write_checks(struct json *to, const struct catalogue *catalogue)
{
	int is_omitted = catalogue_count(catalogue) > CHECKS_MAX;

	exposition_metric(to, "sonde_check_metrics_omitted", "gauge",
			  "1 when there are too many checks to tell of each.");
	exposition_value(to, "sonde_check_metrics_omitted", NULL, 0, is_omitted);
	for (unsigned i = 0; !is_omitted && i < sizeof(per_check) / sizeof(per_check[0]); i++)
		write_per_check(to, catalogue, &per_check[i]);
}

void metrics_get(struct request *request)
{
	const struct server *server = request->server;
	const struct board *board = server->options.board;
	struct exposition_label version = { "version", server->options.version };
	struct json body;

	if (catalogue_refresh(server->catalogue)) {
		reply_problem(request->req, 503, "the checks cannot be read from the store", NULL);
		return;
	}
	json_init(&body);
	exposition_metric(&body, "sonde_build_info", "gauge", "What is running; always 1.");
	exposition_value(&body, "sonde_build_info", &version, 1, 1);
	write_sums(&body, board);
	write_states(&body, server);
	write_words(&body, board);
	write_floor(&body, board);
	write_hearts(&body, server);
	process_write(&body);
	write_checks(&body, server->catalogue);
	reply_text(request->req, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}
