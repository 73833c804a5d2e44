/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * reply.h - whole responses, and the headers every response carries.
 *
 * Each function ends the request: nothing may touch it afterwards. The content
 * length is always set, so that connections stay usable.
 */
#ifndef API_REPLY_H
#define API_REPLY_H

#include <h2o.h>

#include "api/problem.h"
#include "base/json.h"

/** reply_json() - application/json; takes @body over, cleared afterwards. */
void reply_json(h2o_req_t *req, int status, struct json *body);

/** reply_text() - the same with a content type of its own (a constant). */
void reply_text(h2o_req_t *req, int status, const char *type, struct json *body);

/** reply_static() - bytes that outlive the request. */
void reply_static(h2o_req_t *req, int status, const char *type, const void *bytes, size_t len);

/** reply_empty() - no body: 204, 304. */
void reply_empty(h2o_req_t *req, int status);

/** reply_problem() - application/problem+json; @errors may be NULL. */
void reply_problem(h2o_req_t *req, int status, const char *detail,
		   const struct problem_errors *errors);

/** reply_header() - add a header to a response not yet sent; copies. */
void reply_header(h2o_req_t *req, const char *name, const char *value);

/**
 * reply_register_filter() - every response of @path, h2o's own errors too, gets the security
 * headers; h2o's own errors become problems.
 */
void reply_register_filter(h2o_pathconf_t *path);

#endif /* API_REPLY_H */
