// SPDX-License-Identifier: GPL-2.0 OR MIT
/* range.c - the contract is in range.h. */
#include "store/range.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/bytes.h"
#include "store/chunk.h"
#include "store/crc32c.h"
#include "store/journal.h"

struct samples {
	struct sample *at;
	size_t n, room;
};

struct commits {
	uint64_t *at;
	size_t n, room;
};

struct window {
	uint64_t id;
	int64_t from_ns, to_ns; /* attempts; amendments may lie RANGE_AMEND_SLACK_NS outside */
	struct commits commits;
	struct samples closes, amends;
};

static int64_t add_sat(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

/* Start of a minute as journal_minute() numbers them. */
static int64_t minute_start(uint64_t minute)
{
	int64_t ns;

	if (__builtin_mul_overflow((int64_t)(minute ^ 1ull << 63), 60 * NS_PER_SEC, &ns))
		return INT64_MIN;
	return ns;
}

static int add_commit(struct commits *list, uint64_t commit)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 1024;
		uint64_t *grown = realloc(list->at, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->at = grown;
		list->room = room;
	}
	list->at[list->n++] = commit;
	return 0;
}

static int add_sample(struct samples *list, const struct sample *sample)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 1024;
		struct sample *grown = realloc(list->at, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->at = grown;
		list->room = room;
	}
	list->at[list->n++] = *sample;
	return 0;
}

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* A commit that touches several minutes is named by each of them. */
static void sort_commits(struct commits *list)
{
	size_t n = 0;

	if (!list->n)
		return;
	qsort(list->at, list->n, sizeof(*list->at), by_number);
	for (size_t i = 0; i < list->n; i++)
		if (!n || list->at[n - 1] != list->at[i])
			list->at[n++] = list->at[i];
	list->n = n;
}

static int check_index(const MDB_val *key, const MDB_val *value)
{
	if (key->mv_size != JOURNAL_INDEX_KEY || value->mv_size != JOURNAL_INDEX_VALUE)
		return -EBADMSG;
	return bytes_get_le(value->mv_data, 4) == crc32c(0, key->mv_data, key->mv_size) ? 0
											: -EBADMSG;
}

/*
 * The commits of the first window that has any, and its bounds.
 * Return: 0, -ENODATA (nothing from @w->from_ns on), -errno.
 */
static int find_commits(struct window *w, MDB_cursor *index, int64_t end_ns)
{
	int64_t early_ns = add_sat(w->from_ns, -RANGE_AMEND_SLACK_NS), late_ns = INT64_MAX;
	uint8_t bytes[JOURNAL_INDEX_KEY] = { 0 };
	MDB_val key = { sizeof(bytes), bytes }, value;
	int err = 0, rc;

	bytes_put_be(bytes, journal_minute(early_ns), 8);
	rc = mdb_cursor_get(index, &key, &value, MDB_SET_RANGE);
	while (!rc && !err) {
		uint64_t minute;

		err = check_index(&key, &value);
		if (err)
			break;
		minute = bytes_get_be(key.mv_data, 8);
		if (!w->commits.n) {
			if (minute_start(minute) > w->from_ns)
				w->from_ns = minute_start(minute);
			w->to_ns = add_sat(w->from_ns, RANGE_WINDOW_NS);
			if (w->to_ns > end_ns)
				w->to_ns = end_ns;
			late_ns = add_sat(w->to_ns, RANGE_AMEND_SLACK_NS);
		}
		if (w->from_ns >= w->to_ns || minute > journal_minute(late_ns))
			break;
		err = add_commit(&w->commits, bytes_get_be((uint8_t *)key.mv_data + 8, 8));
		rc = mdb_cursor_get(index, &key, &value, MDB_NEXT);
	}
	if (err || (rc && rc != MDB_NOTFOUND))
		return err ? err : env_error(rc);
	sort_commits(&w->commits);
	return w->commits.n ? 0 : -ENODATA;
}

static int take_sample(struct window *w, const struct sample *s)
{
	int64_t slack_ns = s->kind == RESULT_AMEND ? RANGE_AMEND_SLACK_NS : 0;

	if (s->kind == RESULT_PACKET || s->sent_wall_ns < add_sat(w->from_ns, -slack_ns) ||
	    s->sent_wall_ns >= add_sat(w->to_ns, slack_ns))
		return 0;
	return add_sample(s->kind == RESULT_AMEND ? &w->amends : &w->closes, s);
}

static int take_chunk(struct window *w, const MDB_val *key, const MDB_val *value)
{
	struct chunk chunk;
	struct sample sample;
	int err = chunk_open(&chunk, value->mv_data, value->mv_size);

	if (!err && chunk.commit != bytes_get_be(key->mv_data, 8))
		err = -EBADMSG;
	if (err)
		return err;
	for (uint32_t i = chunk_find(&chunk, w->id); !err && i < chunk.n; i++) {
		if (chunk_id(&chunk, i) != w->id)
			break;
		chunk_sample(&chunk, i, &sample);
		err = take_sample(w, &sample);
	}
	return err;
}

/* Of a commit, the last chunk that begins below the id can hold it, and those that begin with it. */
static int take_commit(struct window *w, MDB_cursor *chunks, uint64_t commit)
{
	uint8_t bytes[JOURNAL_CHUNK_KEY] = { 0 };
	MDB_val key = { sizeof(bytes), bytes }, value;
	int err = 0, rc;

	bytes_put_be(bytes, commit, 8);
	bytes_put_be(bytes + 8, w->id, 8);
	rc = mdb_cursor_get(chunks, &key, &value, MDB_SET_RANGE);
	rc = mdb_cursor_get(chunks, &key, &value, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
	if (rc == MDB_NOTFOUND)
		rc = mdb_cursor_get(chunks, &key, &value, MDB_FIRST);
	while (!rc && !err) {
		uint64_t at, first;

		if (key.mv_size != JOURNAL_CHUNK_KEY)
			return -EBADMSG;
		at = bytes_get_be(key.mv_data, 8);
		first = bytes_get_be((uint8_t *)key.mv_data + 8, 8);
		if (at > commit || (at == commit && first > w->id))
			break;
		if (at == commit)
			err = take_chunk(w, &key, &value);
		rc = mdb_cursor_get(chunks, &key, &value, MDB_NEXT);
	}
	return err || rc == MDB_NOTFOUND ? err : env_error(rc);
}

static int read_window(struct window *w, MDB_txn *txn, struct env *env, int64_t end_ns)
{
	MDB_cursor *index = NULL, *chunks = NULL;
	int err = env_error(mdb_cursor_open(txn, env->dbi[JOURNAL_INDEX], &index));

	if (!err)
		err = env_error(mdb_cursor_open(txn, env->dbi[JOURNAL_CHUNKS], &chunks));
	if (!err)
		err = find_commits(w, index, end_ns);
	for (size_t i = 0; !err && i < w->commits.n; i++)
		err = take_commit(w, chunks, w->commits.at[i]);
	if (chunks)
		mdb_cursor_close(chunks);
	if (index)
		mdb_cursor_close(index);
	return err;
}

static int load_window(struct window *w, struct env *env, int64_t end_ns)
{
	MDB_txn *txn;
	int err;

	w->commits.n = w->closes.n = w->amends.n = 0;
	err = env_read(env, &txn);
	if (err)
		return err;
	err = read_window(w, txn, env, end_ns);
	env_read_end(env, txn);
	return err;
}

static int by_attempt(const void *left, const void *right)
{
	const struct sample *a = left, *b = right;

	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	return (a->attempt > b->attempt) - (a->attempt < b->attempt);
}

static int by_time(const void *left, const void *right)
{
	const struct sample *a = left, *b = right;

	if (a->sent_wall_ns != b->sent_wall_ns)
		return a->sent_wall_ns < b->sent_wall_ns ? -1 : 1;
	if (a->attempt != b->attempt)
		return a->attempt < b->attempt ? -1 : 1;
	return (a->epoch > b->epoch) - (a->epoch < b->epoch);
}

static void amend(struct sample *close, const struct sample *by)
{
	close->class = RESULT_LATE;
	close->rtt_ns = by->rtt_ns;
	close->stamp = by->stamp;
	close->ttl = by->ttl;
}

/*
 * Amend, and leave one of each attempt: a commit whose success could not be
 * told, for the disk failed at its very end, was written again.
 */
static void merge(struct samples *closes, struct samples *amends)
{
	size_t n = 0, a = 0;

	if (!closes->n)
		return;
	qsort(closes->at, closes->n, sizeof(*closes->at), by_attempt);
	if (amends->n)
		qsort(amends->at, amends->n, sizeof(*amends->at), by_attempt);
	for (size_t i = 0; i < closes->n; i++) {
		struct sample *close = &closes->at[i];

		if (n && !by_attempt(&closes->at[n - 1], close))
			continue;
		while (a < amends->n && by_attempt(&amends->at[a], close) < 0)
			a++;
		if (a < amends->n && !by_attempt(&amends->at[a], close))
			amend(close, &amends->at[a]);
		closes->at[n++] = *close;
	}
	closes->n = n;
	qsort(closes->at, n, sizeof(*closes->at), by_time);
}

int range_read(struct env *env, uint64_t id, int64_t from_wall_ns, int64_t to_wall_ns,
	       repository_sample_fn fn, void *arg)
{
	struct window w = { .id = id, .from_ns = from_wall_ns };
	int err = 0;

	while (!err && w.from_ns < to_wall_ns) {
		err = load_window(&w, env, to_wall_ns);
		if (err)
			break;
		merge(&w.closes, &w.amends);
		for (size_t i = 0; !err && i < w.closes.n; i++)
			err = fn(arg, &w.closes.at[i]);
		w.from_ns = w.to_ns;
	}
	free(w.commits.at);
	free(w.closes.at);
	free(w.amends.at);
	return err == -ENODATA ? 0 : err;
}
