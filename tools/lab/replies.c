/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* replies.c - the heap of waiting replies. */
#include "replies.h"

#include <errno.h>
#include <stdlib.h>

#define ROOM_FIRST 1024

int replies_push(struct replies *replies, struct reply *reply)
{
	size_t i = replies->count, up;

	if (i == replies->room) {
		size_t room = replies->room ? replies->room * 2 : ROOM_FIRST;
		struct reply **heap = realloc(replies->heap, room * sizeof(*heap));

		if (!heap)
			return -ENOMEM;
		replies->heap = heap;
		replies->room = room;
	}
	replies->count++;
	for (; i; i = up) {
		up = (i - 1) / 2;
		if (replies->heap[up]->due_ns <= reply->due_ns)
			break;
		replies->heap[i] = replies->heap[up];
	}
	replies->heap[i] = reply;
	return 0;
}

struct reply *replies_first(const struct replies *replies)
{
	return replies->count ? replies->heap[0] : NULL;
}

struct reply *replies_pop(struct replies *replies)
{
	struct reply **heap = replies->heap, *first, *last;
	size_t i = 0, down;

	if (!replies->count)
		return NULL;
	first = heap[0];
	last = heap[--replies->count];
	while ((down = 2 * i + 1) < replies->count) {
		if (down + 1 < replies->count && heap[down + 1]->due_ns < heap[down]->due_ns)
			down++;
		if (last->due_ns <= heap[down]->due_ns)
			break;
		heap[i] = heap[down];
		i = down;
	}
	heap[i] = last;
	return first;
}

void replies_clear(struct replies *replies)
{
	free(replies->heap);
	*replies = (struct replies){ 0 };
}
