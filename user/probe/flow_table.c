// SPDX-License-Identifier: GPL-2.0 OR MIT
/* flow_table.c - the contract is in flow_table.h. */
#include "probe/flow_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_FLOWS 1024u

struct flows {
	struct flow **blocks; /* NULL where nothing was ever used */
	uint32_t nblocks, used;
};

int flows_new(struct flows **ret)
{
	struct flows *flows = calloc(1, sizeof(*flows));

	if (!flows)
		return -ENOMEM;
	*ret = flows;
	return 0;
}

void flows_free(struct flows *flows)
{
	if (!flows)
		return;
	for (uint32_t i = 0; i < flows->nblocks; i++)
		free(flows->blocks[i]);
	free(flows->blocks);
	free(flows);
}

/* Make the directory reach @block. */
static int reach(struct flows *flows, uint32_t block)
{
	struct flow **blocks;
	uint32_t want = flows->nblocks ? flows->nblocks : 1;

	if (block < flows->nblocks)
		return 0;
	while (want <= block)
		want *= 2;
	blocks = realloc(flows->blocks, want * sizeof(struct flow *));
	if (!blocks)
		return -ENOMEM;
	memset(blocks + flows->nblocks, 0, (want - flows->nblocks) * sizeof(struct flow *));
	flows->blocks = blocks;
	flows->nblocks = want;
	return 0;
}

int flows_add(struct flows *flows, uint32_t index, struct flow **ret)
{
	uint32_t block = index / BLOCK_FLOWS;
	struct flow *flow;

	if (index > FLOW_INDEX_MAX)
		return -EINVAL;
	if (reach(flows, block))
		return -ENOMEM;
	if (!flows->blocks[block])
		flows->blocks[block] = calloc(BLOCK_FLOWS, sizeof(struct flow));
	if (!flows->blocks[block])
		return -ENOMEM;
	flow = &flows->blocks[block][index % BLOCK_FLOWS];
	if (flow->is_used)
		return -EEXIST;
	*flow = (struct flow){ .is_used = 1 };
	flows->used++;
	*ret = flow;
	return 0;
}

struct flow *flows_get(const struct flows *flows, uint32_t index)
{
	uint32_t block = index / BLOCK_FLOWS;
	struct flow *flow;

	if (block >= flows->nblocks || !flows->blocks[block])
		return NULL;
	flow = &flows->blocks[block][index % BLOCK_FLOWS];
	return flow->is_used ? flow : NULL;
}

void flows_remove(struct flows *flows, uint32_t index)
{
	struct flow *flow = flows_get(flows, index);

	if (!flow)
		return;
	flow->is_used = 0;
	flows->used--;
}

uint32_t flows_limit(const struct flows *flows)
{
	return flows->nblocks * BLOCK_FLOWS;
}

uint32_t flows_used(const struct flows *flows)
{
	return flows->used;
}
