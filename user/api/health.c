// SPDX-License-Identifier: GPL-2.0 OR MIT
/* health.c - the contract is in health.h; the two routes that ask. */
#include "api/health.h"

#include <stdio.h>

#include "api/catalogue.h"
#include "api/reply.h"
#include "api/routes.h"
#include "base/clock.h"

#define HEARTS (BOARD_HEART_WRITER + 1)

const char *health_heart_name(unsigned heart)
{
	static const char *const names[HEARTS] = {
		[BOARD_HEART_PROBE] = "probe",
		[BOARD_HEART_JUDGE] = "judge",
		[BOARD_HEART_WRITER] = "writer",
	};

	return heart < HEARTS ? names[heart] : "unknown";
}

/* A heart that has never beaten stands at 0, so its age is that of the clock. */
static int has_beaten(const struct board *board, unsigned heart)
{
	return board_beat_age_ns(board, heart, 0) != 0;
}

unsigned health_silent(const struct server *server, int64_t now_ns)
{
	const struct board *board = server->options.board;
	unsigned silent = 0;

	for (unsigned i = 0; i < HEARTS; i++) {
		int64_t age_ns = has_beaten(board, i) ? board_beat_age_ns(board, i, now_ns)
						      : now_ns - server->started_ns;

		if (age_ns > HEALTH_SILENT_NS)
			silent |= 1u << i;
	}
	return silent;
}

static void send_status(struct request *request, const char *status)
{
	struct json body;

	json_init(&body);
	json_object(&body);
	json_key(&body, "status");
	json_string(&body, status);
	json_object_end(&body);
	json_raw(&body, "\n", 1);
	reply_json(request->req, 200, &body);
}

static void send_silent(struct request *request, unsigned silent, const char *what)
{
	char detail[128];
	size_t len = 0;

	for (unsigned i = 0; i < HEARTS; i++)
		if (silent >> i & 1)
			len += (size_t)snprintf(detail + len, sizeof(detail) - len, "%s%s",
						len ? ", " : "", health_heart_name(i));
	snprintf(detail + len, sizeof(detail) - len, ": %s", what);
	reply_problem(request->req, 503, detail, NULL);
}

void health_healthy(struct request *request)
{
	unsigned silent = health_silent(request->server, clock_now_ns());

	if (silent)
		send_silent(request, silent, "silent for more than 10 s");
	else
		send_status(request, "ok");
}

static unsigned never_beaten(const struct board *board)
{
	unsigned never = 0;

	for (unsigned i = 0; i < HEARTS; i++)
		if (!has_beaten(board, i))
			never |= 1u << i;
	return never;
}

void health_ready(struct request *request)
{
	unsigned never = never_beaten(request->server->options.board);

	if (never)
		send_silent(request, never, "not started yet");
	else if (catalogue_refresh(request->server->catalogue))
		reply_problem(request->req, 503, "the checks cannot be read from the store", NULL);
	else
		send_status(request, "ready");
}
