// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The writer thread: samples are committed by time, orders at once; what the
 * disk refuses waits, and is counted when it must go.
 */
#include "store/writer.c"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/kind.h"
#include "store/store.h"

#include "../tap.h"

#define BASE_NS 1767323045000000000ll

/* A repository that can be told to refuse; behind it the in-memory one. */
struct fickle {
	struct repository repository;
	struct repository *behind;
	_Atomic int error;        /* of commit() */
	_Atomic int times;        /* how often still; -1 for ever */
	_Atomic unsigned commits; /* tried */
	size_t held;
	struct sample *samples; /* since the last commit; forgotten by one that fails */
};

struct rig {
	struct writer_options options;
	struct writer *writer;
	uint64_t ticket;
};

static struct fickle *fickle_of(struct repository *r)
{
	return (struct fickle *)r;
}

static int fickle_put(struct repository *r, const struct check *check)
{
	return fickle_of(r)->behind->ops->put_check(fickle_of(r)->behind, check);
}

static int fickle_delete(struct repository *r, uint64_t id)
{
	return fickle_of(r)->behind->ops->delete_check(fickle_of(r)->behind, id);
}

static int fickle_append(struct repository *r, const struct sample *samples, size_t n)
{
	struct fickle *f = fickle_of(r);

	f->samples = realloc(f->samples, (f->held + n) * sizeof(*samples));
	memcpy(f->samples + f->held, samples, n * sizeof(*samples));
	f->held += n;
	return 0;
}

static int fickle_commit(struct repository *r)
{
	struct fickle *f = fickle_of(r);
	size_t n = f->held;

	f->held = 0;
	atomic_fetch_add(&f->commits, 1);
	if (atomic_load(&f->times)) {
		if (atomic_load(&f->times) > 0)
			atomic_fetch_sub(&f->times, 1);
		return atomic_load(&f->error);
	}
	if (n)
		f->behind->ops->append(f->behind, f->samples, n);
	return f->behind->ops->commit(f->behind);
}

static uint64_t fickle_used(struct repository *r)
{
	return fickle_of(r)->behind->ops->used_bytes(fickle_of(r)->behind);
}

static void fickle_close(struct repository *r)
{
	free(fickle_of(r)->samples);
	fickle_of(r)->behind->ops->close(fickle_of(r)->behind);
}

static const struct repository_ops fickle_ops = {
	.put_check = fickle_put,
	.delete_check = fickle_delete,
	.append = fickle_append,
	.commit = fickle_commit,
	.used_bytes = fickle_used,
	.close = fickle_close,
};

static void rig_start(struct rig *rig, struct repository *r, int64_t interval_ns,
		      uint32_t queue_max)
{
	*rig = (struct rig){ .options = { .repository = r,
					  .wake_event = eventfd(0, EFD_CLOEXEC),
					  .done_event = eventfd(0, EFD_CLOEXEC),
					  .commit_interval_ns = interval_ns,
					  .queue_max = queue_max } };
	board_new(&rig->options.board, 16);
	ring_new(&rig->options.samples, 1 << 16, sizeof(struct sample));
	ring_new(&rig->options.orders, 256, sizeof(struct store_order));
	ring_new(&rig->options.done, 64, sizeof(struct store_order));
	if (writer_start(&rig->writer, &rig->options))
		exit(1);
}

static void rig_stop(struct rig *rig)
{
	if (rig->writer)
		writer_stop(rig->writer);
	ring_free(rig->options.samples);
	ring_free(rig->options.orders);
	ring_free(rig->options.done);
	board_free(rig->options.board);
	close(rig->options.wake_event);
	close(rig->options.done_event);
}

static uint64_t get(const struct rig *rig, unsigned counter)
{
	return board_get(rig->options.board, counter);
}

/* Until a counter has come to @least; not for ever. */
static int await(const struct rig *rig, unsigned counter, uint64_t least)
{
	int64_t until_ns = clock_now_ns() + 20 * NS_PER_SEC;

	while (get(rig, counter) < least && clock_now_ns() < until_ns)
		usleep(500);
	return get(rig, counter) >= least;
}

static void push_samples(struct rig *rig, uint32_t first, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct sample s = { .id = 1,
				    .attempt = first + i,
				    .sent_wall_ns = BASE_NS + first + i };

		while (ring_push(rig->options.samples, &s))
			usleep(500);
	}
}

static void order(struct rig *rig, uint32_t type, struct check *check, uint64_t id)
{
	struct store_order o = { .ticket = ++rig->ticket, .type = type, .check = check, .id = id };

	while (ring_push(rig->options.orders, &o))
		usleep(500);
	eventfd_write(rig->options.wake_event, 1);
}

/* The answer, awaited by its event. */
static struct store_order answer(struct rig *rig)
{
	struct pollfd pfd = { .fd = rig->options.done_event, .events = POLLIN };
	struct store_order o = { .error = 1 };
	eventfd_t count;

	while (!ring_pop(rig->options.done, &o, 1)) {
		if (poll(&pfd, 1, 20000) != 1)
			break;
		eventfd_read(rig->options.done_event, &count);
	}
	return o;
}

static int is_in_order(void *arg, const struct sample *sample)
{
	uint32_t *next = arg;

	return sample->attempt == (*next)++ ? 0 : 1;
}

static int has(struct repository *r, uint32_t first, uint32_t n)
{
	uint32_t next = first;

	return !r->ops->range(r, 1, 0, INT64_MAX, is_in_order, &next) && next == first + n;
}

static void make_check(struct check *check, const char *target)
{
	check_init(check, &kind_icmp);
	check->target = strdup(target);
	check->name = strdup(target);
	check_set_id(check, NULL);
}

static void test_normal(struct fickle *f)
{
	struct check check, back;
	struct store_order o;
	struct rig rig;

	rig_start(&rig, &f->repository, 20 * NS_PER_MS, 0);
	push_samples(&rig, 0, 100000);
	ok(await(&rig, BOARD_STORE_SAMPLES, 100000) && has(f->behind, 0, 100000),
	   "100,000 samples pass, in order");
	ok(get(&rig, BOARD_STORE_COMMITS) && get(&rig, BOARD_STORE_BYTES) &&
		   !get(&rig, BOARD_STORE_ERRORS),
	   "commits and bytes are shown");
	make_check(&check, "198.18.0.1");
	order(&rig, STORE_PUT, &check, 0);
	o = answer(&rig);
	ok(!o.error && o.ticket == 1 && o.check == &check &&
		   !f->behind->ops->get_check(f->behind, check.id, &back),
	   "a check is there when the answer comes");
	check_clear(&back);
	order(&rig, STORE_DELETE, NULL, check.id);
	o = answer(&rig);
	ok(!o.error && o.ticket == 2 &&
		   f->behind->ops->get_check(f->behind, check.id, &back) == -ENOENT,
	   "and gone when that answer comes");
	order(&rig, 99, NULL, 0);
	ok(answer(&rig).error == -EINVAL, "an unknown order");
	for (int i = 0; i < 200; i++) /* more answers than their ring takes */
		order(&rig, STORE_DELETE, NULL, (uint64_t)i);
	for (int i = 0, right = 1; i < 200; i++) {
		o = answer(&rig);
		right &= !o.error && o.ticket == 4 + (uint64_t)i;
		if (i == 199)
			ok(right, "answers that find no room wait for it");
	}
	ok(board_beat_age_ns(rig.options.board, BOARD_HEART_WRITER, clock_now_ns()) < NS_PER_SEC,
	   "its heart beats");
	check_clear(&check);
	rig_stop(&rig);
}

static void test_interval(struct fickle *f)
{
	struct check check;
	struct rig rig;

	rig_start(&rig, &f->repository, 3600 * NS_PER_SEC, 0);
	push_samples(&rig, 100000, 500);
	make_check(&check, "198.18.0.2");
	order(&rig, STORE_PUT, &check, 0);
	ok(!answer(&rig).error && !get(&rig, BOARD_STORE_SAMPLES),
	   "an order does not wait for the interval, samples do");
	ok(await(&rig, BOARD_STORE_QUEUED, 500), "they are shown as queued");
	order(&rig, STORE_DELETE, NULL, check.id);
	push_samples(&rig, 100500, 500);
	writer_stop(rig.writer);
	rig.writer = NULL;
	ok(get(&rig, BOARD_STORE_SAMPLES) == 1000 && has(f->behind, 0, 101000),
	   "stopping commits what waits, in the queue and in the ring");
	ok(!answer(&rig).error && !get(&rig, BOARD_STORE_QUEUED), "orders too");
	check_clear(&check);
	rig_stop(&rig);
}

static void refuse(struct fickle *f, int error, int times)
{
	atomic_store(&f->error, error);
	atomic_store(&f->times, times);
}

static void test_refusal(struct fickle *f)
{
	struct check check;
	struct rig rig;

	rig_start(&rig, &f->repository, 5 * NS_PER_MS, 2000);
	refuse(f, -EIO, 1);
	make_check(&check, "198.18.0.3");
	order(&rig, STORE_PUT, &check, 0);
	ok(!answer(&rig).error, "an order survives one failure");
	refuse(f, -ENOSPC, -1);
	order(&rig, STORE_PUT, &check, 0);
	ok(answer(&rig).error == -ENOSPC, "and fails with the disk's error in the end");
	ok(get(&rig, BOARD_STORE_ERRORS) && get(&rig, BOARD_STORE_LAST_ERROR) == ENOSPC,
	   "errors are shown");
	push_samples(&rig, 101000, 1500);
	ok(await(&rig, BOARD_STORE_QUEUED, 1500) && !get(&rig, BOARD_STORE_DROPPED),
	   "samples wait in the queue");
	push_samples(&rig, 102500, 1500);
	ok(await(&rig, BOARD_STORE_DROPPED, 1000) && get(&rig, BOARD_STORE_DROPPED) == 1000,
	   "the oldest go when it is full, and are counted");
	refuse(f, 0, 0);
	ok(await(&rig, BOARD_STORE_SAMPLES, 2000) && !get(&rig, BOARD_STORE_LAST_ERROR),
	   "what is left is committed when the disk takes it again");
	refuse(f, -EIO, -1);
	push_samples(&rig, 104000, 10);
	writer_stop(rig.writer);
	rig.writer = NULL;
	ok(get(&rig, BOARD_STORE_DROPPED) == 1010, "what cannot be kept at the end is counted");
	refuse(f, 0, 0);
	check_clear(&check);
	rig_stop(&rig);
}

static int count(void *arg, const struct sample *sample)
{
	(void)sample;
	(*(uint32_t *)arg)++;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

/* The real store, read from another thread while it is written. */
static void test_store(void)
{
	char dir[64], notice[256];
	struct store_options options = { .dir = dir };
	struct repository *r;
	uint32_t seen = 0, before = 0;
	struct check check, back;
	struct rig rig;
	int whole = 1;

	snprintf(dir, sizeof(dir), "/var/tmp/sonde-test-writer-%d", getpid());
	if (store_open(&r, &options, notice, sizeof(notice)))
		exit(1);
	rig_start(&rig, r, NS_PER_MS, 0);
	for (uint32_t i = 0; i < 100; i++) {
		push_samples(&rig, i * 500, 500);
		seen = 0;
		whole &= !r->ops->range(r, 1, 0, INT64_MAX, count, &seen) && seen >= before;
		before = seen;
	}
	ok(whole, "a reader beside the writer sees ever more");
	make_check(&check, "198.18.0.4");
	order(&rig, STORE_PUT, &check, 0);
	ok(!answer(&rig).error && !r->ops->get_check(r, check.id, &back), "and a check");
	check_clear(&check);
	check_clear(&back);
	rig_stop(&rig);
	ok(has(r, 0, 50000), "all 50,000 are there in the end");
	r->ops->close(r);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	struct fickle f = { .repository = { &fickle_ops } };

	memory_repository_new(&f.behind);
	test_normal(&f);
	test_interval(&f);
	test_refusal(&f);
	test_store();
	f.repository.ops->close(&f.repository);
	return tap_done();
}
