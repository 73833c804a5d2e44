/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * datadir.h - the data directory: ours alone, on a local disk, locked.
 */
#ifndef STORE_DATADIR_H
#define STORE_DATADIR_H

#include <stddef.h>

/**
 * datadir_open() - make the directory (mode 0700) if missing, check it, take its lock. One that
 * holds nothing else becomes 0700, too; one with other things in it keeps its mode.
 * @read_only: take no lock, create nothing.
 * @ret_fd:    the lock; closing it releases it. -1 with @read_only.
 * @why:       a sentence when it fails.
 * Return: 0, -EBUSY (another process has it, or this one already), -EOPNOTSUPP (network file
 * system), -EPERM (others may write to it), -ENOTDIR, -errno.
 */
int datadir_open(const char *dir, int read_only, int *ret_fd, char *why, size_t why_bytes);

/**
 * datadir_check_env() - is @dir/@name an environment or nothing: a directory, no link, with
 * regular files of its own?
 * Return: 0, -EBADMSG (@why says what it is instead), -errno.
 */
int datadir_check_env(const char *dir, const char *name, char *why, size_t why_bytes);

/** datadir_make_env() - make @dir/@name if it is missing. 0 or -errno. */
int datadir_make_env(const char *dir, const char *name);

/**
 * datadir_set_aside() - rename @dir/@name to @name.bad-TIME, durably; nothing is deleted.
 * @ret_name: the new name, without the directory.
 */
int datadir_set_aside(const char *dir, const char *name, char *ret_name, size_t name_bytes);

#endif /* STORE_DATADIR_H */
