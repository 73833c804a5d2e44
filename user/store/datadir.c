// SPDX-License-Identifier: GPL-2.0 OR MIT
/* datadir.c - the contract is in datadir.h. */
#include "store/datadir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define LOCK_NAME "lock"
#define TRIES_MAX 100 /* names for things set aside within one second */

/* LMDB needs coherent maps and byte locks, which these do not promise between hosts. */
static int is_network_type(unsigned long type)
{
	static const unsigned long types[] = {
		NFS_SUPER_MAGIC,         SMB_SUPER_MAGIC,  CIFS_SUPER_MAGIC,
		SMB2_SUPER_MAGIC,        V9FS_MAGIC,       AFS_SUPER_MAGIC,
		CEPH_SUPER_MAGIC,        CODA_SUPER_MAGIC, AFS_FS_MAGIC,
		NCP_SUPER_MAGIC,         0x0bd00bd0ul, /* Lustre */
		0x47504653ul /* GPFS */, 0x7461636ful, /* OCFS2 */
		0x01161970ul /* GFS2 */,
	};

	for (unsigned i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i] == (type & 0xffffffff))
			return 1;
	return 0;
}

/* What lies in a directory that is for us alone; lost+found comes with a new file system. */
static int is_own_name(const char *name)
{
	static const char *const names[] = { ".",     "..",       "lost+found", LOCK_NAME,
					     "token", "registry", "journal" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return 1;
	return !strncmp(name, "token.", 6) || !strncmp(name, "registry.bad-", 13) ||
	       !strncmp(name, "journal.bad-", 12);
}

static int is_for_us_alone(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int others = 0;

	if (!dir) {
		if (copy >= 0)
			close(copy);
		return 0;
	}
	while ((entry = readdir(dir)))
		others += !is_own_name(entry->d_name);
	closedir(dir);
	return !others;
}

static int check_dir(int fd, const char *dir, int read_only, char *why, size_t why_bytes)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return -errno;
	if (is_network_type((unsigned long)fs.f_type)) {
		snprintf(why, why_bytes,
			 "%s lies on a network file system; the store needs a local disk", dir);
		return -EOPNOTSUPP;
	}
	if (read_only || !(st.st_mode & 077))
		return 0;
	/* A directory for everybody, or with other things in it, is not ours to close. */
	if (st.st_mode & S_ISVTX)
		return 0;
	if (is_for_us_alone(fd) && !fchmod(fd, 0700))
		return 0;
	if (!(st.st_mode & 022))
		return 0;
	snprintf(why, why_bytes, "others may write to %s; give the store a directory of its own",
		 dir);
	return -EPERM;
}

/* The holder's number stands in the file: LMDB must not be opened twice in one process. */
static int is_held_by_us(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0 || strtol(text, NULL, 10) != getpid())
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB))
		return 1;
	flock(fd, LOCK_UN);
	return 0;
}

static int check_not_ours(int dir_fd)
{
	int fd = openat(dir_fd, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int held;

	if (fd < 0)
		return 0;
	held = is_held_by_us(fd);
	close(fd);
	return held ? -EBUSY : 0;
}

static int take_lock(int dir_fd, int *ret_fd)
{
	char text[16];
	struct stat st;
	int fd, n, err = 0;

	fd = openat(dir_fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
		    0600);
	if (fd < 0)
		return -errno;
	n = snprintf(text, sizeof(text), "%d\n", getpid());
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		err = -EINVAL;
	else if (flock(fd, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (err) {
		close(fd);
		return err;
	}
	/* Only is_held_by_us() needs the number: a full disk must not keep the store closed. */
	if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n)
		errno = 0;
	*ret_fd = fd;
	return 0;
}

int datadir_open(const char *dir, int read_only, int *ret_fd, char *why, size_t why_bytes)
{
	int fd, err;

	if (!read_only && mkdir(dir, 0700) && errno != EEXIST) {
		err = -errno;
		snprintf(why, why_bytes, "%s cannot be made: %s", dir, strerror(-err));
		return err;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		snprintf(why, why_bytes, "%s cannot be opened: %s", dir, strerror(-err));
		return err;
	}
	*ret_fd = -1;
	err = check_dir(fd, dir, read_only, why, why_bytes);
	if (!err) {
		err = read_only ? check_not_ours(fd) : take_lock(fd, ret_fd);
		if (err == -EBUSY)
			snprintf(why, why_bytes, "another sonde uses %s", dir);
		else if (err)
			snprintf(why, why_bytes, "%s/" LOCK_NAME " cannot be locked: %s", dir,
				 strerror(-err));
	}
	close(fd);
	return err;
}

static int check_file(int env_fd, const char *name, char *why, size_t why_bytes)
{
	struct stat st;

	if (fstatat(env_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (S_ISREG(st.st_mode) && st.st_nlink == 1)
		return 0;
	snprintf(why, why_bytes, "%s is not a file of its own", name);
	return -EBADMSG;
}

int datadir_check_env(const char *dir, const char *name, char *why, size_t why_bytes)
{
	char path[4096];
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		snprintf(why, why_bytes, "it is not a directory");
		return -EBADMSG;
	}
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	err = check_file(fd, "data.mdb", why, why_bytes);
	if (!err)
		err = check_file(fd, "lock.mdb", why, why_bytes);
	close(fd);
	return err;
}

int datadir_make_env(const char *dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = fsync(fd) ? -errno : 0;
	close(fd);
	return err;
}

int datadir_set_aside(const char *dir, const char *name, char *ret_name, size_t name_bytes)
{
	char from[4096], to[4096 + 64], stamp[32];
	time_t now = time(NULL);
	struct stat st;
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	snprintf(from, sizeof(from), "%s/%s", dir, name);
	for (int i = 1; i <= TRIES_MAX; i++) {
		if (i == 1)
			snprintf(ret_name, name_bytes, "%s.bad-%s", name, stamp);
		else
			snprintf(ret_name, name_bytes, "%s.bad-%s-%d", name, stamp, i);
		snprintf(to, sizeof(to), "%s/%s", dir, ret_name);
		/* We hold the lock: nobody makes the name between these two calls. */
		if (!lstat(to, &st))
			continue;
		return rename(from, to) ? -errno : sync_dir(dir);
	}
	return -EEXIST;
}
