// SPDX-License-Identifier: GPL-2.0 OR MIT
/* reconcile.c - the contract is in reconcile.h. */
#include "cmd/reconcile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Checks by id, for look-ups. */
struct ids {
	const struct check **checks;
	uint32_t n;
};

static int by_id(const void *a, const void *b)
{
	const struct check *x = *(const struct check *const *)a,
			   *y = *(const struct check *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int ids_make(struct ids *ids, const struct check *checks, uint32_t n)
{
	ids->n = n;
	ids->checks = malloc((n + 1) * sizeof(*ids->checks));
	if (!ids->checks)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		ids->checks[i] = &checks[i];
	qsort(ids->checks, n, sizeof(*ids->checks), by_id);
	return 0;
}

static const struct check *ids_find(const struct ids *ids, uint64_t id)
{
	const struct check key = { .id = id }, *at = &key, **found;

	found = bsearch(&at, ids->checks, ids->n, sizeof(*ids->checks), by_id);
	return found ? *found : NULL;
}

struct stored {
	struct check *checks;
	uint32_t n, room;
};

static int append(struct stored *list, const struct check *check)
{
	uint32_t room = list->room ? list->room * 2 : 256;
	struct check *grown;
	int err;

	if (list->n == list->room) {
		grown = realloc(list->checks, room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->checks = grown;
		list->room = room;
	}
	err = check_copy(&list->checks[list->n], check);
	list->n += !err;
	return err;
}

static int collect(void *arg, const struct check *check)
{
	return append(arg, check);
}

static void stored_clear(struct stored *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		check_clear(&list->checks[i]);
	free(list->checks);
}

static int is_same(const struct check *a, const struct check *b)
{
	uint8_t x[CHECK_ENCODED_MAX], y[CHECK_ENCODED_MAX];
	int len = check_encode(a, x, sizeof(x));

	return len > 0 && check_encode(b, y, sizeof(y)) == len && !memcmp(x, y, (size_t)len);
}

/* What the store must forget or take over; API checks that stay are appended to @keep. */
static int compare_stored(struct repository *r, const struct stored *stored,
			  const struct ids *configured, struct stored *keep)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < stored->n; i++) {
		const struct check *check = &stored->checks[i];

		if (ids_find(configured, check->id))
			continue;
		if (check->source == CHECK_FROM_API)
			err = append(keep, check);
		else
			err = r->ops->delete_check(r, check->id);
	}
	return err;
}

static int put_changed(struct repository *r, const struct check *configured, uint32_t n,
		       const struct ids *stored)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < n; i++) {
		const struct check *old = ids_find(stored, configured[i].id);

		if (!old || !is_same(old, &configured[i]))
			err = r->ops->put_check(r, &configured[i]);
	}
	return err;
}

int reconcile_checks(struct repository *r, const struct check *configured, uint32_t n,
		     struct reconciled *ret)
{
	struct stored stored = { .n = 0 }, all = { .n = 0 };
	struct ids stored_ids = { .n = 0 }, configured_ids = { .n = 0 };
	int err = r->ops->each_check(r, collect, &stored);

	if (!err)
		err = ids_make(&stored_ids, stored.checks, stored.n);
	if (!err)
		err = ids_make(&configured_ids, configured, n);
	for (uint32_t i = 0; !err && i < n; i++)
		err = append(&all, &configured[i]);
	if (!err)
		err = compare_stored(r, &stored, &configured_ids, &all);
	if (!err)
		err = put_changed(r, configured, n, &stored_ids);
	if (!err)
		err = r->ops->commit(r);
	free(stored_ids.checks);
	free(configured_ids.checks);
	stored_clear(&stored);
	if (err) {
		stored_clear(&all);
		return err;
	}
	ret->checks = all.checks;
	ret->n = all.n;
	return 0;
}

void reconciled_clear(struct reconciled *r)
{
	stored_clear(&(struct stored){ .checks = r->checks, .n = r->n });
	*r = (struct reconciled){ .n = 0 };
}
