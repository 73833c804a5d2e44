// SPDX-License-Identifier: GPL-2.0 OR MIT
/* queue.c - the contract is in queue.h. */
#include "store/queue.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 1024

void queue_init(struct queue *queue, uint32_t max)
{
	*queue = (struct queue){ .max = max };
}

void queue_clear(struct queue *queue)
{
	free(queue->samples);
	*queue = (struct queue){ .max = queue->max };
}

/* Room for @n more, or as much as there can be. */
static void grow(struct queue *queue, uint32_t n)
{
	uint64_t want = (uint64_t)queue->n + n, room = queue->room ? queue->room : ROOM_MIN;
	struct sample *grown;
	uint32_t to_end;

	if (want > queue->max)
		want = queue->max;
	while (room < want)
		room *= 2;
	if (room == queue->room || room > UINT32_MAX / 2)
		return;
	grown = malloc(room * sizeof(*grown));
	if (!grown)
		return;
	to_end = queue->room - queue->first;
	if (to_end > queue->n)
		to_end = queue->n;
	if (queue->n) {
		memcpy(grown, queue->samples + queue->first, to_end * sizeof(*grown));
		memcpy(grown + to_end, queue->samples, (queue->n - to_end) * sizeof(*grown));
	}
	free(queue->samples);
	queue->samples = grown;
	queue->room = (uint32_t)room;
	queue->first = 0;
}

uint64_t queue_push(struct queue *queue, const struct sample *samples, uint32_t n)
{
	uint64_t forgotten = 0;
	uint32_t room;

	grow(queue, n);
	room = queue->room < queue->max ? queue->room : queue->max;
	if (n > room) {
		forgotten = n - room;
		samples += n - room;
		n = room;
	}
	if (queue->n + n > room) {
		uint32_t over = queue->n + n - room;

		forgotten += over;
		queue_drop(queue, over);
	}
	for (uint32_t i = 0; i < n; i++)
		queue->samples[(queue->first + queue->n + i) & (queue->room - 1)] = samples[i];
	queue->n += n;
	return forgotten;
}

uint32_t queue_peek(const struct queue *queue, uint32_t skip, const struct sample **ret)
{
	uint32_t at, n = queue->n - skip;

	if (!n)
		return 0;
	at = (queue->first + skip) & (queue->room - 1);
	*ret = queue->samples + at;
	return n < queue->room - at ? n : queue->room - at;
}

void queue_drop(struct queue *queue, uint32_t n)
{
	if (n)
		queue->first = (queue->first + n) & (queue->room - 1);
	queue->n -= n;
}
