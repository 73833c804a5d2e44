// SPDX-License-Identifier: GPL-2.0 OR MIT
/* reply.c - the contract is in reply.h. */
#include "api/reply.h"

#include <stdlib.h>
#include <string.h>

/* Scripts and styles only from us, nothing inline, nobody may frame the page. */
#define POLICY                                                                                     \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "          \
	"font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "               \
	"frame-ancestors 'none'"

static const struct {
	const char *name, *value;
} always[] = {
	{ "x-content-type-options", "nosniff" },
	{ "content-security-policy", POLICY },
	{ "referrer-policy", "no-referrer" },
	{ "cache-control", "no-store" }, /* unless the route has said otherwise */
};

void reply_header(h2o_req_t *req, const char *name, const char *value)
{
	char *copy = h2o_strdup(&req->pool, value, SIZE_MAX).base;

	h2o_add_header_by_str(&req->pool, &req->res.headers, name, strlen(name), 1, NULL, copy,
			      strlen(copy));
}

static void start(h2o_req_t *req, int status, const char *type, size_t len)
{
	req->res.status = status;
	req->res.reason = problem_title(status);
	req->res.content_length = len;
	if (type)
		h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type,
			       strlen(type));
}

void reply_static(h2o_req_t *req, int status, const char *type, const void *bytes, size_t len)
{
	static const h2o_generator_t none = { NULL, NULL };
	h2o_iovec_t body = { (char *)bytes, len };
	int is_head = h2o_memis(req->input.method.base, req->input.method.len, H2O_STRLIT("HEAD"));

	start(req, status, type, len);
	h2o_start_response(req, (h2o_generator_t *)&none);
	h2o_send(req, &body, is_head || !len ? 0 : 1, H2O_SEND_STATE_FINAL);
}

static void free_text(void *held)
{
	free(*(char **)held);
}

void reply_text(h2o_req_t *req, int status, const char *type, struct json *body)
{
	char **held;

	if (json_error(body)) {
		json_clear(body);
		reply_problem(req, 503, "out of memory", NULL);
		return;
	}
	/* freed with the request: sending does not copy, and may last */
	held = h2o_mem_alloc_shared(&req->pool, sizeof(*held), free_text);
	*held = body->text;
	reply_static(req, status, type, body->text, body->len);
	json_init(body);
}

void reply_json(h2o_req_t *req, int status, struct json *body)
{
	reply_text(req, status, "application/json", body);
}

void reply_empty(h2o_req_t *req, int status)
{
	/* 204 and 304 have no length; h2o leaves it out when it is SIZE_MAX */
	static const h2o_generator_t none = { NULL, NULL };

	start(req, status, NULL, SIZE_MAX);
	h2o_start_response(req, (h2o_generator_t *)&none);
	h2o_send(req, NULL, 0, H2O_SEND_STATE_FINAL);
}

void reply_problem(h2o_req_t *req, int status, const char *detail,
		   const struct problem_errors *errors)
{
	struct json body;

	json_init(&body);
	problem_write(&body, status, detail, errors);
	if (json_error(&body)) {
		json_clear(&body);
		reply_static(req, status, "application/problem+json", "{}", 2);
		return;
	}
	reply_text(req, status, "application/problem+json", &body);
}

/* Replaces the plain text of an error h2o made by itself. */
struct rewriter {
	h2o_ostream_t super;
	h2o_iovec_t body;
	int is_head;
};

static void rewrite(h2o_ostream_t *self, h2o_req_t *req, h2o_iovec_t *bufs, size_t bufcnt,
		    h2o_send_state_t state)
{
	struct rewriter *rewriter = (struct rewriter *)self;

	(void)bufs;
	(void)bufcnt;
	if (state == H2O_SEND_STATE_FINAL)
		h2o_ostream_send_next(self, req, &rewriter->body, !rewriter->is_head, state);
	else
		h2o_ostream_send_next(self, req, NULL, 0, state);
}

static int is_own_error_of_h2o(const h2o_req_t *req)
{
	ssize_t i = h2o_find_header(&req->res.headers, H2O_TOKEN_CONTENT_TYPE, -1);

	return req->res.status >= 400 && i != -1 &&
	       !strncmp(req->res.headers.entries[i].value.base, "text/plain", 10);
}

static h2o_ostream_t **add_rewriter(h2o_req_t *req, h2o_ostream_t **slot)
{
	static const char type[] = "application/problem+json";
	struct rewriter *rewriter =
		(struct rewriter *)h2o_add_ostream(req, sizeof(*rewriter), slot);
	struct json body;

	json_init(&body);
	problem_write(&body, req->res.status, "the request could not be read", NULL);
	rewriter->super.do_send = rewrite;
	rewriter->body =
		h2o_strdup(&req->pool, body.len ? body.text : "{}", body.len ? body.len : 2);
	rewriter->is_head =
		h2o_memis(req->input.method.base, req->input.method.len, H2O_STRLIT("HEAD"));
	json_clear(&body);
	req->res.content_length = rewriter->body.len;
	h2o_set_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, type,
		       sizeof(type) - 1, 1);
	return &rewriter->super.next;
}

static void on_setup(h2o_filter_t *self, h2o_req_t *req, h2o_ostream_t **slot)
{
	(void)self;
	for (unsigned i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		h2o_set_header_by_str(&req->pool, &req->res.headers, always[i].name,
				      strlen(always[i].name), 1, always[i].value,
				      strlen(always[i].value), 0);
	if (is_own_error_of_h2o(req))
		slot = add_rewriter(req, slot);
	h2o_setup_next_ostream(req, slot);
}

void reply_register_filter(h2o_pathconf_t *path)
{
	h2o_filter_t *filter = h2o_create_filter(path, sizeof(*filter));

	filter->on_setup_ostream = on_setup;
}
