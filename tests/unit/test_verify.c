// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Whatever has become of the files, the store opens, the caller lives, nothing
 * wrong is read, and what was there is kept beside.
 */
#include "store/verify.c"

#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/random.h"
#include "store/bytes.h"
#include "domain/kind.h"
#include "store/store.h"

#include "../tap.h"

#define SAMPLES 3000
#define BASE_NS 1767323045000000000ll
#define PAGE    4096
#define COMMITS 6

static char dir[64], file[128], good_file[128];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void clean(void)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct sample sample_of(unsigned i)
{
	return (struct sample){ .id = 1 + i % 50,
				.sent_wall_ns = BASE_NS + i * NS_PER_MS * 20,
				.attempt = i,
				.rtt_ns = 1000 + i,
				.epoch = 1 };
}

/* Some commits of samples and a check; the journal's file is kept as the pattern of what follows. */
static void make_store(void)
{
	struct store_options options = { .dir = dir };
	struct repository *r;
	struct check check;
	char notice[512], command[512];

	store_open(&r, &options, notice, sizeof(notice));
	check_init(&check, &kind_icmp);
	check.target = strdup("198.18.0.1");
	check.name = strdup("one");
	check_set_id(&check, NULL);
	r->ops->put_check(r, &check);
	check_clear(&check);
	for (unsigned i = 0; i < SAMPLES; i++) {
		struct sample s = sample_of(i);

		r->ops->append(r, &s, 1);
		if ((i + 1) % (SAMPLES / COMMITS) == 0)
			r->ops->commit(r);
	}
	r->ops->close(r);
	snprintf(command, sizeof(command), "cp %s %s", file, good_file);
	if (system(command))
		exit(1);
}

struct look {
	unsigned seen, wrong;
};

static int look(void *arg, const struct sample *sample)
{
	struct look *l = arg;
	struct sample right = sample_of(sample->attempt);

	l->seen++;
	l->wrong += memcmp(&right, sample, sizeof(right)) != 0;
	return 0;
}

static int count_checks(void *arg, const struct check *check)
{
	(void)check;
	(*(unsigned *)arg)++;
	return 0;
}

enum outcome {
	WHOLE,  /* everything is there */
	EMPTY,  /* set aside, starts empty */
	FAILED, /* anything else */
};

/* Open, read everything, write, read that, and say what was found. */
static enum outcome open_and_look(char *notice, size_t notice_bytes)
{
	struct store_options options = { .dir = dir };
	struct sample fresh = sample_of(SAMPLES);
	struct look l = { 0 };
	struct repository *r;
	unsigned checks = 0;
	int err;

	if (store_open(&r, &options, notice, (unsigned)notice_bytes))
		return FAILED;
	err = r->ops->each_check(r, count_checks, &checks);
	r->ops->append(r, &fresh, 1);
	err = err ?: r->ops->commit(r);
	for (uint64_t id = 1; id <= 50; id++)
		err = err ?: r->ops->range(r, id, 0, INT64_MAX, look, &l);
	r->ops->close(r);
	if (err || l.wrong)
		return FAILED;
	if (l.seen == SAMPLES + 1 && checks == 1 && !*notice)
		return WHOLE;
	return l.seen == 1 && checks == 1 && strstr(notice, ".bad-") ? EMPTY : FAILED;
}

static int has_bad(const char *name)
{
	char command[256];

	snprintf(command, sizeof(command), "ls -d %s/%s.bad-* >/dev/null 2>&1", dir, name);
	return !system(command);
}

static uint8_t *load(size_t *ret_len)
{
	FILE *in = fopen(good_file, "r");
	uint8_t *bytes;

	fseek(in, 0, SEEK_END);
	*ret_len = (size_t)ftell(in);
	rewind(in);
	bytes = malloc(*ret_len);
	if (fread(bytes, 1, *ret_len, in) != *ret_len)
		exit(1);
	fclose(in);
	return bytes;
}

/* The journal holds these bytes now; what was set aside before is forgotten. */
static void put(const uint8_t *bytes, size_t len)
{
	char command[256];
	FILE *out;

	snprintf(command, sizeof(command), "rm -rf %s/journal*; mkdir %s/journal", dir, dir);
	if (system(command))
		exit(1);
	out = fopen(file, "w");
	fwrite(bytes, 1, len, out);
	fclose(out);
}

static void expect(const uint8_t *bytes, size_t len, enum outcome wanted, const char *what)
{
	char notice[512] = "";
	enum outcome got;

	put(bytes, len);
	got = open_and_look(notice, sizeof(notice));
	ok(got == wanted && has_bad("journal") == (wanted == EMPTY) && !has_bad("registry"),
	   "%s: %s", what, *notice ? notice : "nothing to tell");
}

static void test_kinds(const uint8_t *good, size_t len)
{
	uint8_t *bytes = malloc(len + PAGE);
	size_t half = len / 2 / PAGE * PAGE;

	expect(good, len, WHOLE, "untouched");
	expect(good, half, EMPTY, "cut in the middle");
	expect(good, half + 100, EMPTY, "cut in the middle of a page");
	expect(good, 100, EMPTY, "cut to 100 bytes");
	expect(good, 1, EMPTY, "cut to one byte");
	memset(bytes, 0x5a, len);
	expect(bytes, len, EMPTY, "garbage");
	memset(bytes, 0, len);
	expect(bytes, len, EMPTY, "zeros");
	memcpy(bytes, good, len);
	memset(bytes, 0, PAGE);
	expect(bytes, len, EMPTY, "the first meta page zeroed");
	memcpy(bytes, good, len);
	memset(bytes + PAGE, 0, PAGE);
	expect(bytes, len, EMPTY, "the second meta page zeroed");
	memcpy(bytes, good, len);
	bytes_put_le(bytes + 40, 0, 4);
	expect(bytes, len, EMPTY, "a page size of 0");
	free(bytes);
}

/* Random damage in random places: either it does not matter, or it is seen. Never a wrong value. */
static void test_random(const uint8_t *good, size_t len, unsigned rounds)
{
	static const char *const kinds[] = { "bits flipped",        "a page zeroed",
					     "a page of garbage",   "a page header changed",
					     "two pages exchanged", "cut anywhere" };
	struct random_pool pool = { .left = 0 };
	uint8_t *bytes = malloc(len), page[PAGE];

	for (unsigned kind = 0; kind < 6; kind++) {
		unsigned whole = 0, set_aside = 0, failed = 0;

		for (unsigned i = 0; i < rounds; i++) {
			uint64_t dice = random_u64(&pool), pages = len / PAGE;
			size_t at = dice % pages * PAGE, other = (dice >> 32) % pages * PAGE;
			size_t cut = len;
			char notice[512];
			enum outcome got;

			memcpy(bytes, good, len);
			if (kind == 0)
				for (unsigned n = 1 + dice % 8; n--;)
					bytes[random_u64(&pool) % len] ^= (uint8_t)(1 << n);
			else if (kind == 1)
				memset(bytes + at, 0, PAGE);
			else if (kind == 2)
				random_bytes(bytes + at, PAGE);
			else if (kind == 3)
				bytes[at + random_u64(&pool) % 24] ^= (uint8_t)(1 + dice % 255);
			else if (kind == 4) {
				memcpy(page, bytes + at, PAGE);
				memcpy(bytes + at, bytes + other, PAGE);
				memcpy(bytes + other, page, PAGE);
			} else
				cut = dice % len;
			put(bytes, cut);
			got = open_and_look(notice, sizeof(notice));
			whole += got == WHOLE;
			set_aside += got == EMPTY && has_bad("journal");
			failed += got == FAILED;
		}
		ok(!failed && whole + set_aside == rounds && set_aside,
		   "%s, %u times: %u set aside, %u of no consequence", kinds[kind], rounds,
		   set_aside, whole);
	}
	free(bytes);
}

static void test_wrong_kinds(void)
{
	static const char *const makes[] = {
		"echo text > %s/journal",
		"ln -s /etc %s/journal",
		"mkdir -p %s/journal/data.mdb",
		"mkdir %s/journal && ln -s /etc/passwd %1$s/journal/data.mdb",
		"mkdir %s/journal && mkfifo %1$s/journal/data.mdb",
		"mkdir -p %s/journal/lock.mdb",
	};
	static const char *const names[] = {
		"a file instead of the directory", "a link to a directory",
		"a directory instead of the file", "a link instead of the file",
		"a pipe instead of the file",      "a directory instead of the lock file",
	};
	char command[256], notice[512], rest[128];

	for (unsigned i = 0; i < sizeof(makes) / sizeof(*makes); i++) {
		snprintf(command, sizeof(command), "rm -rf %s/journal*", dir);
		if (system(command))
			exit(1);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(rest, sizeof(rest), makes[i], dir);
#pragma GCC diagnostic pop
		if (system(rest))
			exit(1);
		ok(open_and_look(notice, sizeof(notice)) == EMPTY && has_bad("journal"), "%s: %s",
		   names[i], notice);
	}
}

static int crash(const struct pages_entry *entry)
{
	(void)entry;
	raise(SIGSEGV);
	return 0;
}

static int be_slow(const struct pages_entry *entry)
{
	(void)entry;
	for (int signals = 0; signals < 1000; signals++)
		pause();
	return 0;
}

static void test_child(const uint8_t *good, size_t len)
{
	int64_t start_ns;
	char path[128], why[256];

	put(good, len);
	snprintf(path, sizeof(path), "%s/journal", dir);
	ok(verify_env(path, crash, why, sizeof(why)) == -EBADMSG, "only the child may die: %s",
	   why);
	start_ns = clock_now_ns();
	ok(verify_within(300 * NS_PER_MS, path, be_slow, why, sizeof(why)) == -ETIMEDOUT &&
		   clock_now_ns() - start_ns < 5 * NS_PER_SEC,
	   "a child that hangs is ended, the file not called bad: %s", why);
}

static void test_registry(void)
{
	char command[256], notice[512];

	snprintf(command, sizeof(command), "rm -rf %s/*; truncate -s 5000 %s/x", dir, dir);
	if (system(command))
		exit(1);
	make_store();
	snprintf(command, sizeof(command), "cp %s/x %s/registry/data.mdb", dir, dir);
	if (system(command))
		exit(1);
	open_and_look(notice, sizeof(notice));
	ok(has_bad("registry") && !has_bad("journal"), "a damaged registry leaves the journal: %s",
	   notice);
}

int main(void)
{
	uint8_t *good;
	size_t len;

	snprintf(dir, sizeof(dir), "/var/tmp/sonde-test-verify-%d", getpid());
	snprintf(file, sizeof(file), "%s/journal/data.mdb", dir);
	snprintf(good_file, sizeof(good_file), "%s/good", dir);
	clean();
	make_store();
	good = load(&len);
	test_kinds(good, len);
	test_wrong_kinds();
	test_random(good, len, getenv("DEEP") ? 350 : 50);
	test_child(good, len);
	test_registry();
	free(good);
	clean();
	return tap_done();
}
