// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * kill -9 at any moment: every acknowledged commit is there, nothing is torn,
 * and the next start finds the files good. 60 times; DEEP=1: 1,000.
 */
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "domain/kind.h"
#include "store/store.h"

#include "../tap.h"

#define BASE_NS   1767323045000000000ll
#define IDS       20
#define MAP_BYTES (16ull << 20) /* small enough to reach the high-water mark */

/* What a child tells after a commit: everything below has been acknowledged. */
struct ack {
	uint32_t attempt; /* samples */
	uint32_t checks;  /* registered so far */
};

static char dir[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static struct sample sample_of(uint32_t attempt)
{
	return (struct sample){ .id = 1 + attempt % IDS,
				.attempt = attempt,
				.sent_wall_ns = BASE_NS + attempt * 1000000ll,
				.rtt_ns = 1000 + attempt,
				.ttl = (uint8_t)attempt,
				.epoch = 1 };
}

static struct repository *open_or_exit(char *notice, unsigned notice_bytes)
{
	struct store_options options = { dir, MAP_BYTES, 0 };
	struct repository *r;

	return store_open(&r, &options, notice, notice_bytes) ? NULL : r;
}

static void put_check(struct repository *r, uint32_t number)
{
	char target[32];
	struct check check;

	snprintf(target, sizeof(target), "198.18.%u.%u", number >> 8 & 255, number & 255);
	check_init(&check, &kind_icmp);
	check.target = strdup(target);
	check.name = strdup(target);
	check_set_id(&check, NULL);
	r->ops->put_check(r, &check);
	check_clear(&check);
}

/* Write until killed. */
static _Noreturn void write_for_ever(int out, struct ack from)
{
	struct random_pool pool = { .left = 0 };
	char notice[256];
	struct repository *r = open_or_exit(notice, sizeof(notice));

	if (!r || *notice)
		_exit(3);
	for (;;) {
		uint32_t n = 1 + (uint32_t)(random_u64(&pool) % 400);

		for (uint32_t i = 0; i < n; i++) {
			struct sample s = sample_of(from.attempt + i);

			r->ops->append(r, &s, 1);
		}
		if (n % 4 == 0)
			put_check(r, from.checks);
		if (r->ops->commit(r))
			_exit(4);
		from.attempt += n;
		from.checks += n % 4 == 0;
		if (write(out, &from, sizeof(from)) != sizeof(from))
			_exit(5);
	}
}

struct seen {
	uint8_t *attempts; /* one byte each, of the `room` first */
	uint32_t room, n, highest, wrong;
};

static int see(void *arg, const struct sample *sample)
{
	struct seen *seen = arg;
	struct sample right = sample_of(sample->attempt);

	if (memcmp(sample, &right, sizeof(right)) || sample->attempt >= seen->room ||
	    seen->attempts[sample->attempt]++)
		seen->wrong++;
	seen->n++;
	if (sample->attempt >= seen->highest)
		seen->highest = sample->attempt + 1;
	return 0;
}

static int count_checks(void *arg, const struct check *check)
{
	(void)check;
	(*(uint32_t *)arg)++;
	return 0;
}

/* Open as a start would, and compare. @ack becomes what is there. Return: is everything right? */
static int look(struct ack *ack, uint64_t *expired)
{
	struct seen seen = { .room = ack->attempt + 1000 };
	char notice[256] = "";
	struct repository *r = open_or_exit(notice, sizeof(notice));
	uint32_t checks = 0, gap = 0;
	int err = 0, right;

	if (!r || *notice) {
		printf("# cannot open: %s\n", notice);
		return 0;
	}
	seen.attempts = calloc(seen.room, 1);
	for (uint64_t id = 1; !err && id <= IDS; id++)
		err = r->ops->range(r, id, 0, INT64_MAX, see, &seen);
	err = err ?: r->ops->each_check(r, count_checks, &checks);
	/* The oldest may have gone at the high-water mark; in between nothing may be missing. */
	for (uint32_t i = seen.highest - seen.n; i < seen.highest; i++)
		gap += !seen.attempts[i];
	right = !err && !seen.wrong && !gap && seen.highest >= ack->attempt &&
		checks >= ack->checks && checks <= ack->checks + 1;
	if (!right)
		printf("# error %d, %u wrong, %u missing; up to %u of %u, checks %u of %u\n", err,
		       seen.wrong, gap, seen.highest, ack->attempt, checks, ack->checks);
	*expired = seen.highest - seen.n;
	*ack = (struct ack){ seen.highest, checks };
	free(seen.attempts);
	r->ops->close(r);
	return right;
}

/* Let a child write for a while, kill it, read what it acknowledged. Return: was it alive? */
static int kill_one(struct random_pool *pool, struct ack *ack)
{
	struct timespec wait = { .tv_nsec = (long)(random_u64(pool) % 40000000) };
	struct ack next;
	int ends[2], status;
	pid_t child;

	if (pipe(ends))
		return 0;
	child = fork();
	if (!child) {
		close(ends[0]);
		write_for_ever(ends[1], *ack);
	}
	close(ends[1]);
	nanosleep(&wait, NULL); /* the moment is what is tested, there is no event to await */
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	while (read(ends[0], &next, sizeof(next)) == sizeof(next))
		*ack = next;
	close(ends[0]);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

int main(void)
{
	unsigned cycles = getenv("DEEP") ? 1000 : 60, alive = 0, right = 0, commits = 0;
	struct random_pool pool = { .left = 0 };
	struct ack ack = { 0 };
	uint64_t expired = 0;

	snprintf(dir, sizeof(dir), "/var/tmp/sonde-test-kill-%d", getpid());
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	for (unsigned i = 0; i < cycles; i++) {
		uint32_t before = ack.attempt;

		alive += kill_one(&pool, &ack);
		commits += ack.attempt != before;
		right += look(&ack, &expired);
	}
	ok(alive == cycles, "%u children lived until they were killed", alive);
	ok(commits > cycles / 4, "%u of them had committed something, %u samples in all", commits,
	   ack.attempt);
	ok(right == cycles, "each time everything acknowledged was there, nothing torn");
	if (cycles == 1000)
		ok(expired, "%lu samples went at the high-water mark meanwhile", expired);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
