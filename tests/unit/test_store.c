// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The LMDB repository keeps what repository.h and store.h promise. */
#include "store/store.c"

#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "base/random.h"
#include "domain/kind.h"
#include "store/chunk.h"

#include "../tap.h"

#define BASE_NS 1767323045000000000ll

struct list {
	struct sample *at;
	size_t n, room;
};

static char dir[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void clean(void)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct repository *open_at(uint64_t bytes, int read_only, int *ret_err, char *notice)
{
	struct store_options options = { dir, bytes, read_only };
	struct repository *r = NULL;
	char text[512];

	*ret_err = store_open(&r, &options, notice ? notice : text, sizeof(text));
	return *ret_err ? NULL : r;
}

static int keep(void *arg, const struct sample *sample)
{
	struct list *list = arg;

	if (list->n == list->room) {
		list->room = list->room ? list->room * 2 : 256;
		list->at = realloc(list->at, list->room * sizeof(*list->at));
	}
	list->at[list->n++] = *sample;
	return 0;
}

static int count_checks(void *arg, const struct check *check)
{
	(*(unsigned *)arg)++;
	return !strcmp(check->name, "stop here") ? 42 : 0;
}

static int stop_at_second(void *arg, const struct sample *sample)
{
	(void)sample;
	return ++*(int *)arg == 2 ? 23 : 0;
}

static void make_check(struct check *check, unsigned i)
{
	char target[32];

	snprintf(target, sizeof(target), "198.18.%u.%u", i >> 8 & 255, i & 255);
	check_init(check, &kind_icmp);
	check->target = strdup(target);
	check->name = strdup(target);
	check_set_label(check, "role", "router");
	check_set_id(check, NULL);
}

static void test_checks(void)
{
	struct check check, back;
	struct repository *r;
	unsigned n = 0;
	uint32_t epoch = 0, next = 0;
	int err;

	r = open_at(0, 0, &err, NULL);
	ok(r && !err, "an empty directory becomes a store");
	ok(!store_next_epoch(r, &epoch) && epoch == 1, "the first epoch is 1");
	make_check(&check, 1);
	ok(!r->ops->put_check(r, &check), "put");
	ok(r->ops->get_check(r, check.id, &back) == -ENOENT, "not there before the commit");
	ok(!r->ops->commit(r) && !r->ops->get_check(r, check.id, &back), "there after it");
	ok(!strcmp(back.target, check.target) && back.nlabels == 1 && back.id == check.id,
	   "with its fields");
	check_clear(&back);
	for (unsigned i = 2; i <= 500; i++) {
		struct check more;

		make_check(&more, i);
		r->ops->put_check(r, &more);
		check_clear(&more);
	}
	ok(!r->ops->commit(r) && !r->ops->each_check(r, count_checks, &n) && n == 500,
	   "500 checks are walked");
	r->ops->delete_check(r, check.id);
	r->ops->delete_check(r, 12345);
	ok(!r->ops->commit(r) && r->ops->get_check(r, check.id, &back) == -ENOENT,
	   "deleted; a check that never was can be deleted too");
	r->ops->close(r);

	r = open_at(0, 0, &err, NULL);
	n = 0;
	ok(r && !r->ops->each_check(r, count_checks, &n) && n == 499, "they survive a restart");
	ok(!store_next_epoch(r, &next) && next == 2, "the epoch grows");
	free(check.name);
	check.name = strdup("stop here");
	r->ops->put_check(r, &check);
	r->ops->commit(r);
	ok(r->ops->each_check(r, count_checks, &n) == 42, "a walk stops when it is told to");
	ok(!r->ops->commit(r), "a commit of nothing");
	check_clear(&check);
	r->ops->close(r);
	clean();
}

/* Attempts of a few checks, some lost and some of those amended later, packets beside them. */
static size_t make_history(struct sample *s, size_t n, struct random_pool *pool)
{
	size_t used = 0;

	for (unsigned i = 0; used + 2 < n; i++) {
		uint64_t dice = random_u64(pool);
		struct sample *close = &s[used++];

		*close = (struct sample){
			.id = 1 + dice % 5,
			.sent_wall_ns = BASE_NS + (int64_t)(random_u64(pool) % (7200 * NS_PER_SEC)),
			.attempt = i,
			.epoch = 1 + (dice >> 8) % 2,
			.class = dice & 0x10000 ? RESULT_OK : RESULT_LOST,
			.stamp = RESULT_STAMP_TC,
		};
		close->rtt_ns = close->class == RESULT_OK ? (int64_t)(dice >> 40) : 0;
		if (!(dice & 0xe0000)) /* years away: a clock that was wrong */
			close->sent_wall_ns =
				(int64_t)(dice >> 1) - (dice & 0x100000 ? BASE_NS : 0);
		if (close->class == RESULT_LOST && dice & 0x200000) {
			s[used] = *close;
			s[used].kind = RESULT_AMEND;
			s[used].rtt_ns = 4000000000;
			s[used].sent_wall_ns += (int64_t)(dice % 1000);
			s[used++].ttl = 9;
		} else if (dice & 0x400000) {
			s[used] = *close;
			s[used].kind = RESULT_PACKET;
			s[used++].class = RESULT_DUPLICATE;
		}
	}
	return used;
}

static int is_same(struct repository *a, struct repository *b, uint64_t id, int64_t from,
		   int64_t to, size_t *total)
{
	struct list left = { 0 }, right = { 0 };
	int same = !a->ops->range(a, id, from, to, keep, &left) &&
		   !b->ops->range(b, id, from, to, keep, &right) && left.n == right.n &&
		   (!left.n || !memcmp(left.at, right.at, left.n * sizeof(*left.at)));

	*total += left.n;
	if (!same)
		printf("# id %lu [%ld, %ld): %zu here, %zu in memory\n", id, from, to, left.n,
		       right.n);
	free(left.at);
	free(right.at);
	return same;
}

static void test_against_memory(void)
{
	static struct sample history[6000];
	struct random_pool pool = { .left = 0 };
	size_t n = make_history(history, 6000, &pool), total = 0;
	struct repository *r, *model;
	int err, same = 1;

	r = open_at(0, 0, &err, NULL);
	memory_repository_new(&model);
	for (size_t at = 0, part; at < n; at += part) {
		part = 1 + random_u64(&pool) % 1500;
		part = part < n - at ? part : n - at;
		r->ops->append(r, history + at, part);
		model->ops->append(model, history + at, part);
		same &= !r->ops->commit(r) && !model->ops->commit(model);
	}
	ok(same, "thousands of samples in commits of any size");
	for (int i = 0; i < 2000; i++) {
		int64_t from = BASE_NS - 600 * NS_PER_SEC +
			       (int64_t)(random_u64(&pool) % (8400 * NS_PER_SEC));
		int64_t to = from + (int64_t)(random_u64(&pool) %
					      (i % 2 ? 3600 * NS_PER_SEC : NS_PER_SEC));

		if (i % 50 == 0)
			from = i % 100 ? INT64_MIN : 0, to = INT64_MAX;
		if (i % 50 == 1) /* to the edge of a sample */
			from = history[(size_t)i % n].sent_wall_ns;
		if (i % 50 == 3)
			to = history[(size_t)i % n].sent_wall_ns;
		same &= is_same(r, model, (uint64_t)i % 7, from, to, &total);
	}
	ok(same && total > 10000,
	   "2,000 ranges are what the in-memory repository says (%zu samples)", total);
	r->ops->close(r);
	r = open_at(0, 0, &err, NULL);
	for (uint64_t id = 0; r && id < 7; id++)
		same &= is_same(r, model, id, INT64_MIN, INT64_MAX, &total);
	ok(r && same, "and so they are after a restart");
	err = 0;
	ok(r->ops->range(r, 1, 0, INT64_MAX, stop_at_second, &err) == 23 && err == 2,
	   "a range stops when it is told to");
	r->ops->append(r, history, 1);
	r->ops->append(r, history, 1);
	ok(!r->ops->commit(r) && is_same(r, model, history[0].id, INT64_MIN, INT64_MAX, &total),
	   "an attempt that was written again comes once");
	model->ops->close(model);
	r->ops->close(r);
	clean();
}

static void test_second_open(void)
{
	struct store_options options = { .dir = dir };
	char notice[256];
	struct repository *r, *second;
	int err, status;
	pid_t child;

	r = open_at(0, 0, &err, notice);
	ok(r && !*notice, "nothing to tell");
	ok(store_open(&second, &options, notice, sizeof(notice)) == -EBUSY && *notice,
	   "a second open in this process is refused: %s", notice);
	options.read_only = 1;
	ok(store_open(&second, &options, notice, sizeof(notice)) == -EBUSY,
	   "even to read: LMDB must not be opened twice in a process");
	child = fork();
	if (!child) {
		options.read_only = 0;
		_exit(store_open(&second, &options, notice, sizeof(notice)) == -EBUSY ? 0 : 1);
	}
	waitpid(child, &status, 0);
	ok(!status, "and in another process");
	child = fork();
	if (!child) {
		options.read_only = 1;
		err = store_open(&second, &options, notice, sizeof(notice));
		_exit(err ? 1 : second->ops->used_bytes(second) ? 0 : 2);
	}
	waitpid(child, &status, 0);
	ok(!status, "another process may read");
	r->ops->close(r);
	r = open_at(0, 0, &err, NULL);
	ok(r != NULL, "closed, it can be opened again");
	r->ops->close(r);
	clean();
	ok(!open_at(0, 1, &err, notice) && err == -ENOENT, "nothing to read: %s", notice);
}

static void test_newer(const char *name)
{
	const char *const names[] = { "meta", NULL };
	struct env env = { 0 };
	struct repository *r;
	char path[128], notice[512];
	MDB_txn *txn;
	int err;

	r = open_at(0, 0, &err, NULL);
	r->ops->close(r);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	env_open(&env, path, names, 1 << 20, 0);
	env_write(&env, &txn);
	env_put_number(&env, txn, "format", ENV_FORMAT + 1);
	mdb_txn_commit(txn);
	env_close(&env);
	ok(!open_at(0, 0, &err, notice) && err == -EPROTONOSUPPORT, "a newer %s: %s", name, notice);
	ok(!open_at(0, 1, &err, notice) && err == -EPROTONOSUPPORT, "not to read it either");
	snprintf(path, sizeof(path), "ls %s | grep -q bad", dir);
	ok(system(path) != 0, "it is not set aside");
	clean();
}

static void test_full_map(void)
{
	static struct sample samples[1000];
	struct list list = { 0 };
	struct repository *r;
	uint32_t attempt = 0, kept = 0;
	int err, commits = 400, failed = 0;

	r = open_at(1 << 20, 0, &err, NULL);
	for (int c = 0; c < commits; c++) {
		for (int i = 0; i < 1000; i++, attempt++)
			samples[i] =
				(struct sample){ .id = 9,
						 .attempt = attempt,
						 .sent_wall_ns = BASE_NS + attempt * NS_PER_MS };
		r->ops->append(r, samples, 1000);
		failed += r->ops->commit(r) != 0;
	}
	ok(!failed, "a map of 1 MiB takes 400 commits of 32 KB");
	ok(!r->ops->range(r, 9, 0, INT64_MAX, keep, &list), "and can be read");
	for (size_t i = 0; i < list.n; i++)
		kept += list.at[i].attempt == attempt - list.n + i;
	ok(list.n > 10000 && kept == list.n, "the newest are there: %zu of %u", list.n, attempt);
	ok(store_expired(r) == attempt - list.n, "the others are counted: %lu", store_expired(r));
	ok(r->ops->used_bytes(r) <= (1 << 20) * 9 / 10, "it stays below its mark");
	for (int c = 0; c < 20; c++)
		r->ops->append(r, samples, 1000);
	ok(r->ops->commit(r) == -ENOSPC, "more than a quarter of the map at once is refused");
	list.n = 0;
	r->ops->range(r, 9, 0, INT64_MAX, keep, &list);
	ok(list.n == kept, "which costs none of the history");
	r->ops->append(r, samples, 1);
	ok(!r->ops->commit(r), "and the next commit works");
	free(list.at);
	r->ops->close(r);
	r = open_at(1 << 20, 0, &err, NULL);
	ok(r != NULL, "the file is found good after all that deleting");
	r->ops->close(r);
	clean();
}

static void test_directory(void)
{
	struct repository *r;
	char notice[512], path[128];
	struct stat st;
	int err;

	mkdir(dir, 0755);
	r = open_at(0, 0, &err, NULL);
	ok(r && !stat(dir, &st) && (st.st_mode & 0777) == 0700, "the directory is ours alone");
	r->ops->close(r);
	snprintf(path, sizeof(path), "%s/lock", dir);
	remove(path);
	ok(!symlink("/dev/null", path) && !open_at(0, 0, &err, notice) && err == -ELOOP,
	   "a lock that is a link is not followed: %s", notice);
	clean();
	ok(!mknod(dir, S_IFREG | 0600, 0) && !open_at(0, 0, &err, notice) && err == -ENOTDIR,
	   "a file instead of the directory: %s", notice);
	remove(dir);
	strcat(dir, "/a/b");
	ok(!open_at(0, 0, &err, notice) && err == -ENOENT, "no parent: %s", notice);
	*strstr(dir, "/a/b") = 0;
}

/* One of 10,000 checks over ten minutes, a commit a second. Printed, not judged. */
static void show_speed(void)
{
	struct list list = { 0 };
	struct sample *samples = calloc(10000, sizeof(*samples));
	struct repository *r;
	int64_t start_ns, in_ns, out_ns;
	int err;

	r = open_at(0, 0, &err, NULL);
	start_ns = clock_now_ns();
	for (int second = 0; second < 600; second++) {
		for (unsigned i = 0; i < 10000; i++)
			samples[i] =
				(struct sample){ .id = (i + 1) * 0x9e3779b97f4a7c15ull,
						 .sent_wall_ns =
							 BASE_NS + second * NS_PER_SEC + i * 100000,
						 .attempt = (uint32_t)second,
						 .rtt_ns = 20000 + i,
						 .epoch = 1 };
		r->ops->append(r, samples, 10000);
		r->ops->commit(r);
	}
	in_ns = clock_now_ns() - start_ns;
	start_ns = clock_now_ns();
	r->ops->range(r, samples[5000].id, BASE_NS, BASE_NS + 600 * NS_PER_SEC, keep, &list);
	out_ns = clock_now_ns() - start_ns;
	printf("# 6,000,000 samples in 600 synced commits: %.2f M/s, %.1f bytes each; one check of "
	       "10,000 over 10 minutes: %zu samples in %.2f ms\n",
	       6e9 / (double)in_ns, (double)r->ops->used_bytes(r) / 6e6, list.n,
	       (double)out_ns / 1e6);
	free(list.at);
	free(samples);
	r->ops->close(r);
	clean();
}

int main(void)
{
	snprintf(dir, sizeof(dir), "/var/tmp/sonde-test-store-%d", getpid());
	clean();
	test_checks();
	test_against_memory();
	test_second_open();
	test_newer("registry");
	test_newer("journal");
	test_full_map();
	test_directory();
	show_speed();
	clean();
	return tap_done();
}
