/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * registry.h - all checks, each in a row whose index is its flow and its line of
 * the board; found by id in O(1). Judge only.
 */
#ifndef JUDGE_REGISTRY_H
#define JUDGE_REGISTRY_H

#include <stdint.h>

#include "domain/board.h"
#include "domain/check.h"
#include "domain/state.h"

struct entry {
	struct check *check;   /* NULL: the row is free */
	uint32_t generation;   /* grows with every tenant */
	uint32_t last_attempt; /* highest attempt closed */
	struct state state;
	struct board_row row;
	uint8_t is_floor; /* the built-in responder: its RTTs are our own floor */
};

struct registry;

/** registry_new() - room for @rows checks. Return: 0 or -ENOMEM. */
int registry_new(struct registry **ret, uint32_t rows);

/** registry_free() - with all checks; NULL is a no-op. */
void registry_free(struct registry *registry);

/**
 * registry_add() - take a free row; @check becomes the registry's on success.
 * Return: 0, -EEXIST (the id is there), -ENOSPC (no row free).
 */
int registry_add(struct registry *registry, struct check *check, uint32_t *ret_index);

/** registry_remove() - free the row and its check. */
void registry_remove(struct registry *registry, uint32_t index);

/** registry_find() - row of an id. Return: 0 or -ENOENT. */
int registry_find(const struct registry *registry, uint64_t id, uint32_t *ret_index);

/** registry_at() - a row, free or not; NULL beyond the table. */
struct entry *registry_at(struct registry *registry, uint32_t index);

/** registry_count() - checks there are. */
uint32_t registry_count(const struct registry *registry);

/** registry_rate_of() - probes of one check in 10^9 seconds: exact enough for intervals of a day. */
uint64_t registry_rate_of(const struct check *check);

/** registry_rate_nano() - their probes in 10^9 seconds together. */
uint64_t registry_rate_nano(const struct registry *registry);

#endif /* JUDGE_REGISTRY_H */
