/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* ordinals.c - open addressing with linear probing, at most half full, never deleted from. */
#include "ordinals.h"

#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"

#define ROOM_FIRST 1024

static struct ordinal *find(const struct ordinals *ordinals, const struct addr *host)
{
	size_t mask = ordinals->room - 1, i = lab_throw(0, host->bytes, 0, 0) & mask;

	while (ordinals->slots[i].is_used &&
	       memcmp(ordinals->slots[i].host.bytes, host->bytes, sizeof(host->bytes)))
		i = (i + 1) & mask;
	return &ordinals->slots[i];
}

static int grow(struct ordinals *ordinals)
{
	struct ordinals grown = { .room = ordinals->room ? ordinals->room * 2 : ROOM_FIRST,
				  .count = ordinals->count };

	grown.slots = calloc(grown.room, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; i < ordinals->room; i++)
		if (ordinals->slots[i].is_used)
			*find(&grown, &ordinals->slots[i].host) = ordinals->slots[i];
	free(ordinals->slots);
	*ordinals = grown;
	return 0;
}

int ordinals_next(struct ordinals *ordinals, const struct addr *host, uint32_t *ret)
{
	struct ordinal *found;

	if (ordinals->count * 2 >= ordinals->room && grow(ordinals))
		return -ENOMEM;
	found = find(ordinals, host);
	if (!found->is_used) {
		*found = (struct ordinal){ .host = *host, .is_used = 1 };
		ordinals->count++;
	}
	*ret = found->next++;
	return 0;
}

void ordinals_clear(struct ordinals *ordinals)
{
	free(ordinals->slots);
	*ordinals = (struct ordinals){ 0 };
}
