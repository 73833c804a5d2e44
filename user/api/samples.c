// SPDX-License-Identifier: GPL-2.0 OR MIT
/* samples.c - the attempts of one check in a range of time, as columns. */
#include <errno.h>
#include <string.h>

#include "api/catalogue.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/write.h"
#include "base/clock.h"

#define LIMIT_DEFAULT   10000
#define LIMIT_MAX       100000
#define DEFAULT_SPAN_NS (600 * NS_PER_SEC)

struct walk {
	struct json *to;
	uint64_t left;
	int is_truncated;
};

static int write_sample(void *arg, const struct sample *sample)
{
	struct walk *walk = arg;

	if (!walk->left--) {
		walk->is_truncated = 1;
		return 1;
	}
	json_array(walk->to);
	write_ns(walk->to, sample->sent_wall_ns);
	json_uint(walk->to, sample->attempt);
	json_string(walk->to, result_class_name(sample->class));
	sample->rtt_ns ? json_int(walk->to, sample->rtt_ns) : json_null(walk->to);
	json_string(walk->to, result_stamp_name(sample->stamp));
	json_uint(walk->to, sample->ttl);
	json_uint(walk->to, sample->submit_delay_ns);
	json_array_end(walk->to);
	return json_error(walk->to);
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

static int write_samples(struct request *request, struct json *to, int64_t from_ns, int64_t to_ns,
			 uint64_t limit)
{
	struct repository *repository = request->server->options.repository;
	struct walk walk = { .to = to, .left = limit };
	int err;

	json_object(to);
	json_key(to, "id");
	write_id(to, request->id);
	json_key(to, "from_ns");
	write_ns(to, from_ns);
	json_key(to, "to_ns");
	write_ns(to, to_ns);
	write_columns(to);
	json_key(to, "rows");
	json_array(to);
	err = repository->ops->range(repository, request->id, from_ns, to_ns, write_sample, &walk);
	json_array_end(to);
	json_key(to, "truncated");
	json_bool(to, walk.is_truncated);
	json_object_end(to);
	json_raw(to, "\n", 1);
	return err < 0 ? err : 0;
}

void samples_get(struct request *request)
{
	int64_t from_ns, to_ns;
	struct json body;
	uint64_t limit;

	if (parse_range(request, &from_ns, &to_ns, &limit))
		return;
	if (catalogue_refresh(request->server->catalogue)) {
		reply_problem(request->req, 503, "the checks cannot be read from the store", NULL);
		return;
	}
	if (!catalogue_find(request->server->catalogue, request->id)) {
		reply_problem(request->req, 404, "there is no such check", NULL);
		return;
	}
	json_init(&body);
	if (write_samples(request, &body, from_ns, to_ns, limit)) {
		json_clear(&body);
		reply_problem(request->req, 503, "the samples cannot be read from the store", NULL);
		return;
	}
	reply_json(request->req, 200, &body);
}
