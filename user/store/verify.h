/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * verify.h - check an environment's file in a child process, before LMDB maps it.
 *
 * The whole structure is walked (pages.h), and the values are checked from the
 * newest backwards, as many as the time allows; on a disk so slow that not even
 * the structure can be read in time, the newest part of it. Whatever the child
 * dies of, the caller lives and learns it.
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include <stddef.h>

#include "store/pages.h"

#define VERIFY_TIMEOUT_NS 10000000000ll /* then the child is killed: the disk hangs */
#define VERIFY_PAGES_NS   8000000000ll  /* then what is left counts as good */
#define VERIFY_VALUES_NS  5000000000ll  /* no more large values are checked after this */

/** Check one entry of an environment. Return: 0, -EBADMSG, -EPROTONOSUPPORT. Runs in the child. */
typedef int (*verify_entry_fn)(const struct pages_entry *entry);

/**
 * verify_env() - check @path/data.mdb; nobody else writes to it meanwhile.
 * @why: a sentence when it is bad.
 * Return: 0 (good, or there is none), -EBADMSG (bad), -EPROTONOSUPPORT (made by something
 * newer), -ETIMEDOUT (the disk hangs; the file may be good), -errno (could not be checked).
 */
int verify_env(const char *path, verify_entry_fn fn, char *why, size_t why_bytes);

#endif /* STORE_VERIFY_H */
