// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_reader.c - ranges that take long: nobody else waits, clients may leave, and so may we. */
#include "api/reader.c"

#include <semaphore.h>

#include "api_fixture.h"
#include "../tap.h"

static struct repository_ops slow;
static sem_t begun, may_end;

/* A range that lasts until it is let go, or its reader gives up. */
static int slow_range(struct repository *r, uint64_t id, int64_t from, int64_t to,
		      repository_sample_fn fn, void *arg)
{
	struct sample sample = { .id = id, .sent_wall_ns = from };
	int err;

	(void)r;
	(void)to;
	sem_post(&begun);
	do {
		err = fn(arg, &sample);
	} while (!err && sem_trywait(&may_end) && !poll(NULL, 0, 1));
	return err;
}

static void start(struct fixture *f, char *path, size_t room)
{
	uint64_t id;

	fixture_open(f);
	slow = *f->repository->ops;
	slow.range = slow_range;
	f->repository->ops = &slow;
	sem_init(&begun, 0, 0);
	sem_init(&may_end, 0, 0);
	fixture_start(f);
	id = fixture_add(f, "one", "127.0.0.1", CHECK_FROM_API);
	snprintf(path, room,
		 "GET /api/v1/checks/%016llx/samples?limit=100000 HTTP/1.1\r\nHost: "
		 "localhost\r\n\r\n",
		 (unsigned long long)id);
}

static int begin(struct fixture *f, const char *request)
{
	int fd = dial(f);

	send_all(fd, request, strlen(request));
	return fd;
}

static void test_others_go_on(struct fixture *f, const char *request)
{
	int fd = begin(f, request);
	struct response r;

	sem_wait(&begun);
	ok(status_of(get(f, "/api/v1/checks")) == 200,
	   "while a range is read, others are answered");
	sem_post(&may_end);
	r = receive_until(fd, NULL);
	ok(r.status == 200 && has(&r, "\"truncated\":false"), "it is answered at its end");
	free(r.text);
	close(fd);
}

static void test_leaver(struct fixture *f, const char *request)
{
	struct linger drop = { .l_onoff = 1 };
	int fd = begin(f, request);

	sem_wait(&begun);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &drop, sizeof(drop));
	close(fd);
	sem_post(&may_end);
	test_others_go_on(f, request);
}

static void test_queue(struct fixture *f, const char *request)
{
	int fds[READER_JOBS_MAX + 8], refused = 0, answered = 0;

	for (unsigned i = 0; i < READER_JOBS_MAX + 8; i++)
		fds[i] = begin(f, request);
	sem_wait(&begun);
	for (unsigned i = 0; i < READER_JOBS_MAX + 8; i++)
		sem_post(&may_end);
	for (unsigned i = 0; i < READER_JOBS_MAX + 8; i++) {
		struct response r = receive_until(fds[i], NULL);

		refused += r.status == 503;
		answered += r.status == 200;
		free(r.text);
		close(fds[i]);
	}
	ok(answered + refused == READER_JOBS_MAX + 8 && answered >= READER_JOBS_MAX,
	   "of 72 at once %d are answered, %d asked to come later", answered, refused);
}

static void test_stop(struct fixture *f, const char *request)
{
	int running, waiting;
	int64_t began_ns;

	while (!sem_trywait(&begun) || !sem_trywait(&may_end))
		continue; /* of the tests before */
	running = begin(f, request);
	waiting = begin(f, request);
	sem_wait(&begun);
	status_of(get(f, "/api/v1/kinds")); /* the second has arrived by now, too */
	began_ns = clock_now_ns();
	fixture_close(f);
	ok(clock_now_ns() - began_ns < 2 * NS_PER_SEC, "stopping while a range is read takes %d ms",
	   (int)((clock_now_ns() - began_ns) / NS_PER_MS));
	ok(status_of(receive_until(running, NULL)) == 503 &&
		   status_of(receive_until(waiting, NULL)) == 503,
	   "who waits is told");
	close(running);
	close(waiting);
}

int main(void)
{
	char request[256];
	struct fixture f;

	start(&f, request, sizeof(request));
	test_others_go_on(&f, request);
	test_leaver(&f, request);
	test_queue(&f, request);
	test_stop(&f, request);
	return tap_done();
}
