// SPDX-License-Identifier: GPL-2.0 OR MIT
/* samples.c - the attempts of one check in a range of time, as columns. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/catalogue.h"
#include "api/reader.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/write.h"
#include "base/clock.h"

#define LIMIT_DEFAULT   10000
#define LIMIT_MAX       100000
#define DEFAULT_SPAN_NS (600 * NS_PER_SEC)

/* One question on its way through the reader's thread, which owns it between push and finish;
 * only `req` and `guard` stay the web server's. */
struct question {
	struct reader_job job; /* first: the reader hands this back */
	h2o_req_t *req;        /* NULL: the client has gone */
	struct question **guard;
	struct repository *repository;
	const struct reader *reader;
	uint64_t id, left;
	int64_t from_ns, to_ns;
	int is_truncated, err;
	struct json body;
};

static int write_sample(void *arg, const struct sample *sample)
{
	struct question *q = arg;
	struct json *to = &q->body;

	if (reader_is_stopping(q->reader))
		return -ECANCELED;
	if (!q->left--) {
		q->is_truncated = 1;
		return 1;
	}
	json_array(to);
	write_ns(to, sample->sent_wall_ns);
	json_uint(to, sample->attempt);
	json_string(to, result_class_name(sample->class));
	sample->rtt_ns ? json_int(to, sample->rtt_ns) : json_null(to);
	json_string(to, result_stamp_name(sample->stamp));
	json_uint(to, sample->ttl);
	json_uint(to, sample->submit_delay_ns);
	json_array_end(to);
	return json_error(to);
}

static void write_columns(struct json *to)
{
	static const char *const names[] = { "sent_ns", "attempt", "class",          "rtt_ns",
					     "stamp",   "ttl",     "submit_delay_ns" };

	json_key(to, "columns");
	json_array(to);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_string(to, names[i]);
	json_array_end(to);
}

static int parse_time(struct request *request, const char *name, int64_t *ret)
{
	const char *text = query_get(&request->query, name);

	if (text && clock_parse_time(text, ret))
		return query_refuse(&request->query, name,
				    "must be a time in RFC 3339, or ns since 1970");
	return 0;
}

static int parse_range(struct request *request, int64_t *from, int64_t *to, uint64_t *limit)
{
	static const char *const allowed[] = { "from", "to", "limit", NULL };

	if (request_query(request, allowed))
		return -EINVAL;
	*to = clock_wall_ns();
	*limit = LIMIT_DEFAULT;
	if (parse_time(request, "to", to))
		return request_refuse_query(request);
	*from = *to > DEFAULT_SPAN_NS ? *to - DEFAULT_SPAN_NS : 0;
	if (parse_time(request, "from", from) ||
	    query_number(&request->query, "limit", 1, LIMIT_MAX, limit))
		return request_refuse_query(request);
	if (*from > *to) {
		query_refuse(&request->query, "from", "is later than `to`");
		return request_refuse_query(request);
	}
	return 0;
}

/* Reader's thread. */
static void work(struct reader_job *job)
{
	struct question *q = (struct question *)job;
	struct json *to = &q->body;

	json_object(to);
	json_key(to, "id");
	write_id(to, q->id);
	json_key(to, "from_ns");
	write_ns(to, q->from_ns);
	json_key(to, "to_ns");
	write_ns(to, q->to_ns);
	write_columns(to);
	json_key(to, "rows");
	json_array(to);
	q->err = q->repository->ops->range(q->repository, q->id, q->from_ns, q->to_ns, write_sample,
					   q);
	json_array_end(to);
	json_key(to, "truncated");
	json_bool(to, q->is_truncated);
	json_object_end(to);
	json_raw(to, "\n", 1);
}

static void finish(struct reader_job *job)
{
	struct question *q = (struct question *)job;

	if (q->guard)
		*q->guard = NULL;
	if (q->req && q->err < 0)
		reply_problem(q->req, 503, "the samples cannot be read now", NULL);
	else if (q->req)
		reply_json(q->req, 200, &q->body);
	json_clear(&q->body);
	free(q);
}

static void on_request_gone(void *guard)
{
	struct question *q = *(struct question **)guard;

	if (!q)
		return;
	q->req = NULL;
	q->guard = NULL;
}

static void ask_reader(struct request *request, int64_t from_ns, int64_t to_ns, uint64_t limit)
{
	struct question *q = calloc(1, sizeof(*q));

	if (!q) {
		reply_problem(request->req, 503, "out of memory", NULL);
		return;
	}
	*q = (struct question){ .job = { .work = work, .finish = finish },
				.req = request->req,
				.repository = request->server->options.repository,
				.reader = request->server->reader,
				.id = request->id,
				.left = limit,
				.from_ns = from_ns,
				.to_ns = to_ns,
				.err = -ECANCELED };
	if (reader_push(request->server->reader, &q->job)) {
		free(q);
		reply_header(request->req, "retry-after", "1");
		reply_problem(request->req, 503, "too many wait for samples; try again", NULL);
		return;
	}
	q->guard = h2o_mem_alloc_shared(&request->req->pool, sizeof(*q->guard), on_request_gone);
	*q->guard = q;
}

void samples_get(struct request *request)
{
	int64_t from_ns, to_ns;
	uint64_t limit;

	if (parse_range(request, &from_ns, &to_ns, &limit))
		return;
	if (catalogue_refresh(request->server->catalogue))
		reply_problem(request->req, 503, "the checks cannot be read from the store", NULL);
	else if (!catalogue_find(request->server->catalogue, request->id))
		reply_problem(request->req, 404, "there is no such check", NULL);
	else
		ask_reader(request, from_ns, to_ns, limit);
}
