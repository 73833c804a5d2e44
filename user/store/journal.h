/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * journal.h - the environment of the results: commits in order of arrival, each
 * cut into chunks (chunk.h), and an index of which minutes each commit touches.
 *
 * Samples gather in memory until journal_commit(). When more than JOURNAL_HIGH_PERCENT
 * of the map is in use, a commit first deletes the oldest ones, whole. Reading
 * is in range.h. Writer only, except for what says otherwise.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "domain/repository.h"
#include "store/env.h"
#include "store/pages.h"

#define JOURNAL_MAP_BYTES    (4ull << 30)
#define JOURNAL_MAP_MIN      (1ull << 20)
#define JOURNAL_HIGH_PERCENT 80

/* Databases. Keys are big-endian; FORMAT.md. */
#define JOURNAL_CHUNKS      1 /* commit (8), first id (8), number (4) -> chunk */
#define JOURNAL_INDEX       2 /* minute (8), commit (8) -> CRC of the key (4) */
#define JOURNAL_CHUNK_KEY   20
#define JOURNAL_INDEX_KEY   16
#define JOURNAL_INDEX_VALUE 4

struct journal {
	struct env env;
	struct sample *samples; /* waiting for journal_commit() */
	size_t n, room;
	int64_t readers_checked_ns; /* monotonic */
	_Atomic uint64_t expired;   /* samples deleted at the high-water mark since it was opened */
};

/** journal_open() - @journal is zeroed; as env_open(). @map_bytes: 0 JOURNAL_MAP_BYTES. */
int journal_open(struct journal *journal, const char *path, uint64_t map_bytes, int read_only);

/** journal_close() - samples not committed are lost. */
void journal_close(struct journal *journal);

/** journal_append() - copy samples, for the next commit. 0 or -ENOMEM. */
int journal_append(struct journal *journal, const struct sample *samples, size_t n);

/**
 * journal_commit() - make samples durable, or forget them and return an error.
 * Return: 0, -ENOSPC (disk or map full, or more at once than a quarter of the map), -EIO, -errno.
 */
int journal_commit(struct journal *journal);

/** journal_minute() - minutes since 1970, as they stand in the index: order is kept below 1970. */
uint64_t journal_minute(int64_t wall_ns);

/** journal_verify() - check one entry of the file; see verify.h. */
int journal_verify(const struct pages_entry *entry);

#endif /* STORE_JOURNAL_H */
