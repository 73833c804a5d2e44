// SPDX-License-Identifier: GPL-2.0 OR MIT
/* store.c - checks and results in LMDB; the contract is in store.h. */
#include "store/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/datadir.h"
#include "store/journal.h"
#include "store/range.h"
#include "store/catalog.h"
#include "store/verify.h"

struct store {
	struct repository repository;
	struct catalog catalog;
	struct journal journal;
	int lock_fd;
};

/* Where store_open() puts its sentences. */
struct notice {
	char *text;
	unsigned room;
};

static struct store *of(struct repository *r)
{
	return (struct store *)r;
}

__attribute__((format(printf, 2, 3))) static void say(struct notice *notice, const char *format,
						      ...)
{
	size_t len = strlen(notice->text);
	va_list ap;

	if (len && len + 2 < notice->room)
		notice->text[len++] = ' ';
	va_start(ap, format);
	vsnprintf(notice->text + len, notice->room - len, format, ap);
	va_end(ap);
}

static int store_put_check(struct repository *r, const struct check *check)
{
	return catalog_put(&of(r)->catalog, check);
}

static int store_delete_check(struct repository *r, uint64_t id)
{
	return catalog_delete(&of(r)->catalog, id);
}

static int store_append(struct repository *r, const struct sample *samples, size_t n)
{
	return journal_append(&of(r)->journal, samples, n);
}

/* Two environments, two transactions: when the first fails, the second is not tried. */
static int store_commit(struct repository *r)
{
	struct store *store = of(r);
	int err = catalog_commit(&store->catalog);

	if (err)
		store->journal.n = 0;
	return err ? err : journal_commit(&store->journal);
}

static int store_each_check(struct repository *r, repository_check_fn fn, void *arg)
{
	return catalog_each(&of(r)->catalog, fn, arg);
}

static int store_get_check(struct repository *r, uint64_t id, struct check *ret)
{
	return catalog_get(&of(r)->catalog, id, ret);
}

static int store_range(struct repository *r, uint64_t id, int64_t from_wall_ns, int64_t to_wall_ns,
		       repository_sample_fn fn, void *arg)
{
	return range_read(&of(r)->journal.env, id, from_wall_ns, to_wall_ns, fn, arg);
}

static uint64_t store_used_bytes(struct repository *r)
{
	uint64_t journal = 0, registry = 0;

	if (env_used_bytes(&of(r)->journal.env, &journal))
		journal = 0;
	if (env_used_bytes(&of(r)->catalog.env, &registry))
		registry = 0;
	return journal + registry;
}

static void store_close(struct repository *r)
{
	struct store *store = of(r);

	journal_close(&store->journal);
	catalog_close(&store->catalog);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	free(store);
}

static const struct repository_ops store_ops = {
	.put_check = store_put_check,
	.delete_check = store_delete_check,
	.append = store_append,
	.commit = store_commit,
	.each_check = store_each_check,
	.get_check = store_get_check,
	.range = store_range,
	.used_bytes = store_used_bytes,
	.close = store_close,
};

/* Look at an environment before LMDB does; a bad one gives way to an empty one. */
static int prepare(const char *dir, const char *name, verify_entry_fn fn, struct notice *notice)
{
	char path[ENV_PATH_MAX], why[160] = "", aside[128];
	int err = datadir_check_env(dir, name, why, sizeof(why));

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!err)
		err = verify_env(path, fn, why, sizeof(why));
	if (err == -EBADMSG) {
		err = datadir_set_aside(dir, name, aside, sizeof(aside));
		if (err)
			say(notice, "%s is damaged (%s) and cannot be renamed: %s.", path, why,
			    strerror(-err));
		else
			say(notice, "%s was damaged (%s), is now %s, and starts empty.", path, why,
			    aside);
	} else if (err) {
		say(notice, "%s cannot be used: %s.", path, *why ? why : strerror(-err));
	}
	return err ? err : datadir_make_env(dir, name);
}

static int open_both(struct store *store, const struct store_options *options,
		     struct notice *notice)
{
	char path[ENV_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/registry", options->dir);
	err = catalog_open(&store->catalog, path, options->read_only);
	if (!err) {
		snprintf(path, sizeof(path), "%s/journal", options->dir);
		err = journal_open(&store->journal, path, options->journal_bytes,
				   options->read_only);
	}
	if (err == -EPROTONOSUPPORT)
		say(notice, "%s was made by a newer sonde.", path);
	else if (err)
		say(notice, "%s cannot be opened: %s.", path, strerror(-err));
	return err;
}

static int open_store(struct store *store, const struct store_options *options,
		      struct notice *notice)
{
	int err = datadir_open(options->dir, options->read_only, &store->lock_fd, notice->text,
			       notice->room);

	if (!err && !options->read_only)
		err = prepare(options->dir, "registry", catalog_verify, notice);
	if (!err && !options->read_only)
		err = prepare(options->dir, "journal", journal_verify, notice);
	return err ? err : open_both(store, options, notice);
}

int store_open(struct repository **ret, const struct store_options *options, char *notice,
	       unsigned notice_bytes)
{
	struct notice sentences = { notice, notice_bytes };
	struct store *store;
	int err;

	*notice = 0;
	if (strlen(options->dir) > ENV_PATH_MAX - 32)
		return -ENAMETOOLONG;
	store = calloc(1, sizeof(*store));
	if (!store)
		return -ENOMEM;
	store->repository.ops = &store_ops;
	store->lock_fd = -1;
	err = open_store(store, options, &sentences);
	if (err)
		store_close(&store->repository);
	else
		*ret = &store->repository;
	return err;
}

int store_next_epoch(struct repository *repository, uint32_t *ret)
{
	return catalog_next_epoch(&of(repository)->catalog, ret);
}

uint64_t store_expired(struct repository *repository)
{
	return atomic_load_explicit(&of(repository)->journal.expired, memory_order_relaxed);
}
