/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * catalogue.h - all checks in the order of the list, and where their rows are.
 *
 * A copy of a repository snapshot, brought up to date from the board's events
 * when the registry has changed, or read anew when events are missing. Web
 * server's thread only.
 */
#ifndef API_CATALOGUE_H
#define API_CATALOGUE_H

#include <stdint.h>

#include "domain/board.h"
#include "domain/check.h"
#include "domain/repository.h"

struct catalogue_entry {
	struct check check;
	uint32_t row; /* CATALOGUE_NO_ROW: not seen on the board yet */
};

#define CATALOGUE_NO_ROW UINT32_MAX

struct catalogue;

int catalogue_new(struct catalogue **ret, const struct board *board, struct repository *repository);
void catalogue_free(struct catalogue *catalogue);

/** catalogue_refresh() - bring it up to date; entries got before are gone. 0 or -errno (then the
 * old state stands). */
int catalogue_refresh(struct catalogue *catalogue);

/** catalogue_count() - checks. catalogue_at() - the @i-th by name, then id. */
uint32_t catalogue_count(const struct catalogue *catalogue);
const struct catalogue_entry *catalogue_at(const struct catalogue *catalogue, uint32_t i);

/** catalogue_find() - by id; NULL when there is none. */
const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, uint64_t id);

/** catalogue_after() - index of the first entry behind (@name, @id). */
uint32_t catalogue_after(const struct catalogue *catalogue, const char *name, uint64_t id);

/** catalogue_row() - a copy of the check's row. Return: 0, -ENOENT (none yet, or not any more). */
int catalogue_row(const struct catalogue *catalogue, const struct catalogue_entry *entry,
		  struct board_row *ret);

/** catalogue_version() - changes whenever the entries do. */
uint64_t catalogue_version(const struct catalogue *catalogue);

#endif /* API_CATALOGUE_H */
