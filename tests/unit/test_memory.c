// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The in-memory repository keeps the promises of repository.h. */
#include "domain/memory.c"

#include "domain/kind.h"

#include "../tap.h"

static int count(void *arg, const struct sample *sample)
{
	(*(unsigned *)arg)++;
	return sample->class == RESULT_LATE ? 7 : 0;
}

static int none(void *arg, const struct check *check)
{
	(void)check;
	(*(unsigned *)arg)++;
	return 0;
}

int main(void)
{
	struct sample samples[3] = {
		{ .id = 5, .sent_wall_ns = 200, .attempt = 1, .class = RESULT_LOST },
		{ .id = 5, .sent_wall_ns = 100, .attempt = 0, .class = RESULT_OK, .rtt_ns = 9 },
		{ .id = 6, .sent_wall_ns = 100, .attempt = 0, .class = RESULT_OK },
	};
	struct sample late = { .id = 5, .attempt = 1, .kind = RESULT_AMEND, .rtt_ns = 99 };
	struct repository *r;
	struct check check, back;
	unsigned n = 0;

	ok(!memory_repository_new(&r), "made");
	check_init(&check, &kind_icmp);
	check.target = strdup("127.0.0.1");
	check_set_id(&check, NULL);
	ok(!r->ops->put_check(r, &check), "put");
	ok(r->ops->get_check(r, check.id, &back) == -ENOENT, "not there before the commit");
	ok(!r->ops->commit(r) && !r->ops->get_check(r, check.id, &back), "there after it");
	check_clear(&back);
	ok(!r->ops->append(r, samples, 3) && !r->ops->append(r, &late, 1), "append");
	ok(!r->ops->range(r, 5, 0, 1000, count, &n) && !n, "no sample before the commit");
	r->ops->commit(r);
	ok(r->ops->range(r, 5, 0, 1000, count, &n) == 7 && n == 2, "in order, amended, stopped");
	n = 0;
	r->ops->range(r, 5, 100, 200, count, &n);
	ok(n == 1, "[from, to)");
	r->ops->delete_check(r, check.id);
	r->ops->commit(r);
	n = 0;
	r->ops->each_check(r, none, &n);
	ok(!n, "deleted");
	check_clear(&check);
	r->ops->close(r);
	return tap_done();
}
