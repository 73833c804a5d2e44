// SPDX-License-Identifier: GPL-2.0 OR MIT
/* registry.c - the contract is in registry.h, the bytes are in FORMAT.md. */
#include "store/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
#include "store/crc32c.h"

#define CHECKS       1 /* index of the database */
#define KEY_BYTES    8
#define HEADER_BYTES 8 /* crc32c, version, reserved */
#define VERSION      1
#define FULL_PERCENT 90 /* beyond this only deletions: they need room too */

static const char *const names[] = { "meta", "checks", NULL };

struct registry_change {
	uint64_t id;
	uint8_t *value; /* NULL: delete */
	size_t bytes;
};

/* All values of a snapshot, each behind its length. */
struct copy {
	uint8_t *bytes;
	size_t len, room;
};

int registry_open(struct registry *registry, const char *path, int read_only)
{
	return env_open(&registry->env, path, names, read_only ? 0 : REGISTRY_MAP_BYTES, read_only);
}

static void forget(struct registry *registry)
{
	for (size_t i = 0; i < registry->nchanges; i++)
		free(registry->changes[i].value);
	registry->nchanges = 0;
}

void registry_close(struct registry *registry)
{
	forget(registry);
	free(registry->changes);
	registry->changes = NULL;
	env_close(&registry->env);
}

static int add_change(struct registry *registry, const struct registry_change *change)
{
	if (registry->nchanges == registry->room) {
		size_t room = registry->room ? registry->room * 2 : 64;
		struct registry_change *grown = realloc(registry->changes, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		registry->changes = grown;
		registry->room = room;
	}
	registry->changes[registry->nchanges++] = *change;
	return 0;
}

static uint32_t value_crc(const uint8_t *key, const uint8_t *value, size_t len)
{
	return crc32c(crc32c(0, key, KEY_BYTES), value + 4, len - 4);
}

int registry_put(struct registry *registry, const struct check *check)
{
	uint8_t bytes[HEADER_BYTES + CHECK_ENCODED_MAX], key[KEY_BYTES];
	int n = check_encode(check, bytes + HEADER_BYTES, CHECK_ENCODED_MAX);
	struct registry_change change = { .id = check->id };
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
	err = add_change(registry, &change);
	if (err)
		free(change.value);
	return err;
}

int registry_delete(struct registry *registry, uint64_t id)
{
	return add_change(registry, &(struct registry_change){ .id = id });
}

static int apply(struct registry *registry, MDB_txn *txn, const struct registry_change *change)
{
	uint8_t bytes[KEY_BYTES];
	MDB_val key = { sizeof(bytes), bytes }, value = { change->bytes, change->value };
	int rc;

	bytes_put_be(bytes, change->id, KEY_BYTES);
	if (change->value)
		return mdb_put(txn, registry->env.dbi[CHECKS], &key, &value, 0);
	rc = mdb_del(txn, registry->env.dbi[CHECKS], &key, NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int check_room(struct registry *registry)
{
	uint64_t used;
	int err;

	for (size_t i = 0; i < registry->nchanges; i++) {
		if (!registry->changes[i].value)
			continue;
		err = env_used_bytes(&registry->env, &used);
		if (err == -EAGAIN) /* after a panic: env_write() opens it again */
			return 0;
		return err || used / FULL_PERCENT < registry->env.map_bytes / 100 ? err : -ENOSPC;
	}
	return 0;
}

static int write_changes(struct registry *registry)
{
	MDB_txn *txn;
	int err = env_write(&registry->env, &txn), rc = 0;

	if (err)
		return err;
	for (size_t i = 0; !rc && i < registry->nchanges; i++)
		rc = apply(registry, txn, &registry->changes[i]);
	if (rc)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	return env_error(rc);
}

int registry_commit(struct registry *registry)
{
	int err;

	if (!registry->nchanges)
		return 0;
	err = check_room(registry);
	if (!err)
		err = write_changes(registry);
	forget(registry);
	env_check_readers(&registry->env);
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
static int copy_all(struct registry *registry, MDB_txn *txn, struct copy *copy)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int err = 0, rc = mdb_cursor_open(txn, registry->env.dbi[CHECKS], &cursor);

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

int registry_each(struct registry *registry, repository_check_fn fn, void *arg)
{
	struct copy copy = { 0 };
	MDB_txn *txn;
	int err = env_read(&registry->env, &txn);

	if (err)
		return err;
	err = copy_all(registry, txn, &copy);
	env_read_end(&registry->env, txn);
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

int registry_get(struct registry *registry, uint64_t id, struct check *ret)
{
	uint8_t bytes[KEY_BYTES];
	MDB_val key = { sizeof(bytes), bytes }, value;
	MDB_txn *txn;
	int err = env_read(&registry->env, &txn);

	if (err)
		return err;
	bytes_put_be(bytes, id, KEY_BYTES);
	err = env_error(mdb_get(txn, registry->env.dbi[CHECKS], &key, &value));
	if (!err)
		err = check_value(bytes, value.mv_data, value.mv_size);
	if (!err)
		err = check_decode(ret, (uint8_t *)value.mv_data + HEADER_BYTES,
				   value.mv_size - HEADER_BYTES);
	env_read_end(&registry->env, txn);
	return err;
}

int registry_next_epoch(struct registry *registry, uint32_t *ret)
{
	uint64_t epoch = 0;
	MDB_txn *txn;
	int err = env_write(&registry->env, &txn);

	if (err)
		return err;
	err = env_get_number(&registry->env, txn, "epoch", &epoch);
	if (err == -ENOENT)
		err = 0;
	if (!err)
		err = env_error(env_put_number(&registry->env, txn, "epoch", epoch + 1));
	if (err)
		mdb_txn_abort(txn);
	else
		err = env_error(mdb_txn_commit(txn));
	if (!err)
		*ret = (uint32_t)(epoch + 1);
	return err;
}

int registry_verify(const struct pages_entry *entry)
{
	if (strcmp(entry->db, names[CHECKS]))
		return -EBADMSG;
	if (entry->key_bytes != KEY_BYTES)
		return -EBADMSG;
	return check_value(entry->key, entry->value, entry->value_bytes);
}
