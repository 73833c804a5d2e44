// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The histogram against sorted values. */
#include "base/hist.c"

#include <stdlib.h>

#include "base/random.h"

#include "../tap.h"

#define N 20000

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int main(void)
{
	static struct hist h, half, all;
	static uint64_t values[N];
	struct random_pool pool = { .left = 0 };
	static const double qs[] = { 0, .01, .5, .9, .99, .999, 1 };

	ok(hist_quantile(&h, .5) == 0, "of nothing: 0");
	for (int i = 0; i < N; i++) {
		values[i] = random_u64(&pool) >> (random_u64(&pool) % 60);
		hist_add(i % 2 ? &h : &half, values[i]);
		hist_add(&all, values[i]);
	}
	hist_merge(&h, &half);
	ok(!memcmp(&h, &all, sizeof(h)), "merging is exact");
	qsort(values, N, sizeof(*values), ascending);
	for (unsigned i = 0; i < sizeof(qs) / sizeof(qs[0]); i++) {
		uint64_t want = values[(size_t)(qs[i] * (N - 1) + .5)],
			 got = hist_quantile(&h, qs[i]);
		uint64_t off = got > want ? got - want : want - got;

		ok(off <= want / 64 + 1, "quantile %g within 1/64", qs[i]);
	}
	ok(h.min == values[0] && h.max == values[N - 1], "min and max are exact");
	hist_reset(&h);
	hist_add(&h, UINT64_MAX);
	ok(hist_quantile(&h, 1) == UINT64_MAX, "the largest value has a bucket");
	return tap_done();
}
