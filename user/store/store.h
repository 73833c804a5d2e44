/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * store.h - checks and results in LMDB: a struct repository (domain/repository.h).
 *
 * Two environments in the data directory: `registry` (checks, small, for ever)
 * and `journal` (results in arrival order, a value a commit and chunk, each with
 * version and CRC32C). Durable by default: no NOSYNC, no WRITEMAP. A child
 * process checks both before they are opened; a bad one is set aside as
 * NAME.bad-TIME and reported, never deleted. At a high-water mark the oldest
 * results are dropped and counted, since a full map cannot delete.
 *
 * The only code that sees LMDB.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdint.h>

#include "domain/repository.h"

struct store_options {
	const char *dir;        /* made if missing, mode 0700; a directory of its own */
	uint64_t journal_bytes; /* map size; 0: 4 GiB */
	int read_only;          /* no checking, no lock taken for writing */
};

/**
 * store_open() - check, open, read the registry's version.
 * @ret: close it by ops->close().
 * @notice: a sentence when something was set aside, or why it failed, else "". Not NULL.
 * Return: 0, -EBUSY (another sonde has it), -EPROTONOSUPPORT (made by a newer sonde),
 * -EOPNOTSUPP (a network file system), -EPERM (others may write there), -errno.
 *
 * A commit that fails is undone: its changes and samples are forgotten, the caller gives them
 * again. Samples of a commit that failed at its very end may then be there twice; range() hands
 * each attempt out once. With both changes of checks and samples pending, checks come first.
 */
int store_open(struct repository **ret, const struct store_options *options, char *notice,
	       unsigned notice_bytes);

/** store_next_epoch() - number of this start, durable before it returns. 0 or -errno. */
int store_next_epoch(struct repository *repository, uint32_t *ret);

/** store_expired() - samples deleted at the high-water mark since store_open(). Any thread. */
uint64_t store_expired(struct repository *repository);

#endif /* STORE_STORE_H */
