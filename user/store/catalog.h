/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * catalog.h - the environment of the checks.
 *
 * Changes gather in memory until catalog_commit(), so that a write transaction
 * is as short as its fsync and a failed one leaves nothing behind. Writer only,
 * except for what says otherwise.
 */
#ifndef STORE_CATALOG_H
#define STORE_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "domain/repository.h"
#include "store/env.h"
#include "store/pages.h"

#define CATALOG_MAP_BYTES (1ull << 30) /* address space, not memory: a million checks */

struct catalog_change;

struct catalog {
	struct env env;
	struct catalog_change *changes; /* waiting for catalog_commit() */
	size_t nchanges, room;
};

/**
 * catalog_open() - @catalog is zeroed; as env_open(). Where the file system lets it, it takes 1 MiB
 * of the disk in advance, so that a start and some changes go through when that is full.
 */
int catalog_open(struct catalog *catalog, const char *path, int read_only);

/** catalog_close() - changes not committed are lost. */
void catalog_close(struct catalog *catalog);

/** catalog_put() - add or replace, at the next commit. 0, -ENOMEM, -ENOSPC (too long). */
int catalog_put(struct catalog *catalog, const struct check *check);

/** catalog_delete() - at the next commit; an unknown id is no error. 0 or -ENOMEM. */
int catalog_delete(struct catalog *catalog, uint64_t id);

/** catalog_commit() - make changes durable, or forget them and return -errno. */
int catalog_commit(struct catalog *catalog);

/** catalog_each() - all checks of one snapshot, taken before the first call. Any thread. */
int catalog_each(struct catalog *catalog, repository_check_fn fn, void *arg);

/** catalog_get() - one check. Any thread. 0, -ENOENT, -EBADMSG, -errno. */
int catalog_get(struct catalog *catalog, uint64_t id, struct check *ret);

/** catalog_next_epoch() - count up, durably. */
int catalog_next_epoch(struct catalog *catalog, uint32_t *ret);

/** catalog_verify() - check one entry of the file; see verify.h. */
int catalog_verify(const struct pages_entry *entry);

#endif /* STORE_CATALOG_H */
