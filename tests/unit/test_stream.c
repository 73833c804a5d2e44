// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_stream.c - the live stream: rows, states, gaps, resuming, slow readers, the end. */
#include "api/stream.c"

#include "api_fixture.h"
#include "../tap.h"

static int subscribe(const struct fixture *f, const char *query, const char *headers)
{
	char text[4096];
	int fd = dial(f);

	snprintf(text, sizeof(text), "GET /api/v1/stream%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
		 query, headers);
	send_all(fd, text, strlen(text));
	return fd;
}

static int arrives(int fd, const char *text)
{
	struct response r = receive_until(fd, text);
	int is_there = has(&r, text);

	free(r.text);
	return is_there;
}

static void test_rows(struct fixture *f, uint64_t id)
{
	char query[64], text[128];
	struct response r;
	int fd;

	snprintf(query, sizeof(query), "?ids=%016llx", (unsigned long long)id);
	fd = subscribe(f, query, "");
	r = receive_until(fd, "event: summary");
	ok(r.status == 200 && has(&r, "text/event-stream") && has(&r, "retry: 2000\n\n"),
	   "a stream begins with how to come back");
	snprintf(text, sizeof(text), "data: {\"rows\":[{\"id\":\"%016llx\",\"state\":\"up\"",
		 (unsigned long long)id);
	ok(has(&r, text) && has(&r, "\"target\":\"127.0.0.1\",\"success\":true,\"latency\":23412,"
				    "\"timestamp\":\"2026-01-02T03:04:05.000000000Z\"}"),
	   "a subscribed row comes at once");
	ok(has(&r, "\"recent\":\"1111111101\",\"loss_recent\":0.1"), "recent: oldest first");
	ok(has(&r, "data: {\"started_ns\""), "the summary comes by itself, without the version");
	free(r.text);
	fixture_row(f, 0, id, BOARD_DOWN, 11);
	ok(arrives(fd, "\"state\":\"down\""), "a change comes");
	close(fd);
}

static void test_events(struct fixture *f, uint64_t id)
{
	int fd = subscribe(f, "?view=counters", "");
	char headers[96], *at;
	struct response r;

	ok(arrives(fd, "event: summary"), "counters alone are a stream");
	fixture_event(f, BOARD_EVENT_STATE, id, 0);
	r = receive_until(fd, "event: state");
	ok(has(&r, "\"old\":\"pending\",\"state\":\"up\",\"class\":\"ok\"") &&
		   has(&r, "\"name\":\"one\""),
	   "a state's change comes with the full name");
	at = strstr(r.text, "id: ");
	snprintf(headers, sizeof(headers), "Last-Event-ID: %.*s\r\n",
		 at ? (int)strcspn(at + 4, "\n") : 0, at ? at + 4 : "");
	free(r.text);
	close(fd);
	fixture_event(f, BOARD_EVENT_DELETED, 7, 0);
	fd = subscribe(f, "", headers);
	r = receive_until(fd, "event: registry");
	ok(has(&r, "\"change\":\"deleted\"") && has(&r, "\"id\":\"0000000000000007\"") &&
		   !has(&r, "event: gap"),
	   "who comes back gets what happened meanwhile, without a gap");
	ok(strstr(r.text, "\"name\":\"event\"") != NULL, "a check that is gone keeps its name");
	free(r.text);
	close(fd);
	for (unsigned i = 0; i < 2 * BOARD_EVENTS; i++)
		fixture_event(f, BOARD_EVENT_STATE, id, 0);
	fd = subscribe(f, "", headers);
	ok(arrives(fd, "event: gap\ndata: {\"missed\":40"), "who comes back too late is told");
	close(fd);
	fd = subscribe(f, "", "Last-Event-ID: 1.1\r\n");
	ok(arrives(fd, "event: gap"), "so is who comes from another start");
	close(fd);
}

static void test_slow_reader(struct fixture *f, uint64_t id)
{
	char query[64];
	struct timespec pause = { .tv_nsec = 1000000 };
	int fd, small = 4096;
	struct response r;

	snprintf(query, sizeof(query), "?ids=%016llx", (unsigned long long)id);
	fd = subscribe(f, query, "");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (unsigned i = 0; i < 300; i++) {
		for (unsigned j = 0; j < 40; j++)
			fixture_event(f, BOARD_EVENT_STATE, id, 0);
		fixture_row(f, 0, id, BOARD_UP, 20 + i);
		nanosleep(&pause, NULL);
	}
	ok(status_of(get(f, "/-/healthy")) == 200, "a reader that stands still holds up nobody");
	r = receive_until(fd, "\"attempts\":319");
	ok(has(&r, "\"attempts\":319"), "it gets the newest row when it reads again");
	free(r.text);
	close(fd);
}

/* Readers that come and go as fast as a page scrolls never use up the places. */
static void test_leavers(struct fixture *f)
{
	int refused = 0;

	for (unsigned i = 0; i < 3 * STREAMS_MAX; i++) {
		int fd = subscribe(f, "", "");
		struct response r = receive_until(fd, "\r\n\r\n");

		refused += r.status != 200;
		free(r.text);
		close(fd);
		poll(NULL, 0, 8);
	}
	ok(!refused, "192 short streams in two seconds, %d refused", refused);
}

static void test_caps_and_end(struct fixture *f)
{
	int fds[STREAMS_MAX], good = 0, ended = 0;
	int64_t began_ns;
	struct response r;

	for (int i = 0; i < STREAMS_MAX; i++) {
		fds[i] = subscribe(f, "", "");
		r = receive_until(fds[i], "\r\n\r\n");
		good += r.status == 200;
		/* the server sees readers of before go when it writes to them, once a second */
		if (r.status == 503 && poll(NULL, 0, 20) == 0 && !close(fds[i]))
			i--;
		free(r.text);
	}
	ok(good == STREAMS_MAX, "64 streams at once");
	r = get(f, "/api/v1/stream");
	ok(r.status == 503 && has(&r, "retry-after"), "the 65th is asked to come later");
	free(r.text);
	began_ns = clock_now_ns();
	fixture_close(f);
	ok(clock_now_ns() - began_ns < 2 * NS_PER_SEC, "stopping with open streams takes %d ms",
	   (int)((clock_now_ns() - began_ns) / NS_PER_MS));
	for (unsigned i = 0; i < STREAMS_MAX; i++) {
		r = receive_until(fds[i], "0\r\n\r\n");
		ended += r.len >= 5 && !strcmp(r.text + r.len - 5, "0\r\n\r\n");
		free(r.text);
		close(fds[i]);
	}
	ok(ended == STREAMS_MAX, "each was ended properly: %d", ended);
}

int main(void)
{
	struct fixture f;
	uint64_t id;

	fixture_open(&f);
	fixture_start(&f);
	id = fixture_add(&f, "one", "127.0.0.1", CHECK_FROM_API);
	fixture_row(&f, 0, id, BOARD_UP, 10);
	test_rows(&f, id);
	test_events(&f, id);
	test_slow_reader(&f, id);
	test_leavers(&f);
	test_caps_and_end(&f);
	return tap_done();
}
