// SPDX-License-Identifier: GPL-2.0 OR MIT
/* reader.c - the contract is in reader.h. */
#include "api/reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/ring.h"

struct reader {
	struct ring *todo, *done; /* struct reader_job *; NULL ends the thread */
	int wake;                 /* eventfd: something in todo */
	h2o_socket_t *finished;   /* eventfd: something in done */
	pthread_t thread;
	unsigned waiting; /* jobs in either ring or at work: never more than a ring holds */
	atomic_int is_stopping;
};

static void *run(void *arg)
{
	struct reader *r = arg;
	struct reader_job *job;
	eventfd_t count;

	for (;;) {
		while (!ring_pop(r->todo, &job, 1))
			eventfd_read(r->wake, &count);
		if (!job)
			return NULL;
		if (!reader_is_stopping(r))
			job->work(job);
		ring_push(r->done, &job);
		eventfd_write(h2o_socket_get_fd(r->finished), 1);
	}
}

static void finish_all(struct reader *r)
{
	struct reader_job *job;

	while (ring_pop(r->done, &job, 1)) {
		r->waiting--;
		job->finish(job);
	}
}

static void on_finished(h2o_socket_t *sock, const char *err)
{
	eventfd_t count;

	(void)err;
	if (!eventfd_read(h2o_socket_get_fd(sock), &count))
		finish_all(sock->data);
}

static void reader_free(struct reader *r)
{
	if (r->finished)
		h2o_socket_close(r->finished);
	if (r->wake >= 0)
		close(r->wake);
	ring_free(r->todo);
	ring_free(r->done);
	free(r);
}

static int open_events(struct reader *r, h2o_loop_t *loop)
{
	int fd;

	r->wake = eventfd(0, EFD_CLOEXEC);
	if (r->wake < 0)
		return -errno;
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	r->finished = h2o_evloop_socket_create(loop, fd, H2O_SOCKET_FLAG_DONT_READ);
	r->finished->data = r;
	h2o_socket_read_start(r->finished, on_finished);
	return 0;
}

int reader_new(struct reader **ret, h2o_loop_t *loop)
{
	struct reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->wake = -1;
	/* the NULL at the end takes a place too */
	err = ring_new(&r->todo, 2 * READER_JOBS_MAX, sizeof(struct reader_job *));
	if (!err)
		err = ring_new(&r->done, 2 * READER_JOBS_MAX, sizeof(struct reader_job *));
	if (!err)
		err = open_events(r, loop);
	if (!err)
		err = -pthread_create(&r->thread, NULL, run, r);
	if (err)
		reader_free(r);
	else
		*ret = r;
	return err;
}

int reader_push(struct reader *r, struct reader_job *job)
{
	if (r->waiting == READER_JOBS_MAX)
		return -EBUSY;
	r->waiting++;
	ring_push(r->todo, &job);
	eventfd_write(r->wake, 1);
	return 0;
}

int reader_is_stopping(const struct reader *r)
{
	/* relaxed: it is only a hint to hurry; the rings order everything else */
	return atomic_load_explicit(&r->is_stopping, memory_order_relaxed);
}

void reader_stop(struct reader *r)
{
	struct reader_job *end = NULL;

	if (!r)
		return;
	atomic_store_explicit(&r->is_stopping, 1, memory_order_relaxed);
	ring_push(r->todo, &end);
	eventfd_write(r->wake, 1);
	pthread_join(r->thread, NULL);
	finish_all(r);
	reader_free(r);
}
