/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * server.h - what the parts of the web server share. All of it belongs to the
 * web server's thread.
 */
#ifndef API_SERVER_H
#define API_SERVER_H

#include <h2o.h>
#include <stdint.h>

#include "api/access.h"
#include "api/api.h"
#include "api/connection.h"
#include "api/head.h"
#include "api/query.h"

#define SERVER_TICK_MS 250
#define SERVER_RATES   21 /* the measured rate is over the last five seconds of ticks */

struct server {
	struct api_options options; /* strings are the starter's and outlive the thread */
	struct access access;
	struct connections *connections;
	struct catalogue *catalogue;
	struct commands *commands;
	struct streams *streams;
	struct reader *reader;
	h2o_globalconf_t config;
	h2o_context_t context;
	int64_t started_wall_ns, started_ns;
	uint64_t ticks;
	struct {
		int64_t at_ns;
		uint64_t attempts;
	} rates[SERVER_RATES]; /* ring, index ticks % SERVER_RATES */
};

/* One request on its way through a route. Lives until the route returns. */
struct request {
	struct server *server;
	h2o_req_t *req;
	struct head head;
	struct head_text path, query_text; /* of head.target */
	const struct connection *connection;
	struct query query; /* after request_query() */
	uint64_t id;        /* {id} of the path */
};

/** request_query() - parse the query; a refusal is answered. Return: 0 or -EINVAL (answered). */
int request_query(struct request *request, const char *const *allowed);

/** request_refuse_query() - answer 400 with what query_refuse() noted. Return: -EINVAL. */
int request_refuse_query(struct request *request);

/** request_header() - value of a header, base NULL when absent. */
struct head_text request_header(const struct request *request, const h2o_token_t *token);

/** request_matches() - does If-None-Match hold @etag? Sets the response's ETag in any case. */
int request_matches(struct request *request, const char *etag);

/** server_rate() - attempts closed a second over the last ticks. */
double server_rate(const struct server *server);

#endif /* API_SERVER_H */
