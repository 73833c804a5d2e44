// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_flow_table.c - dense and far indices, reuse, and pointers that stay. */
#include "probe/flow_table.c"

#include "../tap.h"

int main(void)
{
	struct flow *flow, *first;
	struct flows *flows;
	int all = 1;

	ok(!flows_new(&flows) && !flows_get(flows, 0) && !flows_limit(flows), "an empty table");
	ok(!flows_add(flows, 3, &first) && flows_get(flows, 3) == first && first->is_used,
	   "a flow is where it was added");
	ok(!flows_get(flows, 2) && !flows_get(flows, 4) && !flows_get(flows, UINT32_MAX),
	   "and nowhere else");
	ok(flows_add(flows, 3, &flow) == -EEXIST, "an index has one tenant");
	ok(flows_add(flows, FLOW_INDEX_MAX + 1, &flow) == -EINVAL, "indices have an end");
	first->generation = 9;
	for (uint32_t i = 1000; i < 101000; i++)
		all &= !flows_add(flows, i, &flow) && !flow->generation;
	ok(all && flows_get(flows, 3) == first && first->generation == 9,
	   "100,000 more do not move the first");
	ok(flows_used(flows) == 100001 && flows_limit(flows) >= 101000, "and are counted");
	flows_remove(flows, 3);
	flows_remove(flows, 3);
	flows_remove(flows, 5000000);
	ok(!flows_get(flows, 3) && flows_used(flows) == 100000, "removing twice does no harm");
	ok(!flows_add(flows, 3, &flow) && flow == first && !flow->generation,
	   "the next tenant begins empty");
	ok(!flows_add(flows, FLOW_INDEX_MAX, &flow), "the last index works");
	ok(sizeof(struct flow) <= 128, "a flow takes %zu bytes", sizeof(struct flow));
	flows_free(flows);
	flows_free(NULL);
	return tap_done();
}
