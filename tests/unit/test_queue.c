// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The queue keeps the newest in order, through growth and wrap-around, and counts what goes. */
#include "store/queue.c"

#include "base/random.h"

#include "../tap.h"

/* What the queue should hold: attempts [first, next). */
static int holds(const struct queue *q, uint32_t first, uint32_t next)
{
	const struct sample *part;
	uint32_t at = 0, n;

	if (q->n != next - first)
		return 0;
	while ((n = queue_peek(q, at, &part)))
		for (uint32_t i = 0; i < n; i++)
			if (part[i].attempt != first + at++)
				return 0;
	return at == q->n;
}

static void run(uint32_t max)
{
	struct random_pool pool = { .left = 0 };
	static struct sample samples[3000];
	uint32_t first = 0, next = 0;
	uint64_t gone = 0, dropped = 0;
	struct queue q;
	int right = 1;

	queue_init(&q, max);
	for (int i = 0; i < 3000; i++) {
		uint32_t n = (uint32_t)(random_u64(&pool) % (i % 100 ? 300 : 3000));

		if (random_u64(&pool) % 3) {
			for (uint32_t s = 0; s < n; s++)
				samples[s].attempt = next + s;
			gone += queue_push(&q, samples, n);
			next += n;
			if (next - first > max)
				first = next - max;
		} else {
			n = n < q.n ? n : q.n;
			queue_drop(&q, n);
			dropped += n;
			first += n;
		}
		right &= holds(&q, first, next) && gone + dropped == first;
	}
	ok(right && gone, "at most %u: in order, the newest, %lu counted as gone", max, gone);
	queue_clear(&q);
}

int main(void)
{
	struct sample one = { .attempt = 1 };
	const struct sample *part;
	struct queue q;

	queue_init(&q, 100);
	ok(!queue_peek(&q, 0, &part), "empty");
	ok(!queue_push(&q, &one, 1) && queue_peek(&q, 0, &part) == 1 && part->attempt == 1, "one");
	queue_clear(&q);
	run(1);
	run(100);
	run(1000);
	run(5000);
	return tap_done();
}
