// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * routes.c - the contract is in routes.h.
 *
 * Paths are compared as they came: nothing is decoded or normalised, so "%2e",
 * "//" and NUL bytes match nothing. Files of the page are looked up in a table.
 */
#include "api/routes.h"

#include <errno.h>
#include <string.h>

#include "api/assets.h"
#include "api/reply.h"
#include "domain/check.h"

/* {id} stands for 16 hex digits. */
static const struct route {
	const char *path, *method;
	void (*answer)(struct request *request);
} routes[] = {
	{ "/api/v1/checks", "GET", checks_list },
	{ "/api/v1/checks", "POST", checks_post },
	{ "/api/v1/checks/{id}", "GET", checks_get },
	{ "/api/v1/checks/{id}", "DELETE", checks_delete },
	{ "/api/v1/checks/{id}/samples", "GET", samples_get },
	{ "/api/v1/summary", "GET", summary_get },
	{ "/api/v1/stream", "GET", stream_get },
	{ "/api/v1/suggestions", "GET", suggestions_get },
	{ "/api/v1/kinds", "GET", kinds_get },
	{ "/metrics", "GET", metrics_get },
	{ "/-/healthy", "GET", health_healthy },
	{ "/-/ready", "GET", health_ready },
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

struct handler {
	h2o_handler_t super;
	struct server *server;
};

static int text_is(const struct head_text *text, const char *word)
{
	return text->len == strlen(word) && !memcmp(text->base, word, text->len);
}

/* Does @path match @pattern? An {id} goes to *id. */
static int matches(const struct head_text *path, const char *pattern, uint64_t *id)
{
	const char *mark = strstr(pattern, "{id}");
	size_t before = mark ? (size_t)(mark - pattern) : 0;
	struct head_text rest;

	if (!mark)
		return text_is(path, pattern);
	if (path->len < before + 16 || memcmp(path->base, pattern, before) ||
	    check_parse_id(path->base + before, 16, id))
		return 0;
	rest = (struct head_text){ path->base + before + 16, path->len - before - 16 };
	return text_is(&rest, mark + 4);
}

/* HEAD is answered as GET; the bytes of the body are left out in reply.c. */
static int is_method(const struct request *request, const char *method)
{
	return text_is(&request->head.method, method) ||
	       (!strcmp(method, "GET") && text_is(&request->head.method, "HEAD"));
}

static void refuse_method(struct request *request)
{
	char allow[64] = "";

	for (unsigned i = 0; i < ROUTES; i++) {
		if (!matches(&request->path, routes[i].path, &request->id))
			continue;
		snprintf(allow + strlen(allow), sizeof(allow) - strlen(allow), "%s%s",
			 *allow ? ", " : "",
			 strcmp(routes[i].method, "GET") ? routes[i].method : "GET, HEAD");
	}
	reply_header(request->req, "allow", *allow ? allow : "GET, HEAD");
	reply_problem(request->req, 405, "this path does not know that method", NULL);
}

static void send_asset(struct request *request, const struct asset *asset)
{
	struct head_text accept = request_header(request, H2O_TOKEN_ACCEPT_ENCODING);
	enum asset_coding coding = asset_choose(asset, accept.base, accept.len);
	const unsigned char *bytes = asset->plain;
	size_t len = asset->plain_bytes;

	if (coding == ASSET_BROTLI) {
		bytes = asset->brotli;
		len = asset->brotli_bytes;
		reply_header(request->req, "content-encoding", "br");
	} else if (coding == ASSET_GZIP) {
		bytes = asset->gzip;
		len = asset->gzip_bytes;
		reply_header(request->req, "content-encoding", "gzip");
	}
	reply_header(request->req, "vary", "accept-encoding");
	reply_header(request->req, "cache-control",
		     asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
	if (request_matches(request, asset->etag))
		reply_empty(request->req, 304);
	else
		reply_static(request->req, 200, asset->mime, bytes, len);
}

static void dispatch(struct request *request, const struct asset *asset)
{
	int is_known = asset != NULL;

	if (asset && is_method(request, "GET")) {
		send_asset(request, asset);
		return;
	}
	for (unsigned i = 0; i < ROUTES; i++) {
		if (!matches(&request->path, routes[i].path, &request->id))
			continue;
		if (is_method(request, routes[i].method)) {
			routes[i].answer(request);
			return;
		}
		is_known = 1;
	}
	if (is_known)
		refuse_method(request);
	else
		reply_problem(request->req, 404, "there is nothing at this path", NULL);
}

static int check_access(struct request *request, const struct asset *asset)
{
	struct access_request access = {
		.listener = request->connection->listener,
		.may_write = request->connection->may_write,
		.local = request->connection->local,
		.method = request->head.method,
		.host = request->head.host,
		.authorization = request->head.authorization,
		.content_type = request_header(request, H2O_TOKEN_CONTENT_TYPE),
		.has_body = request->head.has_body,
		.is_public = asset != NULL,
	};
	const char *why;
	int status = access_check(&request->server->access, &access, &why);

	if (status == 401)
		reply_header(request->req, "www-authenticate", "Bearer");
	if (status)
		reply_problem(request->req, status, why, NULL);
	return status;
}

static void split_target(struct request *request)
{
	const struct head_text *target = &request->head.target;
	const char *mark = memchr(target->base, '?', target->len);
	size_t len = mark ? (size_t)(mark - target->base) : target->len;

	request->path = (struct head_text){ target->base, len };
	if (mark)
		request->query_text = (struct head_text){ mark + 1, target->len - len - 1 };
}

static int on_request(h2o_handler_t *self, h2o_req_t *req)
{
	struct request request = { .server = ((struct handler *)self)->server, .req = req };
	const h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);
	const struct asset *asset;
	const char *why;
	int status = head_check(sock->input->bytes, sock->input->size, &request.head, &why);

	/* where two readers could disagree on the end of a body, none of its bytes is read again */
	if (status || request.head.has_body)
		req->http1_is_persistent = 0;
	if (status) {
		reply_problem(req, status, why, NULL);
		return 0;
	}
	request.connection = connection_of(req);
	split_target(&request);
	asset = asset_find(asset_table, asset_count, request.path.base, request.path.len);
	if (!check_access(&request, asset))
		dispatch(&request, asset);
	return 0;
}

void routes_register(h2o_hostconf_t *host, struct server *server)
{
	/* the fallback serves every path, and errors of requests that have none */
	h2o_pathconf_t *path = &host->fallback_path;
	struct handler *handler =
		(struct handler *)h2o_create_handler(path, sizeof(struct handler));

	handler->super.on_req = on_request;
	handler->server = server;
	reply_register_filter(path);
}

int request_refuse_query(struct request *request)
{
	struct problem_errors errors = { .n = 0 };
	char pointer[96];

	snprintf(pointer, sizeof(pointer), "?%s", request->query.wrong);
	problem_add(&errors, pointer, "%s", request->query.why);
	reply_problem(request->req, 400, "the query is wrong", &errors);
	return -EINVAL;
}

int request_query(struct request *request, const char *const *allowed)
{
	if (!query_parse(&request->query, request->query_text.base, request->query_text.len,
			 allowed))
		return 0;
	return request_refuse_query(request);
}

struct head_text request_header(const struct request *request, const h2o_token_t *token)
{
	ssize_t i = h2o_find_header(&request->req->headers, token, -1);

	if (i == -1)
		return (struct head_text){ NULL, 0 };
	return (struct head_text){ request->req->headers.entries[i].value.base,
				   request->req->headers.entries[i].value.len };
}

int request_matches(struct request *request, const char *etag)
{
	struct head_text held = request_header(request, H2O_TOKEN_IF_NONE_MATCH);

	reply_header(request->req, "etag", etag);
	return held.base && (memmem(held.base, held.len, etag, strlen(etag)) ||
			     (held.len == 1 && *held.base == '*'));
}
