/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * pages.h - walk an LMDB data file page by page, without LMDB.
 *
 * LMDB trusts its file: a damaged page ends the process or is served as data.
 * This walk trusts nothing. It follows every reference from the newest meta
 * page, and checks page numbers, types, offsets, key order, separators, counts
 * and depths, and that no page is used twice or both used and free. Contents of
 * values are the visitor's to check. LMDB 0.9 files of 64-bit little-endian hosts.
 */
#ifndef STORE_PAGES_H
#define STORE_PAGES_H

#include <stddef.h>
#include <stdint.h>

struct pages_entry {
	const char *db; /* name of the database */
	const uint8_t *key, *value;
	size_t key_bytes, value_bytes;
};

/**
 * Called for each entry, from the last database (by name) to the first, in each
 * from the last key to the first. Non-zero ends the walk and is its result.
 */
typedef int (*pages_entry_fn)(void *arg, const struct pages_entry *entry);

/**
 * pages_walk() - check a whole file.
 * @map:   the file's bytes, aligned to 8.
 * @why:   set to a constant sentence when the file is damaged.
 * Return: 0 (an empty file too), -EBADMSG (damaged), -EPROTONOSUPPORT (another LMDB format),
 * -ENOMEM, or what @fn returned.
 */
int pages_walk(const void *map, size_t bytes, pages_entry_fn fn, void *arg, const char **why);

#endif /* STORE_PAGES_H */
