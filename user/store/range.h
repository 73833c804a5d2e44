/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * range.h - read one check's attempts from the journal.
 *
 * The history is read in windows of RANGE_WINDOW_NS. Each is copied in one short
 * read transaction, merged, and then handed out; windows without data cost
 * nothing. The index names the commits, so that neither a step of the clock nor
 * results that waited for hours for a full disk are missed.
 */
#ifndef STORE_RANGE_H
#define STORE_RANGE_H

#include <stdint.h>

#include "domain/repository.h"
#include "store/env.h"

#define RANGE_WINDOW_NS (600 * 1000000000ll)

/* An amendment bears its attempt's sent_wall_ns, but for what the offset between the clocks
 * was corrected by meanwhile. */
#define RANGE_AMEND_SLACK_NS 1000000000ll

/**
 * range_read() - as repository_ops.range; any thread.
 * Return: 0, what @fn returned, -EAGAIN (the environment is being reopened), -EBADMSG (a value
 * on the way is damaged; what came before is good), -ENOMEM, -errno.
 */
int range_read(struct env *env, uint64_t id, int64_t from_wall_ns, int64_t to_wall_ns,
	       repository_sample_fn fn, void *arg);

#endif /* STORE_RANGE_H */
