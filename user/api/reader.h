/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * reader.h - one thread beside the web server's, for long walks through the store.
 *
 * A range of hours may have to read gigabytes; streams and health must not wait
 * for it. Jobs run one after another, in order.
 */
#ifndef API_READER_H
#define API_READER_H

#include <h2o.h>

#define READER_JOBS_MAX 64

/* To be embedded at the beginning of what a job needs. */
struct reader_job {
	/* Reader's thread; ends early when reader_is_stopping(). Left out after a stop. */
	void (*work)(struct reader_job *job);
	/* Web server's thread, exactly once, whether work() ran or not; the job's end. */
	void (*finish)(struct reader_job *job);
};

struct reader;

/** reader_new() - start the thread; finish() is called from @loop. Return: 0 or -errno. */
int reader_new(struct reader **ret, h2o_loop_t *loop);

/** reader_push() - Return: 0, -EBUSY (READER_JOBS_MAX wait; finish() is not called). */
int reader_push(struct reader *reader, struct reader_job *job);

/** reader_is_stopping() - should work() end? Any thread. */
int reader_is_stopping(const struct reader *reader);

/** reader_stop() - end the thread, finish all jobs, leave the loop, free; NULL is a no-op. */
void reader_stop(struct reader *reader);

#endif /* API_READER_H */
