/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * queue.h - samples waiting for the disk: bounded, and the oldest go first.
 *
 * One thread.
 */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "domain/repository.h"

struct queue {
	struct sample *samples; /* ring of `room`, a power of two */
	uint32_t room, first, n, max;
};

/** queue_init() - empty; allocates at need. @max: samples it may hold, at least 1. */
void queue_init(struct queue *queue, uint32_t max);

/** queue_clear() - free everything. */
void queue_clear(struct queue *queue);

/**
 * queue_push() - append @n samples, forgetting the oldest where they do not fit.
 * Return: samples forgotten, of those before and of these.
 */
uint64_t queue_push(struct queue *queue, const struct sample *samples, uint32_t n);

/** queue_peek() - the oldest that lie together; valid until the next call. Return: how many. */
uint32_t queue_peek(const struct queue *queue, uint32_t skip, const struct sample **ret);

/** queue_drop() - forget the oldest @n <= queue->n. */
void queue_drop(struct queue *queue, uint32_t n);

#endif /* STORE_QUEUE_H */
