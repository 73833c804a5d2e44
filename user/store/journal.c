// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * journal.c - the contract is in journal.h, the bytes are in FORMAT.md.
 *
 * Room is made in the transaction that needs it, but pages freed by it can be
 * used only by later ones: hence a high-water mark far from the end of the map.
 */
#include "store/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/bytes.h"
#include "store/chunk.h"
#include "store/crc32c.h"

#define READERS_NS  (30 * NS_PER_SEC) /* a reader that died keeps pages from being used again */
#define MINUTE_NS   (60 * NS_PER_SEC)
#define FULL_ROUNDS 4 /* of deleting and trying again when the map is full nevertheless */

static const char *const names[] = { "meta", "chunks", "index", NULL };

int journal_open(struct journal *journal, const char *path, uint64_t map_bytes, int read_only)
{
	uint64_t bytes = map_bytes ? map_bytes : JOURNAL_MAP_BYTES;

	if (bytes < JOURNAL_MAP_MIN)
		bytes = JOURNAL_MAP_MIN;
	bytes = (bytes + 65535) & ~65535ull; /* a multiple of any page size */
	return env_open(&journal->env, path, names, read_only ? 0 : bytes, read_only);
}

void journal_close(struct journal *journal)
{
	free(journal->samples);
	journal->samples = NULL;
	journal->n = journal->room = 0;
	env_close(&journal->env);
}

int journal_append(struct journal *journal, const struct sample *samples, size_t n)
{
	size_t room = journal->room ? journal->room : 1024;

	while (room < journal->n + n)
		room *= 2;
	if (room != journal->room) {
		struct sample *grown = realloc(journal->samples, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		journal->samples = grown;
		journal->room = room;
	}
	memcpy(journal->samples + journal->n, samples, n * sizeof(*samples));
	journal->n += n;
	return 0;
}

uint64_t journal_minute(int64_t wall_ns)
{
	int64_t minute = wall_ns / MINUTE_NS - (wall_ns % MINUTE_NS < 0);

	return (uint64_t)minute ^ 1ull << 63;
}

static void put_index_key(uint8_t *key, uint64_t minute, uint64_t commit)
{
	bytes_put_be(key, minute, 8);
	bytes_put_be(key + 8, commit, 8);
}

/* Say in the index that @chunk's minutes are touched by its commit. 0 or an LMDB code. */
static int index_chunk(struct journal *journal, MDB_txn *txn, const struct chunk *chunk)
{
	uint64_t last = journal_minute(chunk->max_sent_wall_ns);
	uint8_t key_bytes[JOURNAL_INDEX_KEY], crc[JOURNAL_INDEX_VALUE];
	int rc = 0;

	for (uint64_t m = journal_minute(chunk->min_sent_wall_ns); !rc && m <= last; m++) {
		MDB_val key = { sizeof(key_bytes), key_bytes }, value = { sizeof(crc), crc };

		put_index_key(key_bytes, m, chunk->commit);
		bytes_put_le(crc, crc32c(0, key_bytes, sizeof(key_bytes)), 4);
		rc = mdb_put(txn, journal->env.dbi[JOURNAL_INDEX], &key, &value, MDB_NOOVERWRITE);
		if (rc == MDB_KEYEXIST)
			rc = 0;
	}
	return rc;
}

static int unindex_chunk(struct journal *journal, MDB_txn *txn, const struct chunk *chunk)
{
	uint64_t last = journal_minute(chunk->max_sent_wall_ns);
	uint8_t key_bytes[JOURNAL_INDEX_KEY];
	int rc = 0;

	for (uint64_t m = journal_minute(chunk->min_sent_wall_ns); !rc && m <= last; m++) {
		MDB_val key = { sizeof(key_bytes), key_bytes };

		put_index_key(key_bytes, m, chunk->commit);
		rc = mdb_del(txn, journal->env.dbi[JOURNAL_INDEX], &key, NULL);
		if (rc == MDB_NOTFOUND)
			rc = 0;
	}
	return rc;
}

static int put_chunk(struct journal *journal, MDB_txn *txn, const struct chunk *chunk,
		     const struct sample *samples)
{
	uint8_t key_bytes[JOURNAL_CHUNK_KEY];
	MDB_val key = { sizeof(key_bytes), key_bytes }, value = { chunk_bytes(chunk), NULL };
	int rc;

	bytes_put_be(key_bytes, chunk->commit, 8);
	bytes_put_be(key_bytes + 8, chunk->first_id, 8);
	bytes_put_be(key_bytes + 16, chunk->number, 4);
	rc = mdb_put(txn, journal->env.dbi[JOURNAL_CHUNKS], &key, &value, MDB_APPEND | MDB_RESERVE);
	if (rc)
		return rc;
	/* LMDB aligns values to 2 bytes only; the encoder writes byte by byte. */
	chunk_encode(chunk, samples, value.mv_data);
	return index_chunk(journal, txn, chunk);
}

/* Number of the commit after the last one. 0 or an LMDB code. */
static int next_commit(MDB_cursor *cursor, uint64_t *ret)
{
	MDB_val key, value;
	int rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);

	if (!rc && key.mv_size != JOURNAL_CHUNK_KEY)
		return MDB_CORRUPTED;
	*ret = rc ? 1 : bytes_get_be(key.mv_data, 8) + 1;
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int put_commit(struct journal *journal, MDB_txn *txn, MDB_cursor *cursor)
{
	int64_t now_ns = clock_wall_ns();
	struct chunk chunk;
	uint64_t commit;
	uint32_t number = 0;
	int rc = next_commit(cursor, &commit);

	for (size_t at = 0; !rc && at < journal->n; at += chunk.n) {
		chunk_plan(&chunk, journal->samples + at, journal->n - at);
		chunk.commit = commit;
		chunk.number = number++;
		chunk.commit_wall_ns = now_ns;
		rc = put_chunk(journal, txn, &chunk, journal->samples + at);
	}
	return rc;
}

/* Delete the oldest commit, whole. @freed grows by its bytes. 0, MDB_NOTFOUND or an LMDB code. */
static int expire_commit(struct journal *journal, MDB_txn *txn, MDB_cursor *cursor, uint64_t *freed,
			 uint64_t *samples)
{
	uint64_t commit = 0;
	MDB_val key, value;
	struct chunk chunk;
	int rc;

	for (;;) {
		rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
		if (rc)
			return rc == MDB_NOTFOUND && commit ? 0 : rc;
		if (key.mv_size != JOURNAL_CHUNK_KEY)
			return MDB_CORRUPTED;
		if (commit && bytes_get_be(key.mv_data, 8) != commit)
			return 0;
		commit = bytes_get_be(key.mv_data, 8);
		*freed += key.mv_size + value.mv_size;
		/* Of a damaged chunk only the index entries stay behind; readers pass over them. */
		if (!chunk_open(&chunk, value.mv_data, value.mv_size)) {
			*samples += chunk.n;
			rc = unindex_chunk(journal, txn, &chunk);
		}
		if (!rc)
			rc = mdb_cursor_del(cursor, 0);
		if (rc)
			return rc;
	}
}

static int expire(struct journal *journal, MDB_txn *txn, MDB_cursor *cursor, uint64_t want_bytes,
		  uint64_t *samples)
{
	uint64_t freed = 0;
	int rc = 0;

	while (!rc && freed < want_bytes)
		rc = expire_commit(journal, txn, cursor, &freed, samples);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* One transaction: delete, then append. 0, an LMDB code or -errno from before it began. */
static int run(struct journal *journal, uint64_t expire_bytes, int is_append)
{
	MDB_cursor *cursor;
	uint64_t samples = 0;
	MDB_txn *txn;
	int rc = env_write(&journal->env, &txn);

	if (rc)
		return rc;
	rc = mdb_cursor_open(txn, journal->env.dbi[JOURNAL_CHUNKS], &cursor);
	if (!rc) {
		rc = expire(journal, txn, cursor, expire_bytes, &samples);
		if (!rc && is_append)
			rc = put_commit(journal, txn, cursor);
		mdb_cursor_close(cursor);
	}
	if (rc)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	if (!rc)
		atomic_fetch_add_explicit(&journal->expired, samples, memory_order_relaxed);
	return rc;
}

/* What the high-water mark asks to be deleted before @incoming bytes come in. */
static int plan_expiry(struct journal *journal, uint64_t incoming, uint64_t *ret)
{
	uint64_t map = journal->env.map_bytes, high = map / 100 * JOURNAL_HIGH_PERCENT, used = 0;
	int err = env_used_bytes(&journal->env, &used);

	*ret = 0;
	if (err)
		return err == -EAGAIN ? 0 : err; /* after a panic: env_write() opens it again */
	if (used + incoming <= high)
		return 0;
	*ret = used + incoming - high + map / 256;
	/* Far above the mark, after the map was made smaller: in steps, to keep commits short. */
	if (*ret > map / 16 + incoming)
		*ret = map / 16 + incoming;
	return 0;
}

static int commit_samples(struct journal *journal)
{
	/* Records, headers and keys, and pages of the trees that are copied on the way. */
	uint64_t incoming = journal->n * 34 + 32768, want;
	int rc = plan_expiry(journal, incoming, &want);

	if (rc)
		return rc;
	if (incoming > journal->env.map_bytes / 4)
		return -ENOSPC;
	chunk_sort(journal->samples, journal->n);
	rc = run(journal, want, 1);
	for (int i = 0; rc == MDB_MAP_FULL && i < FULL_ROUNDS; i++) {
		rc = run(journal, incoming * 2, 0);
		if (!rc)
			rc = run(journal, 0, 1);
	}
	return rc;
}

static void check_readers(struct journal *journal)
{
	int64_t now_ns = clock_now_ns();

	if (journal->readers_checked_ns && now_ns - journal->readers_checked_ns < READERS_NS)
		return;
	journal->readers_checked_ns = now_ns;
	env_check_readers(&journal->env);
}

int journal_commit(struct journal *journal)
{
	int rc;

	if (!journal->n)
		return 0;
	check_readers(journal);
	rc = commit_samples(journal);
	journal->n = 0;
	return env_error(rc);
}

static int verify_chunk(const struct pages_entry *entry)
{
	struct chunk chunk;
	int err = chunk_open(&chunk, entry->value, entry->value_bytes);

	if (err)
		return err;
	return chunk.commit == bytes_get_be(entry->key, 8) &&
			       chunk.first_id == bytes_get_be(entry->key + 8, 8) &&
			       chunk.number == bytes_get_be(entry->key + 16, 4)
		       ? 0
		       : -EBADMSG;
}

int journal_verify(const struct pages_entry *entry)
{
	if (!strcmp(entry->db, names[JOURNAL_CHUNKS]) && entry->key_bytes == JOURNAL_CHUNK_KEY)
		return verify_chunk(entry);
	if (!strcmp(entry->db, names[JOURNAL_INDEX]) && entry->key_bytes == JOURNAL_INDEX_KEY &&
	    entry->value_bytes == JOURNAL_INDEX_VALUE)
		return bytes_get_le(entry->value, 4) == crc32c(0, entry->key, entry->key_bytes)
			       ? 0
			       : -EBADMSG;
	return -EBADMSG;
}
