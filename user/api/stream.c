// SPDX-License-Identifier: GPL-2.0 OR MIT
/* stream.c - the contract is in stream.h; the frames are put together in frame.c. */
#include "api/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "api/catalogue.h"
#include "api/frame.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/summary.h"
#include "base/clock.h"
#include "base/list.h"

struct stream {
	h2o_generator_t super; /* first: h2o hands this back */
	struct streams *owner;
	h2o_req_t *req;
	struct list link;
	struct frame frame; /* valid until proceed() */
	int64_t sent_ns;
	int is_busy, is_ending;
};

struct streams {
	struct server *server;
	struct list all;
	unsigned n;
	struct json summary; /* shared by all frames of a tick */
};

static void forget(struct stream *s)
{
	if (s->owner)
		s->owner->n--;
	s->owner = NULL;
	list_remove(&s->link);
}

/* The request's memory goes: the one call that always comes. */
static void on_gone(void *data)
{
	struct stream *s = data;

	forget(s);
	frame_clear(&s->frame);
}

static void send_frame(struct stream *s, int64_t now_ns)
{
	struct json *text = &s->frame.text;
	h2o_iovec_t bytes = h2o_iovec_init(text->text, text->len);
	int is_ending = s->is_ending;

	if (s->is_busy || (!text->len && !is_ending))
		return;
	s->is_busy = 1;
	s->sent_ns = now_ns;
	if (is_ending)
		forget(s);
	h2o_send(s->req, &bytes, text->len ? 1 : 0,
		 is_ending ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

static void on_proceed(h2o_generator_t *self, h2o_req_t *req)
{
	struct stream *s = (struct stream *)self;

	(void)req;
	s->is_busy = 0;
	frame_reset(&s->frame);
	if (s->is_ending)
		send_frame(s, clock_now_ns());
}

static void on_stop(h2o_generator_t *self, h2o_req_t *req)
{
	(void)req;
	forget((struct stream *)self);
}

/*
 * A reader that has hung up is seen only when something is written, and a page that follows
 * scrolling opens a stream every second: its place is taken back at once. Behind TLS it is not
 * seen so; there the next summary finds out.
 */
static int has_left(const struct stream *s)
{
	int fd = h2o_socket_get_fd(s->req->conn->callbacks->get_socket(s->req->conn));
	char byte;

	if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT))
		return 0;
	shutdown(fd, SHUT_RDWR);
	return 1;
}

static void tick_one(struct streams *streams, struct stream *s, const struct json *summary,
		     int64_t now_ns)
{
	struct server *server = streams->server;

	if (s->is_busy)
		return;
	frame_build(&s->frame, server->options.board, server->catalogue, summary);
	if (has_left(s) || (!s->frame.text.len && now_ns - s->sent_ns > STREAM_HEARTBEAT_NS))
		frame_comment(&s->frame, "alive");
	if (json_error(&s->frame.text))
		frame_reset(&s->frame);
	send_frame(s, now_ns);
}

void streams_tick(struct streams *streams, int64_t now_ns)
{
	const struct json *summary = NULL;
	struct list *l, *next;

	if (list_is_empty(&streams->all) || catalogue_refresh(streams->server->catalogue))
		return;
	if (streams->server->ticks % STREAM_SUMMARY_TICKS == 0) {
		json_reset(&streams->summary);
		summary_write(streams->server, &streams->summary, 0);
		if (!json_error(&streams->summary))
			summary = &streams->summary;
	}
	for (l = streams->all.next; l != &streams->all; l = next) {
		next = l->next;
		tick_one(streams, container_of(l, struct stream, link), summary, now_ns);
	}
}

static int parse_ids(struct request *request, struct frame *frame)
{
	const char *at = query_get(&request->query, "ids");

	while (at && *at) {
		size_t len = strcspn(at, ",");

		if (frame->nids == FRAME_IDS_MAX)
			return query_refuse(&request->query, "ids", "more than 200 ids");
		if (check_parse_id(at, len, &frame->ids[frame->nids]))
			return query_refuse(&request->query, "ids",
					    "must be ids of 16 hex digits, with commas between");
		frame->nids++;
		at += len + (at[len] == ',');
	}
	return 0;
}

static int parse_query(struct request *request, struct frame *frame)
{
	static const char *const allowed[] = { "ids", "view", NULL };
	const char *view;

	if (request_query(request, allowed))
		return -EINVAL;
	view = query_get(&request->query, "view");
	if (parse_ids(request, frame) ||
	    (view && strcmp(view, "counters") &&
	     query_refuse(&request->query, "view", "knows only: counters")))
		return request_refuse_query(request);
	return 0;
}

static int parse_resume(struct request *request, struct frame *frame)
{
	static const char name[] = "last-event-id";
	const h2o_headers_t *headers = &request->req->headers;
	ssize_t i = h2o_find_header_by_str(headers, name, sizeof(name) - 1, -1);
	char text[64] = "";

	if (i != -1 && headers->entries[i].value.len < sizeof(text))
		memcpy(text, headers->entries[i].value.base, headers->entries[i].value.len);
	if (i == -1 || !frame_resume(frame, request->server->options.board, text))
		return 0;
	reply_problem(request->req, 400, "Last-Event-ID must be EPOCH.SEQUENCE", NULL);
	return -EINVAL;
}

static void begin(struct request *request, struct stream *s)
{
	h2o_req_t *req = request->req;

	req->res.status = 200;
	req->res.reason = "OK";
	reply_header(req, "content-type", "text/event-stream");
	reply_header(req, "x-accel-buffering", "no");
	h2o_start_response(req, &s->super);
	frame_raw(&s->frame, "retry: 2000\n\n");
	tick_one(s->owner, s, NULL, clock_now_ns());
}

void stream_get(struct request *request)
{
	struct streams *streams = request->server->streams;
	struct stream *s;

	if (streams->n >= STREAMS_MAX) {
		reply_header(request->req, "retry-after", "5");
		reply_problem(request->req, 503, "all places for streams are taken", NULL);
		return;
	}
	s = h2o_mem_alloc_shared(&request->req->pool, sizeof(*s), on_gone);
	memset(s, 0, sizeof(*s));
	list_init(&s->link);
	s->req = request->req;
	s->super.proceed = on_proceed;
	s->super.stop = on_stop;
	frame_init(&s->frame, request->server->options.board);
	if (parse_query(request, &s->frame) || parse_resume(request, &s->frame))
		return;
	if (h2o_memis(request->req->method.base, request->req->method.len, H2O_STRLIT("HEAD"))) {
		reply_static(request->req, 200, "text/event-stream", "", 0);
		return;
	}
	s->owner = streams;
	streams->n++;
	list_add_tail(&streams->all, &s->link);
	catalogue_refresh(request->server->catalogue); /* if not, the next tick tries again */
	begin(request, s);
}

int streams_new(struct streams **ret, struct server *server)
{
	struct streams *streams = calloc(1, sizeof(*streams));

	if (!streams)
		return -ENOMEM;
	list_init(&streams->all);
	streams->server = server;
	*ret = streams;
	return 0;
}

void streams_end(struct streams *streams)
{
	struct list *l, *next;

	for (l = streams->all.next; l != &streams->all; l = next) {
		struct stream *s = container_of(l, struct stream, link);

		next = l->next;
		s->is_ending = 1;
		send_frame(s, clock_now_ns());
	}
}

unsigned streams_count(const struct streams *streams)
{
	return streams->n;
}

void streams_free(struct streams *streams)
{
	if (!streams)
		return;
	json_clear(&streams->summary);
	free(streams);
}
