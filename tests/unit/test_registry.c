// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Rows and ids against a naive model; ids are chosen to collide in the table. */
#include "judge/registry.c"

#include "base/random.h"
#include "domain/kind.h"

#include "../tap.h"

#define ROWS 512

static struct check *make(uint64_t id)
{
	struct check *check = calloc(1, sizeof(*check));

	check_init(check, &kind_icmp);
	check->target = strdup("127.0.0.1");
	check->id = id;
	return check;
}

static void discard(struct check *check)
{
	check_clear(check);
	free(check);
}

static void test_model(void)
{
	struct random_pool pool = { .left = 0 };
	uint8_t there[1024] = { 0 };
	struct registry *r;
	uint32_t index, have = 0, wrong = 0;

	registry_new(&r, ROWS);
	for (int step = 0; step < 100000; step++) {
		uint64_t n = random_u64(&pool) % 1024;
		/* 1,024 ids that share 64 home places */
		uint64_t id = (n << 32 | (n % 64)) + 1;

		if (there[n]) {
			wrong += registry_find(r, id, &index) ||
				 registry_at(r, index)->check->id != id;
			registry_remove(r, index);
			there[n] = 0;
			have--;
		} else {
			struct check *check = make(id);
			int err = registry_add(r, check, &index);

			wrong += err != (have == ROWS ? -ENOSPC : 0);
			there[n] = !err;
			have += !err;
			if (err)
				discard(check);
		}
		wrong += registry_count(r) != have;
	}
	for (uint64_t n = 0; n < 1024; n++)
		wrong += there[n] != !registry_find(r, (n << 32 | (n % 64)) + 1, &index);
	ok(!wrong, "100,000 adds and removes agree with the model");
	ok(registry_rate_nano(r) == have * 1000000000ull, "and so does the rate");
	registry_free(r);
}

static void test_tenants(void)
{
	struct check *again = make(7);
	struct registry *r;
	uint32_t a, b;

	registry_new(&r, 4);
	registry_add(r, make(7), &a);
	ok(registry_add(r, again, &b) == -EEXIST, "an id is there once");
	registry_remove(r, a);
	registry_add(r, again, &b);
	ok(a == b && registry_at(r, b)->generation == 2,
	   "a row's next tenant has its own generation");
	ok(!registry_at(r, 4), "no row beyond the table");
	registry_free(r);
}

int main(void)
{
	test_model();
	test_tenants();
	return tap_done();
}
