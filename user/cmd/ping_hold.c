// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * ping_hold.c - the contract is in ping_hold.h.
 *
 * A ring of entries numbered from 1 on for ever. Each names the one of its target before it, so a
 * target's entries form a chain that ends where the ring's oldest entry has passed.
 */
#include "cmd/ping_hold.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_ROOM 256

struct held {
	struct result result;
	int64_t until_ns;
	uint64_t before; /* number of its target's entry before this one, 0 none */
	int is_taken;
};

struct ping_hold {
	struct held *ring;
	uint64_t room;         /* a power of two */
	uint64_t oldest, next; /* numbers; the ring holds oldest..next - 1 */
	uint64_t *last;        /* by target: number of its newest entry, 0 none */
	int64_t for_ns;
};

int ping_hold_new(struct ping_hold **ret, uint32_t targets, int64_t for_ns)
{
	struct ping_hold *hold = calloc(1, sizeof(*hold));

	if (!hold)
		return -ENOMEM;
	hold->room = FIRST_ROOM;
	hold->oldest = hold->next = 1;
	hold->for_ns = for_ns;
	hold->ring = calloc(hold->room, sizeof(*hold->ring));
	hold->last = calloc(targets ? targets : 1, sizeof(*hold->last));
	if (!hold->ring || !hold->last) {
		ping_hold_free(hold);
		return -ENOMEM;
	}
	*ret = hold;
	return 0;
}

void ping_hold_free(struct ping_hold *hold)
{
	if (!hold)
		return;
	free(hold->ring);
	free(hold->last);
	free(hold);
}

static struct held *entry(const struct ping_hold *hold, uint64_t number)
{
	return &hold->ring[number & (hold->room - 1)];
}

static int grow(struct ping_hold *hold)
{
	struct ping_hold wider = *hold;

	wider.room *= 2;
	wider.ring = calloc(wider.room, sizeof(*wider.ring));
	if (!wider.ring)
		return -ENOMEM;
	for (uint64_t i = hold->oldest; i < hold->next; i++)
		*entry(&wider, i) = *entry(hold, i);
	free(hold->ring);
	*hold = wider;
	return 0;
}

int ping_hold_add(struct ping_hold *hold, const struct result *result, int64_t now_ns)
{
	if (hold->next - hold->oldest == hold->room && grow(hold))
		return -ENOMEM;
	*entry(hold, hold->next) = (struct held){
		.result = *result,
		.until_ns = now_ns + hold->for_ns,
		.before = hold->last[result->flow],
	};
	hold->last[result->flow] = hold->next++;
	return 0;
}

int ping_hold_take(struct ping_hold *hold, uint32_t flow, uint32_t attempt)
{
	uint64_t number = hold->last[flow];

	while (number >= hold->oldest) {
		struct held *held = entry(hold, number);

		if (held->result.attempt == attempt && !held->is_taken) {
			held->is_taken = 1;
			return 1;
		}
		number = held->before;
	}
	return 0;
}

int ping_hold_next(struct ping_hold *hold, int64_t now_ns, struct result *ret)
{
	while (hold->oldest < hold->next) {
		struct held *held = entry(hold, hold->oldest);

		if (!held->is_taken && held->until_ns > now_ns)
			return 0;
		hold->oldest++;
		if (held->is_taken)
			continue;
		*ret = held->result;
		return 1;
	}
	return 0;
}
