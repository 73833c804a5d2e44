/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * repository.h - where checks and results are kept; the LMDB implementation is
 * store/, the in-memory one (tests, simulator) is domain/memory.c.
 *
 * One thread writes (the writer), any number may read. A write is durable when
 * commit() returned 0. Readers see commits whole.
 */
#ifndef DOMAIN_REPOSITORY_H
#define DOMAIN_REPOSITORY_H

#include <stddef.h>
#include <stdint.h>

#include "domain/check.h"
#include "domain/result.h"

/* One attempt as kept. An amendment or a packet event is a sample of its own with the same
 * (id, attempt, epoch); readers merge them. */
struct sample {
	uint64_t id; /* check */
	int64_t sent_wall_ns;
	int64_t rtt_ns;
	uint32_t attempt;
	uint32_t epoch; /* start of the daemon this attempt number belongs to */
	uint32_t submit_delay_ns;
	uint8_t kind, class, stamp, ttl; /* as in struct result */
	uint8_t icmp_type, icmp_code;
	uint16_t error;
	uint32_t pad;
};
_Static_assert(sizeof(struct sample) == 48, "sample");

struct repository;

/* Return non-zero to stop the walk; it becomes the walk's return value. */
typedef int (*repository_check_fn)(void *arg, const struct check *check);
typedef int (*repository_sample_fn)(void *arg, const struct sample *sample);

struct repository_ops {
	/* Writer only; nothing is durable before commit(). 0 or -errno. */
	int (*put_check)(struct repository *r, const struct check *check);
	int (*delete_check)(struct repository *r, uint64_t id);
	int (*append)(struct repository *r, const struct sample *samples, size_t n);
	/* On failure everything since the last commit is undone and may be tried again. */
	int (*commit)(struct repository *r);
	/* Readers, any thread. The walk sees one snapshot. */
	int (*each_check)(struct repository *r, repository_check_fn fn, void *arg);
	int (*get_check)(struct repository *r, uint64_t id, struct check *ret); /* -ENOENT */
	/* Attempts of one check sent in [from, to), in order of sending, amendments merged
	 * (class late, rtt set), packet events left out. */
	int (*range)(struct repository *r, uint64_t id, int64_t from_wall_ns, int64_t to_wall_ns,
		     repository_sample_fn fn, void *arg);
	uint64_t (*used_bytes)(struct repository *r);
	void (*close)(struct repository *r);
};

struct repository {
	const struct repository_ops *ops;
};

/** memory_repository_new() - in-memory implementation; close() frees it. 0 or -ENOMEM. */
int memory_repository_new(struct repository **ret);

#endif /* DOMAIN_REPOSITORY_H */
