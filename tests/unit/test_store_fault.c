// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The disk refuses: each call LMDB makes, once or for good, and a real file
 * system without room. A commit then fails and is undone, what was there stays,
 * and the first one the disk takes again works, without a restart.
 *
 * The functions below stand before those of libc for the whole program, LMDB
 * included. Each case asserts that its fault was met.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/kind.h"
#include "store/store.h"

#include "../tap.h"

#define BASE_NS    1767323045000000000ll
#define META_MAX   512 /* a meta page is written by less than this, others by whole pages */
#define VISIBLE    __attribute__((visibility("default")))
#define PER_COMMIT 700

enum point {
	POINT_NONE,
	POINT_SYNC,  /* fdatasync() of the data */
	POINT_PAGE,  /* pwrite() of one page */
	POINT_PAGES, /* writev() of several */
	POINT_META,  /* pwrite() of a meta page: LMDB gives the environment up */
	POINT_SHORT, /* half a page is written */
	POINT_MAX,
};

static struct {
	enum point point;
	int error;
	unsigned skip, times; /* calls to let pass, then faults */
	unsigned met;
} fault;

static char dir[64];

static int is_hit(enum point point)
{
	if (fault.point != point || !fault.times)
		return 0;
	if (fault.skip) {
		fault.skip--;
		return 0;
	}
	fault.times--;
	fault.met++;
	errno = fault.error;
	return 1;
}

VISIBLE int fdatasync(int fd);
VISIBLE ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at);
VISIBLE ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t at);
VISIBLE ssize_t writev(int fd, const struct iovec *parts, int n);

int fdatasync(int fd)
{
	return is_hit(POINT_SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	if (is_hit(n < META_MAX ? POINT_META : POINT_PAGE))
		return -1;
	if (n >= META_MAX && is_hit(POINT_SHORT))
		n /= 2;
	return syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t at)
{
	return pwrite(fd, bytes, n, at);
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
	return is_hit(POINT_PAGES) ? -1 : syscall(SYS_writev, fd, parts, n);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static struct sample sample_of(uint32_t attempt)
{
	return (struct sample){ .id = 1 + attempt % 3,
				.attempt = attempt,
				.epoch = 1,
				.sent_wall_ns = BASE_NS + attempt * 1000000ll,
				.rtt_ns = attempt };
}

static int see(void *arg, const struct sample *sample)
{
	struct sample right = sample_of(sample->attempt);

	(*(uint32_t *)arg)++;
	return memcmp(sample, &right, sizeof(right)) ? -EBADMSG : 0;
}

/* How many good samples can be read; UINT32_MAX on any error. */
static uint32_t readable(struct repository *r)
{
	uint32_t n = 0;

	for (uint64_t id = 1; id <= 3; id++)
		if (r->ops->range(r, id, 0, INT64_MAX, see, &n))
			return UINT32_MAX;
	return n;
}

static int commit_from(struct repository *r, uint32_t first)
{
	for (uint32_t i = 0; i < PER_COMMIT; i++) {
		struct sample s = sample_of(first + i);

		if (r->ops->append(r, &s, 1))
			return -ENOMEM;
	}
	return r->ops->commit(r);
}

static struct repository *open_store_at(void)
{
	struct store_options options = { dir, 8 << 20, 0 };
	struct repository *r = NULL;
	char notice[256] = "";

	if (store_open(&r, &options, notice, sizeof(notice)) || *notice)
		printf("# %s\n", notice);
	return r;
}

static void test_point(enum point point, int error, unsigned skip, unsigned times, const char *what)
{
	struct repository *r = open_store_at();
	uint32_t n = 0;
	int right = r && !commit_from(r, 0), failed = 0, err;

	n += PER_COMMIT;
	memset(&fault, 0, sizeof(fault));
	fault.error = error;
	fault.skip = skip;
	fault.times = times;
	fault.point = point;
	for (unsigned i = 0; i < 12; i++) {
		err = commit_from(r, n);
		if (!err)
			n += PER_COMMIT;
		/* Between a panic and the next write readers are asked to come again. */
		failed += err != 0;
		right &= readable(r) == n || readable(r) == UINT32_MAX || err;
		if (err && err != -error && err != -EIO)
			right = 0;
	}
	right &= !commit_from(r, n);
	n += PER_COMMIT;
	ok(right && fault.met && failed && readable(r) == n,
	   "%s: %u met, %d commits failed, the others are there", what, fault.met, failed);
	fault.point = POINT_NONE;
	r->ops->close(r);
	r = open_store_at();
	ok(r && readable(r) == n, "%s: and after a restart", what);
	r->ops->close(r);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void test_check(void)
{
	struct repository *r = open_store_at();
	struct check check, back;

	check_init(&check, &kind_icmp);
	check.target = strdup("198.18.0.1");
	check.name = strdup("one");
	check_set_id(&check, NULL);
	memset(&fault, 0, sizeof(fault));
	fault.point = POINT_META;
	fault.error = ENOSPC;
	fault.times = 1;
	r->ops->put_check(r, &check);
	ok(r->ops->commit(r) == -ENOSPC && fault.met == 1, "a check the disk refuses is refused");
	ok(r->ops->get_check(r, check.id, &back) == -EAGAIN,
	   "until the next write readers are asked to come again");
	r->ops->put_check(r, &check);
	ok(!r->ops->commit(r) && !r->ops->get_check(r, check.id, &back),
	   "then it opens its environment again by itself");
	check_clear(&check);
	check_clear(&back);
	r->ops->close(r);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A tmpfs of 600 KiB, seen by this process only. */
static void test_full_disk(void)
{
	char filler[96], options[] = "size=600k";
	struct repository *r;
	uint32_t n = 0, before;
	int fd, err = 0, failed = 0;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mkdir(dir, 0700) || mount("tmpfs", dir, "tmpfs", 0, options)) {
		ok(0, "a small file system of our own: %s", strerror(errno));
		return;
	}
	r = open_store_at();
	snprintf(filler, sizeof(filler), "%s/filler", dir);
	fd = open(filler, O_CREAT | O_WRONLY, 0600);
	ok(r && fd >= 0 && !ftruncate(fd, 0) && !posix_fallocate(fd, 0, 200 << 10),
	   "something else fills it");
	for (int i = 0; i < 60; i++) {
		err = commit_from(r, n);
		n += err ? 0 : PER_COMMIT;
		failed += err == -ENOSPC;
	}
	ok(failed > 10 && err == -ENOSPC && n, "%d commits are refused, %u samples went in before",
	   failed, n);
	ok(readable(r) == n && !store_expired(r), "none of those is lost, no history is given up");
	before = n;
	unlink(filler);
	close(fd);
	err = commit_from(r, n);
	n += PER_COMMIT;
	ok(!err && readable(r) == n && n > before, "with room again it goes on by itself");
	r->ops->close(r);
	r = open_store_at();
	ok(r && readable(r) == n, "and after a restart");
	r->ops->close(r);
	umount2(dir, MNT_DETACH);
	rmdir(dir);
}

int main(void)
{
	snprintf(dir, sizeof(dir), "/var/tmp/sonde-test-fault-%d", getpid());
	test_point(POINT_SYNC, EIO, 3, 1, "fdatasync fails once");
	test_point(POINT_SYNC, EIO, 3, 5, "fdatasync fails five times");
	test_point(POINT_PAGE, EIO, 2, 1, "a page cannot be written");
	test_point(POINT_PAGES, ENOSPC, 2, 1, "pages find no room");
	test_point(POINT_SHORT, EIO, 2, 1, "a page is written by half");
	test_point(POINT_META, ENOSPC, 2, 1, "the meta page finds no room");
	test_point(POINT_META, EIO, 2, 8, "the meta page fails again and again");
	test_check();
	test_full_disk();
	return tap_done();
}
