/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * env.h - one LMDB environment with its databases.
 *
 * One thread writes, any number read. Read transactions are short: copy, then
 * end. LMDB gives an environment up (MDB_PANIC) when its meta page could not be
 * written; env_write() then waits for the readers to leave and opens it again,
 * while new readers get -EAGAIN.
 */
#ifndef STORE_ENV_H
#define STORE_ENV_H

#include <lmdb.h>
#include <stdatomic.h>
#include <stdint.h>

#define ENV_PATH_MAX 4096
#define ENV_DBS_MAX  3
#define ENV_FORMAT   1 /* of everything in it: keys, values, databases */

/* Every environment has this one first; its entries are 64-bit numbers. */
#define ENV_META 0

struct env {
	MDB_env *mdb; /* NULL: closed after a panic, could not be opened again yet */
	MDB_dbi dbi[ENV_DBS_MAX];
	_Atomic int gate; /* readers inside; ENV_CLOSED set while reopening */
	char path[ENV_PATH_MAX];
	const char *const *names; /* of the databases, NULL-terminated; names[ENV_META] is "meta" */
	uint64_t map_bytes;
	int read_only;
};

/**
 * env_open() - open or create.
 * @env:       zeroed; not moved while open.
 * @names:     outlives @env.
 * @map_bytes: fixed map size; with @read_only 0, the file's.
 * Return: 0, -EPROTONOSUPPORT (newer format), -EBADMSG (no such database file), -errno.
 */
int env_open(struct env *env, const char *path, const char *const *names, uint64_t map_bytes,
	     int read_only);

/** env_close() - no transaction is open in it; a closed one is a no-op. */
void env_close(struct env *env);

/** env_read() - begin reading; env_read_end() soon. Any thread. 0, -EAGAIN (reopening), -errno. */
int env_read(struct env *env, MDB_txn **ret);

/** env_read_end() - end what env_read() began. The same thread. */
void env_read_end(struct env *env, MDB_txn *txn);

/** env_write() - begin writing; end by mdb_txn_commit() or mdb_txn_abort(). Writer only. */
int env_write(struct env *env, MDB_txn **ret);

/** env_check_readers() - free the slots of readers that died. Writer only. */
void env_check_readers(struct env *env);

/** env_used_bytes() - pages in use, free ones not counted. Any thread. 0 or -errno. */
int env_used_bytes(struct env *env, uint64_t *ret);

/** env_get_number() - an entry of meta. Return: 0, -ENOENT, -EBADMSG, -errno. */
int env_get_number(struct env *env, MDB_txn *txn, const char *name, uint64_t *ret);

/** env_put_number() - set an entry of meta. Return: 0 or an LMDB code. */
int env_put_number(struct env *env, MDB_txn *txn, const char *name, uint64_t value);

/** env_parse_number() - check and decode a value of meta. Return: 0 or -EBADMSG. */
int env_parse_number(const MDB_val *name, const MDB_val *value, uint64_t *ret);

/** env_error() - -errno for an LMDB code (or a -errno): MDB_MAP_FULL is -ENOSPC, damage -EBADMSG. */
int env_error(int code);

#endif /* STORE_ENV_H */
