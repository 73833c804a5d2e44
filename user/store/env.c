// SPDX-License-Identifier: GPL-2.0 OR MIT
/* env.c - the contract is in env.h. */
#include "store/env.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "store/bytes.h"
#include "store/crc32c.h"

#define ENV_CLOSED   (1 << 30)
#define NUMBER_BYTES 16   /* crc32c, version, value */
#define ERRNO_END    4096 /* LMDB's codes lie far below */
#define FREE_DB      0    /* LMDB's own list of free pages */

_Static_assert(sizeof(size_t) == 8, "maps are larger than 4 GiB");

int env_error(int code)
{
	switch (code) {
	case MDB_SUCCESS:
		return 0;
	case MDB_MAP_FULL:
		return -ENOSPC;
	case MDB_NOTFOUND:
		return -ENOENT;
	case MDB_READERS_FULL:
	case MDB_MAP_RESIZED:
		return -EAGAIN;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
	case MDB_INCOMPATIBLE:
		return -EBADMSG;
	default:
		return code > 0 ? -code : code > -ERRNO_END ? code : -EIO;
	}
}

static uint32_t number_crc(const MDB_val *name, const uint8_t *value)
{
	return crc32c(crc32c(0, name->mv_data, name->mv_size), value + 4, NUMBER_BYTES - 4);
}

int env_parse_number(const MDB_val *name, const MDB_val *value, uint64_t *ret)
{
	const uint8_t *at = value->mv_data;

	if (value->mv_size != NUMBER_BYTES || bytes_get_le(at, 4) != number_crc(name, at))
		return -EBADMSG;
	*ret = bytes_get_le(at + 8, 8);
	return 0;
}

int env_get_number(struct env *env, MDB_txn *txn, const char *name, uint64_t *ret)
{
	MDB_val key = { strlen(name), (void *)name }, value;
	int rc = mdb_get(txn, env->dbi[ENV_META], &key, &value);

	return rc ? env_error(rc) : env_parse_number(&key, &value, ret);
}

int env_put_number(struct env *env, MDB_txn *txn, const char *name, uint64_t number)
{
	uint8_t bytes[NUMBER_BYTES];
	MDB_val key = { strlen(name), (void *)name }, value = { sizeof(bytes), bytes };

	bytes_put_le(bytes + 4, 1, 4);
	bytes_put_le(bytes + 8, number, 8);
	bytes_put_le(bytes, number_crc(&key, bytes), 4);
	return mdb_put(txn, env->dbi[ENV_META], &key, &value, 0);
}

/* Databases by name, and the format: written at first, compared ever after. */
static int open_databases(struct env *env, MDB_txn *txn)
{
	uint64_t format;
	int err, rc;

	for (unsigned i = 0; env->names[i]; i++) {
		rc = mdb_dbi_open(txn, env->names[i], env->read_only ? 0 : MDB_CREATE,
				  &env->dbi[i]);
		if (rc)
			return env_error(rc);
	}
	err = env_get_number(env, txn, "format", &format);
	if (err == -ENOENT && !env->read_only)
		return env_error(env_put_number(env, txn, "format", ENV_FORMAT));
	if (err)
		return err;
	return format > ENV_FORMAT ? -EPROTONOSUPPORT : 0;
}

static int open_mdb(struct env *env)
{
	unsigned flags = MDB_NOTLS | (env->read_only ? MDB_RDONLY : 0);
	MDB_txn *txn = NULL;
	MDB_env *mdb;
	int err;

	err = env_error(mdb_env_create(&mdb));
	if (err)
		return err;
	mdb_env_set_maxdbs(mdb, ENV_DBS_MAX);
	err = env_error(mdb_env_set_mapsize(mdb, env->map_bytes));
	if (!err)
		err = env_error(mdb_env_open(mdb, env->path, flags, 0600));
	if (!err)
		err = env_error(mdb_txn_begin(mdb, NULL, env->read_only ? MDB_RDONLY : 0, &txn));
	if (!err)
		err = open_databases(env, txn);
	/* Handles opened in a read transaction stay only when it is committed. */
	if (!err)
		err = env_error(mdb_txn_commit(txn));
	else if (txn)
		mdb_txn_abort(txn);
	if (err)
		mdb_env_close(mdb);
	else
		env->mdb = mdb;
	return err;
}

int env_open(struct env *env, const char *path, const char *const *names, uint64_t map_bytes,
	     int read_only)
{
	int n = snprintf(env->path, sizeof(env->path), "%s", path);
	int err;

	if (n < 0 || (size_t)n >= sizeof(env->path))
		return -ENAMETOOLONG;
	env->names = names;
	env->map_bytes = map_bytes;
	env->read_only = read_only;
	err = open_mdb(env);
	if (!err)
		env_check_readers(env);
	return err;
}

void env_close(struct env *env)
{
	if (env->mdb)
		mdb_env_close(env->mdb);
	env->mdb = NULL;
}

/* An environment must not be open twice in a process, so the old one goes first. */
static int reopen(struct env *env)
{
	struct timespec ms = { .tv_nsec = NS_PER_MS };
	int err;

	/* acquire: what the last readers did is done before the map goes away */
	atomic_fetch_or_explicit(&env->gate, ENV_CLOSED, memory_order_acq_rel);
	while (atomic_load_explicit(&env->gate, memory_order_acquire) & ~ENV_CLOSED)
		nanosleep(&ms, NULL);
	env_close(env);
	err = open_mdb(env);
	/* release: a reader that gets in sees the new environment */
	if (!err)
		atomic_fetch_and_explicit(&env->gate, ~ENV_CLOSED, memory_order_release);
	return err;
}

static void leave(struct env *env)
{
	/* release: our reads are done before reopen() sees us gone */
	atomic_fetch_sub_explicit(&env->gate, 1, memory_order_release);
}

int env_read(struct env *env, MDB_txn **ret)
{
	int rc;

	/* acquire: pairs with the release at the end of reopen() */
	if (atomic_fetch_add_explicit(&env->gate, 1, memory_order_acquire) & ENV_CLOSED) {
		leave(env);
		return -EAGAIN;
	}
	rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, ret);
	if (rc)
		leave(env);
	return rc == MDB_PANIC ? -EAGAIN : env_error(rc);
}

void env_read_end(struct env *env, MDB_txn *txn)
{
	mdb_txn_abort(txn);
	leave(env);
}

int env_write(struct env *env, MDB_txn **ret)
{
	int rc = env->mdb ? mdb_txn_begin(env->mdb, NULL, 0, ret) : MDB_PANIC;
	int err;

	if (rc != MDB_PANIC)
		return env_error(rc);
	err = reopen(env);
	return err ? err : env_error(mdb_txn_begin(env->mdb, NULL, 0, ret));
}

void env_check_readers(struct env *env)
{
	int dead;

	if (env->mdb)
		mdb_reader_check(env->mdb, &dead);
}

static int count_free(MDB_txn *txn, uint64_t *ret)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	uint64_t pages = 0;
	int rc = mdb_cursor_open(txn, FREE_DB, &cursor);

	if (rc)
		return env_error(rc);
	while (!(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)))
		pages += bytes_get_le(value.mv_data, 8);
	mdb_cursor_close(cursor);
	*ret = pages;
	return rc == MDB_NOTFOUND ? 0 : env_error(rc);
}

int env_used_bytes(struct env *env, uint64_t *ret)
{
	uint64_t unused = 0;
	MDB_envinfo info;
	MDB_stat stat;
	MDB_txn *txn;
	int err = env_read(env, &txn);

	if (err)
		return err;
	mdb_env_info(env->mdb, &info);
	mdb_env_stat(env->mdb, &stat);
	err = count_free(txn, &unused);
	env_read_end(env, txn);
	if (!err)
		*ret = (info.me_last_pgno + 1 - unused) * stat.ms_psize;
	return err;
}
