// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The store follows the configuration; what came by the API stays. */
#include "cmd/reconcile.c"

#include "domain/kind.h"

#include "../tap.h"

static struct check make(const char *target, enum check_source source)
{
	struct check check;

	check_init(&check, &kind_icmp);
	check.target = strdup(target);
	check.source = (uint8_t)source;
	check_set_id(&check, NULL);
	return check;
}

static int count(void *arg, const struct check *check)
{
	unsigned *n = arg;

	n[check->source]++;
	return 0;
}

static unsigned stored(struct repository *r, enum check_source source)
{
	unsigned n[4] = { 0 };

	r->ops->each_check(r, count, n);
	return n[source];
}

int main(void)
{
	struct check config[3] = { make("198.18.0.1", CHECK_FROM_CONFIG),
				   make("198.18.0.2", CHECK_FROM_CONFIG),
				   make("198.18.0.9", CHECK_FROM_CONFIG) };
	struct check api = make("198.18.0.9", CHECK_FROM_API),
		     other = make("198.18.0.8", CHECK_FROM_API);
	struct reconciled all;
	struct repository *r;
	struct check back;

	memory_repository_new(&r);
	ok(!reconcile_checks(r, config, 2, &all) && all.n == 2,
	   "an empty store takes the configuration");
	ok(stored(r, CHECK_FROM_CONFIG) == 2, "durably");
	reconciled_clear(&all);
	r->ops->put_check(r, &api);
	r->ops->put_check(r, &other);
	r->ops->commit(r);
	ok(!reconcile_checks(r, config, 1, &all) && all.n == 3,
	   "one gone from the file, two of the API stay");
	ok(stored(r, CHECK_FROM_CONFIG) == 1 && stored(r, CHECK_FROM_API) == 2, "in the store too");
	reconciled_clear(&all);
	config[0].interval_ns *= 2;
	ok(!reconcile_checks(r, config, 3, &all) && all.n == 4,
	   "the file wins over the API's same check");
	ok(!r->ops->get_check(r, config[2].id, &back) && back.source == CHECK_FROM_CONFIG,
	   "and owns it");
	check_clear(&back);
	ok(!r->ops->get_check(r, config[0].id, &back) && back.interval_ns == config[0].interval_ns,
	   "a changed interval is kept");
	check_clear(&back);
	reconciled_clear(&all);
	r->ops->close(r);
	for (int i = 0; i < 3; i++)
		check_clear(&config[i]);
	check_clear(&api);
	check_clear(&other);
	return tap_done();
}
