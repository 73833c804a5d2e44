// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_commands.c - a judge that is silent, hangs up or is slow, and clients that leave. */
#include "api/commands.h"
#undef COMMANDS_TIMEOUT_NS
#define COMMANDS_TIMEOUT_NS 500000000ll /* not ten seconds */
#include "api/commands.c"

#include <fcntl.h>

#include "api_fixture.h"
#include "../tap.h"

static const char post[] = "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" AUTH JSON
			   "Content-Length: 22\r\n\r\n{\"target\":\"127.0.0.1\"}";

/* Clients that ask and leave before the answer: h2o frees their requests first. */
static void test_leavers(struct fixture *f)
{
	struct linger drop = { .l_onoff = 1 };
	int asked = f->asked, fd;

	for (int i = 0; i < 500; i++) {
		fd = dial(f);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &drop, sizeof(drop));
		send_all(fd, post, sizeof(post) - 1);
		if (i % 2)
			while (f->asked == asked)
				poll(NULL, 0, 0);
		asked = f->asked;
		close(fd);
	}
	ok(status_of(get(f, "/-/healthy")) == 200, "500 clients left before their answer");
}

static void test_silent(struct fixture *f)
{
	struct response r;

	f->silent = 1;
	r = ask(f, "POST", "/api/v1/checks", AUTH JSON, "{\"target\":\"127.0.0.2\"}");
	ok(r.status == 504 && has(&r, "may still come"), "a silent judge is 504 in time");
	free(r.text);
	f->silent = 0;
	ok(status_of(ask(f, "POST", "/api/v1/checks", AUTH JSON, "{\"target\":\"127.0.0.3\"}")) ==
		   201,
	   "when it speaks again, so do we");
}

/* The same check 200 times at once: one creates, the others find it. */
static void test_same_at_once(struct fixture *f)
{
	static const char body[] = "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" AUTH JSON
				   "Content-Length: 22\r\n\r\n{\"target\":\"127.0.0.7\"}";
	int fds[200], created = 0, there = 0;

	for (int i = 0; i < 200; i++) {
		fds[i] = dial(f);
		send_all(fds[i], body, sizeof(body) - 1);
	}
	for (int i = 0; i < 200; i++) {
		struct response r = receive_until(fds[i], NULL);

		created += r.status == 201;
		there += r.status == 200;
		free(r.text);
		close(fds[i]);
	}
	ok(created == 1 && there == 199, "of 200 equal requests %d created, %d found it", created,
	   there);
}

static void test_stop_while_waiting(void)
{
	struct fixture f;
	struct response r;
	int fd;

	fixture_open(&f);
	fixture_start(&f);
	f.silent = 1;
	fd = dial(&f);
	send_all(fd, post, sizeof(post) - 1);
	while (!f.asked)
		poll(NULL, 0, 1);
	fixture_close(&f);
	r = receive_until(fd, NULL);
	ok(r.status == 503, "who waits while we stop is told: %d", r.status);
	free(r.text);
	close(fd);
}

static void test_hang_up(struct fixture *f)
{
	struct response r;

	shutdown(f->ours, SHUT_RDWR);
	r = ask(f, "POST", "/api/v1/checks", AUTH JSON, "{\"target\":\"127.0.0.9\"}");
	ok(r.status == 503, "without a judge changes are 503: %d", r.status);
	free(r.text);
	ok(status_of(get(f, "/api/v1/checks")) == 200, "and reads go on");
}

int main(void)
{
	struct fixture f;

	fixture_open(&f);
	fixture_start(&f);
	test_leavers(&f);
	test_silent(&f);
	test_same_at_once(&f);
	test_hang_up(&f);
	fixture_close(&f);
	test_stop_while_waiting();
	return tap_done();
}
