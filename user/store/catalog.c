// SPDX-License-Identifier: GPL-2.0 OR MIT
/* catalog.c - the contract is in catalog.h, the bytes are in FORMAT.md. */
#include "store/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/bytes.h"
#include "store/crc32c.h"

#define CHECKS        1 /* index of the database */
#define KEY_BYTES     8
#define HEADER_BYTES  8 /* crc32c, version, reserved */
#define VERSION       1
#define RESERVE_BYTES (1 << 20)
#define FULL_PERCENT  90 /* beyond this only deletions: they need room too */

static const char *const names[] = { "meta", "checks", NULL };

struct catalog_change {
	uint64_t id;
	uint8_t *value; /* NULL: delete */
	size_t bytes;
};

/* All values of a snapshot, each behind its length. */
struct copy {
	uint8_t *bytes;
	size_t len, room;
};

/* Room that nobody else can take: with a full disk a new start still gets its number, and checks
 * come and go. Where the file system cannot promise it, or has none left, we do without. */
static void reserve(struct catalog *catalog)
{
	struct stat st;
	int fd;

	if (!mdb_env_get_fd(catalog->env.mdb, &fd) && !fstat(fd, &st))
		(void)!fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, st.st_size + RESERVE_BYTES);
}

int catalog_open(struct catalog *catalog, const char *path, int read_only)
{
	int err =
		env_open(&catalog->env, path, names, read_only ? 0 : CATALOG_MAP_BYTES, read_only);

	if (!err && !read_only)
		reserve(catalog);
	return err;
}

static void forget(struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->nchanges; i++)
		free(catalog->changes[i].value);
	catalog->nchanges = 0;
}

void catalog_close(struct catalog *catalog)
{
	forget(catalog);
	free(catalog->changes);
	catalog->changes = NULL;
	env_close(&catalog->env);
}

static int add_change(struct catalog *catalog, const struct catalog_change *change)
{
	if (catalog->nchanges == catalog->room) {
		size_t room = catalog->room ? catalog->room * 2 : 64;
		struct catalog_change *grown = realloc(catalog->changes, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		catalog->changes = grown;
		catalog->room = room;
	}
	catalog->changes[catalog->nchanges++] = *change;
	return 0;
}

static uint32_t value_crc(const uint8_t *key, const uint8_t *value, size_t len)
{
	return crc32c(crc32c(0, key, KEY_BYTES), value + 4, len - 4);
}

int catalog_put(struct catalog *catalog, const struct check *check)
{
	uint8_t bytes[HEADER_BYTES + CHECK_ENCODED_MAX], key[KEY_BYTES];
	int n = check_encode(check, bytes + HEADER_BYTES, CHECK_ENCODED_MAX);
	struct catalog_change change = { .id = check->id };
	int err;

	if (n < 0)
		return n;
	change.bytes = HEADER_BYTES + (size_t)n;
	bytes_put_be(key, check->id, KEY_BYTES);
	bytes_put_le(bytes + 4, VERSION, 4);
	bytes_put_le(bytes, value_crc(key, bytes, change.bytes), 4);
	change.value = malloc(change.bytes);
	if (!change.value)
		return -ENOMEM;
	memcpy(change.value, bytes, change.bytes);
	err = add_change(catalog, &change);
	if (err)
		free(change.value);
	return err;
}

int catalog_delete(struct catalog *catalog, uint64_t id)
{
	return add_change(catalog, &(struct catalog_change){ .id = id });
}

static int apply(struct catalog *catalog, MDB_txn *txn, const struct catalog_change *change)
{
	uint8_t bytes[KEY_BYTES];
	MDB_val key = { sizeof(bytes), bytes }, value = { change->bytes, change->value };
	int rc;

	bytes_put_be(bytes, change->id, KEY_BYTES);
	if (change->value)
		return mdb_put(txn, catalog->env.dbi[CHECKS], &key, &value, 0);
	rc = mdb_del(txn, catalog->env.dbi[CHECKS], &key, NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int check_room(struct catalog *catalog)
{
	uint64_t used;
	int err;

	for (size_t i = 0; i < catalog->nchanges; i++) {
		if (!catalog->changes[i].value)
			continue;
		err = env_used_bytes(&catalog->env, &used);
		if (err == -EAGAIN) /* after a panic: env_write() opens it again */
			return 0;
		return err || used / FULL_PERCENT < catalog->env.map_bytes / 100 ? err : -ENOSPC;
	}
	return 0;
}

static int write_changes(struct catalog *catalog)
{
	MDB_txn *txn;
	int err = env_write(&catalog->env, &txn), rc = 0;

	if (err)
		return err;
	for (size_t i = 0; !rc && i < catalog->nchanges; i++)
		rc = apply(catalog, txn, &catalog->changes[i]);
	if (rc)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	return env_error(rc);
}

int catalog_commit(struct catalog *catalog)
{
	int err;

	if (!catalog->nchanges)
		return 0;
	err = check_room(catalog);
	if (!err)
		err = write_changes(catalog);
	forget(catalog);
	env_check_readers(&catalog->env);
	return err;
}

static int check_value(const uint8_t *key, const uint8_t *value, size_t len)
{
	if (len < HEADER_BYTES || bytes_get_le(value, 4) != value_crc(key, value, len))
		return -EBADMSG;
	return bytes_get_le(value + 4, 4) > VERSION ? -EPROTONOSUPPORT : 0;
}

static int copy_add(struct copy *copy, const MDB_val *value)
{
	size_t len = value->mv_size - HEADER_BYTES;

	if (copy->len + 4 + len > copy->room) {
		size_t room = (copy->len + 4 + len) * 2;
		uint8_t *grown = realloc(copy->bytes, room);

		if (!grown)
			return -ENOMEM;
		copy->bytes = grown;
		copy->room = room;
	}
	bytes_put_le(copy->bytes + copy->len, len, 4);
	memcpy(copy->bytes + copy->len + 4, (uint8_t *)value->mv_data + HEADER_BYTES, len);
	copy->len += 4 + len;
	return 0;
}

/* The callbacks may take their time, a read transaction may not: copy first. */
static int copy_all(struct catalog *catalog, MDB_txn *txn, struct copy *copy)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int err = 0, rc = mdb_cursor_open(txn, catalog->env.dbi[CHECKS], &cursor);

	if (rc)
		return env_error(rc);
	while (!err && !(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
		err = key.mv_size == KEY_BYTES
			      ? check_value(key.mv_data, value.mv_data, value.mv_size)
			      : -EBADMSG;
		if (!err)
			err = copy_add(copy, &value);
	}
	mdb_cursor_close(cursor);
	return err || rc == MDB_NOTFOUND ? err : env_error(rc);
}

int catalog_each(struct catalog *catalog, repository_check_fn fn, void *arg)
{
	struct copy copy = { 0 };
	MDB_txn *txn;
	int err = env_read(&catalog->env, &txn);

	if (err)
		return err;
	err = copy_all(catalog, txn, &copy);
	env_read_end(&catalog->env, txn);
	for (size_t at = 0, len; !err && at < copy.len; at += 4 + len) {
		struct check check;

		len = bytes_get_le(copy.bytes + at, 4);
		err = check_decode(&check, copy.bytes + at + 4, len);
		if (err)
			break;
		err = fn(arg, &check);
		check_clear(&check);
	}
	free(copy.bytes);
	return err;
}

int catalog_get(struct catalog *catalog, uint64_t id, struct check *ret)
{
	uint8_t bytes[KEY_BYTES];
	MDB_val key = { sizeof(bytes), bytes }, value;
	MDB_txn *txn;
	int err = env_read(&catalog->env, &txn);

	if (err)
		return err;
	bytes_put_be(bytes, id, KEY_BYTES);
	err = env_error(mdb_get(txn, catalog->env.dbi[CHECKS], &key, &value));
	if (!err)
		err = check_value(bytes, value.mv_data, value.mv_size);
	if (!err)
		err = check_decode(ret, (uint8_t *)value.mv_data + HEADER_BYTES,
				   value.mv_size - HEADER_BYTES);
	env_read_end(&catalog->env, txn);
	return err;
}

int catalog_next_epoch(struct catalog *catalog, uint32_t *ret)
{
	uint64_t epoch = 0;
	MDB_txn *txn;
	int err = env_write(&catalog->env, &txn);

	if (err)
		return err;
	err = env_get_number(&catalog->env, txn, "epoch", &epoch);
	if (err == -ENOENT)
		err = 0;
	if (!err)
		err = env_error(env_put_number(&catalog->env, txn, "epoch", epoch + 1));
	if (err)
		mdb_txn_abort(txn);
	else
		err = env_error(mdb_txn_commit(txn));
	if (!err)
		*ret = (uint32_t)(epoch + 1);
	return err;
}

int catalog_verify(const struct pages_entry *entry)
{
	if (strcmp(entry->db, names[CHECKS]))
		return -EBADMSG;
	if (entry->key_bytes != KEY_BYTES)
		return -EBADMSG;
	return check_value(entry->key, entry->value, entry->value_bytes);
}
