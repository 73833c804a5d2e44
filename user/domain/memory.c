// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * memory.c - checks and results in memory: the repository of tests and simulator.
 *
 * Simple arrays behind one mutex; "durable" means committed into them.
 */
#include "domain/repository.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct change {
	struct check check; /* with only its id set: a deletion */
	int is_delete;
};

struct memory {
	struct repository repository;
	pthread_mutex_t lock;
	struct check *checks;
	size_t nchecks;
	struct sample *samples;
	size_t nsamples, room;
	size_t committed; /* samples before this one are visible */
	struct change *changes;
	size_t nchanges;
};

static struct memory *of(struct repository *r)
{
	return (struct memory *)r;
}

static int add_change(struct memory *m, const struct check *check, uint64_t delete_id)
{
	struct change *changes = realloc(m->changes, (m->nchanges + 1) * sizeof(*changes));
	struct change *change;

	if (!changes)
		return -ENOMEM;
	m->changes = changes;
	change = &changes[m->nchanges];
	memset(change, 0, sizeof(*change));
	change->is_delete = !check;
	if (!check)
		change->check.id = delete_id;
	else if (check_copy(&change->check, check))
		return -ENOMEM;
	m->nchanges++;
	return 0;
}

static int memory_put_check(struct repository *r, const struct check *check)
{
	return add_change(of(r), check, 0);
}

static int memory_delete_check(struct repository *r, uint64_t id)
{
	return add_change(of(r), NULL, id);
}

static int memory_append(struct repository *r, const struct sample *samples, size_t n)
{
	struct memory *m = of(r);
	size_t room = m->room ? m->room : 1024;
	struct sample *grown;

	while (room < m->nsamples + n)
		room *= 2;
	pthread_mutex_lock(&m->lock);
	grown = room != m->room ? realloc(m->samples, room * sizeof(*grown)) : m->samples;
	if (grown) {
		m->samples = grown;
		m->room = room;
		memcpy(grown + m->nsamples, samples, n * sizeof(*samples));
		m->nsamples += n;
	}
	pthread_mutex_unlock(&m->lock);
	return grown ? 0 : -ENOMEM;
}

static struct check *find(struct memory *m, uint64_t id)
{
	for (size_t i = 0; i < m->nchecks; i++)
		if (m->checks[i].id == id)
			return &m->checks[i];
	return NULL;
}

static int apply(struct memory *m, struct change *change)
{
	struct check *there = find(m, change->check.id), *checks;

	if (there) {
		check_clear(there);
		*there = m->checks[--m->nchecks];
	}
	if (change->is_delete)
		return 0;
	checks = realloc(m->checks, (m->nchecks + 1) * sizeof(*checks));
	if (!checks)
		return -ENOMEM;
	m->checks = checks;
	checks[m->nchecks++] = change->check;
	memset(&change->check, 0, sizeof(change->check));
	return 0;
}

static int memory_commit(struct repository *r)
{
	struct memory *m = of(r);
	int err = 0;

	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->nchanges; i++) {
		if (!err)
			err = apply(m, &m->changes[i]);
		check_clear(&m->changes[i].check);
	}
	m->nchanges = 0;
	m->committed = m->nsamples;
	pthread_mutex_unlock(&m->lock);
	return err;
}

static int memory_each_check(struct repository *r, repository_check_fn fn, void *arg)
{
	struct memory *m = of(r);
	int stop = 0;

	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; !stop && i < m->nchecks; i++)
		stop = fn(arg, &m->checks[i]);
	pthread_mutex_unlock(&m->lock);
	return stop;
}

static int memory_get_check(struct repository *r, uint64_t id, struct check *ret)
{
	struct memory *m = of(r);
	struct check *check;
	int err = -ENOENT;

	pthread_mutex_lock(&m->lock);
	check = find(m, id);
	if (check)
		err = check_copy(ret, check);
	pthread_mutex_unlock(&m->lock);
	return err;
}

static int by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->sent_wall_ns != y->sent_wall_ns)
		return x->sent_wall_ns < y->sent_wall_ns ? -1 : 1;
	return x->attempt < y->attempt ? -1 : x->attempt > y->attempt;
}

static void amend(struct sample *samples, size_t n, const struct sample *by)
{
	for (size_t i = 0; i < n; i++) {
		if (samples[i].attempt != by->attempt || samples[i].epoch != by->epoch)
			continue;
		samples[i].class = RESULT_LATE;
		samples[i].rtt_ns = by->rtt_ns;
		samples[i].stamp = by->stamp;
		samples[i].ttl = by->ttl;
	}
}

/* Committed attempts of @id in the range, amended, in order; the caller frees them. */
static int collect(struct memory *m, uint64_t id, int64_t from, int64_t to, struct sample **ret,
		   size_t *ret_n)
{
	struct sample *found = malloc((m->committed + 1) * sizeof(*found));
	size_t n = 0;

	if (!found)
		return -ENOMEM;
	for (size_t i = 0; i < m->committed; i++) {
		const struct sample *s = &m->samples[i];

		if (s->id == id && s->kind == RESULT_CLOSE && s->sent_wall_ns >= from &&
		    s->sent_wall_ns < to)
			found[n++] = *s;
	}
	for (size_t i = 0; i < m->committed; i++)
		if (m->samples[i].id == id && m->samples[i].kind == RESULT_AMEND)
			amend(found, n, &m->samples[i]);
	qsort(found, n, sizeof(*found), by_time);
	*ret = found;
	*ret_n = n;
	return 0;
}

static int memory_range(struct repository *r, uint64_t id, int64_t from_wall_ns, int64_t to_wall_ns,
			repository_sample_fn fn, void *arg)
{
	struct memory *m = of(r);
	struct sample *found = NULL;
	size_t n = 0;
	int err;

	pthread_mutex_lock(&m->lock);
	err = collect(m, id, from_wall_ns, to_wall_ns, &found, &n);
	pthread_mutex_unlock(&m->lock);
	for (size_t i = 0; !err && i < n; i++)
		err = fn(arg, &found[i]);
	free(found);
	return err;
}

static uint64_t memory_used_bytes(struct repository *r)
{
	return of(r)->nsamples * sizeof(struct sample);
}

static void memory_close(struct repository *r)
{
	struct memory *m = of(r);

	for (size_t i = 0; i < m->nchecks; i++)
		check_clear(&m->checks[i]);
	for (size_t i = 0; i < m->nchanges; i++)
		check_clear(&m->changes[i].check);
	free(m->checks);
	free(m->changes);
	free(m->samples);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static const struct repository_ops memory_ops = {
	.put_check = memory_put_check,
	.delete_check = memory_delete_check,
	.append = memory_append,
	.commit = memory_commit,
	.each_check = memory_each_check,
	.get_check = memory_get_check,
	.range = memory_range,
	.used_bytes = memory_used_bytes,
	.close = memory_close,
};

int memory_repository_new(struct repository **ret)
{
	struct memory *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->repository.ops = &memory_ops;
	pthread_mutex_init(&m->lock, NULL);
	*ret = &m->repository;
	return 0;
}
