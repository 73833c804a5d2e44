/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * registry.h - the environment of the checks.
 *
 * Changes gather in memory until registry_commit(), so that a write transaction
 * is as short as its fsync and a failed one leaves nothing behind. Writer only,
 * except for what says otherwise.
 */
#ifndef STORE_REGISTRY_H
#define STORE_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "domain/repository.h"
#include "store/env.h"
#include "store/pages.h"

#define REGISTRY_MAP_BYTES (1ull << 30) /* address space, not memory: a million checks */

struct registry_change;

struct registry {
	struct env env;
	struct registry_change *changes; /* waiting for registry_commit() */
	size_t nchanges, room;
};

/** registry_open() - @registry is zeroed; as env_open(). */
int registry_open(struct registry *registry, const char *path, int read_only);

/** registry_close() - changes not committed are lost. */
void registry_close(struct registry *registry);

/** registry_put() - add or replace, at the next commit. 0, -ENOMEM, -ENOSPC (too long). */
int registry_put(struct registry *registry, const struct check *check);

/** registry_delete() - at the next commit; an unknown id is no error. 0 or -ENOMEM. */
int registry_delete(struct registry *registry, uint64_t id);

/** registry_commit() - make changes durable, or forget them and return -errno. */
int registry_commit(struct registry *registry);

/** registry_each() - all checks of one snapshot, taken before the first call. Any thread. */
int registry_each(struct registry *registry, repository_check_fn fn, void *arg);

/** registry_get() - one check. Any thread. 0, -ENOENT, -EBADMSG, -errno. */
int registry_get(struct registry *registry, uint64_t id, struct check *ret);

/** registry_next_epoch() - count up, durably. */
int registry_next_epoch(struct registry *registry, uint32_t *ret);

/** registry_verify() - check one entry of the file; see verify.h. */
int registry_verify(const struct pages_entry *entry);

#endif /* STORE_REGISTRY_H */
