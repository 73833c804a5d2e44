// SPDX-License-Identifier: GPL-2.0 OR MIT
/* summary.c - the contract is in summary.h. */
#include "api/summary.h"

#include <string.h>

#include "api/catalogue.h"
#include "api/health.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/write.h"
#include "base/clock.h"

void summary_count_states(const struct server *server, struct summary_states *ret)
{
	uint32_t n = catalogue_count(server->catalogue);
	struct board_row row;

	memset(ret, 0, sizeof(*ret));
	for (uint32_t i = 0; i < n; i++) {
		if (catalogue_row(server->catalogue, catalogue_at(server->catalogue, i), &row))
			ret->count[BOARD_PENDING]++;
		else
			ret->count[row.state <= BOARD_UNKNOWN ? row.state : BOARD_UNKNOWN]++;
	}
}

void summary_read_sums(const struct board *board, struct result_sums *ret)
{
	for (unsigned i = 0; i < RESULT_CLASS_MAX; i++)
		ret->class[i] = board_get(board, BOARD_CLASS_0 + i);
	for (unsigned i = 0; i < RESULT_PACKET_MAX; i++)
		ret->packet[i] = board_get(board, BOARD_PACKET_0 + i);
}

static void put(struct json *to, const char *key, uint64_t value)
{
	json_key(to, key);
	json_uint(to, value);
}

static void write_states(struct json *to, const struct server *server)
{
	struct summary_states states;

	summary_count_states(server, &states);
	json_key(to, "states");
	json_object(to);
	for (unsigned i = BOARD_PENDING; i <= BOARD_UNKNOWN; i++)
		put(to, board_state_name(i), states.count[i]);
	json_object_end(to);
}

static void write_rates(struct json *to, const struct server *server)
{
	const struct board *board = server->options.board;
	uint64_t cap = board_get(board, BOARD_RATE_CAP);

	json_key(to, "rate");
	json_double(to, (double)board_get(board, BOARD_RATE_MILLI) / 1000);
	put(to, "rate_cap", cap ? cap : server->options.rate_cap);
	json_key(to, "rate_measured");
	json_double(to, server_rate(server));
}

static void write_sums(struct json *to, const struct board *board)
{
	struct result_sums sums;
	double loss;

	summary_read_sums(board, &sums);
	put(to, "attempts", board_get(board, BOARD_ATTEMPTS));
	json_key(to, "classes");
	json_object(to);
	for (unsigned i = 0; i < RESULT_CLASS_MAX; i++)
		put(to, result_class_name(i), sums.class[i]);
	json_object_end(to);
	json_key(to, "packets");
	json_object(to);
	for (unsigned i = 0; i < RESULT_PACKET_MAX; i++)
		put(to, result_packet_name(i), sums.packet[i]);
	json_object_end(to);
	loss = result_loss_ratio(&sums);
	json_key(to, "loss_ratio");
	loss < 0 ? json_null(to) : json_double(to, loss);
}

static void write_store(struct json *to, const struct board *board)
{
	uint64_t error = board_get(board, BOARD_STORE_LAST_ERROR);

	json_key(to, "store");
	json_object(to);
	put(to, "samples", board_get(board, BOARD_STORE_SAMPLES));
	put(to, "queued", board_get(board, BOARD_STORE_QUEUED));
	put(to, "dropped", board_get(board, BOARD_STORE_DROPPED));
	put(to, "bytes", board_get(board, BOARD_STORE_BYTES));
	put(to, "commits", board_get(board, BOARD_STORE_COMMITS));
	put(to, "errors", board_get(board, BOARD_STORE_ERRORS));
	json_key(to, "last_error");
	json_string(to, error ? strerror((int)error) : "");
	json_object_end(to);
}

static void write_floor(struct json *to, const struct board *board)
{
	uint64_t p99 = board_get(board, BOARD_FLOOR_P99_NS);

	json_key(to, "floor");
	if (!p99) {
		json_null(to);
		return;
	}
	json_object(to);
	put(to, "p50_ns", board_get(board, BOARD_FLOOR_P50_NS));
	put(to, "p99_ns", p99);
	json_object_end(to);
}

void summary_write(const struct server *server, struct json *to, int has_version)
{
	const struct board *board = server->options.board;

	json_object(to);
	if (has_version) {
		json_key(to, "version");
		json_string(to, server->options.version ? server->options.version : "");
	}
	json_key(to, "started_ns");
	write_ns(to, server->started_wall_ns);
	json_key(to, "uptime_ns");
	json_int(to, clock_now_ns() - server->started_ns);
	put(to, "checks", catalogue_count(server->catalogue));
	write_states(to, server);
	write_rates(to, server);
	write_sums(to, board);
	put(to, "lateness_us", board_get(board, BOARD_LATENESS_US));
	write_store(to, board);
	put(to, "results_dropped", board_get(board, BOARD_RESULTS_DROPPED));
	put(to, "ring_no_room", board_get(board, BOARD_RING_NO_ROOM));
	write_floor(to, board);
	json_key(to, "healthy");
	json_bool(to, !health_silent(server, clock_now_ns()));
	json_key(to, "config_ok");
	json_bool(to, board_get(board, BOARD_CONFIG_OK) == 1);
	json_object_end(to);
}

void summary_get(struct request *request)
{
	static const char *const allowed[] = { NULL };
	struct json body;

	if (request_query(request, allowed))
		return;
	if (catalogue_refresh(request->server->catalogue)) {
		reply_problem(request->req, 503, "the checks cannot be read from the store", NULL);
		return;
	}
	json_init(&body);
	summary_write(request->server, &body, 1);
	json_raw(&body, "\n", 1);
	reply_json(request->req, 200, &body);
}
