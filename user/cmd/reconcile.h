/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * reconcile.h - the checks to run: those of the configuration, and those the
 * store keeps from the API.
 */
#ifndef CMD_RECONCILE_H
#define CMD_RECONCILE_H

#include "domain/repository.h"

struct reconciled {
	struct check *checks; /* all there are now */
	uint32_t n;
};

/**
 * reconcile_checks() - make the store agree with the configuration, durably: changed and new ones
 * are put, ones that the configuration has no more are deleted; what came by the API stays, unless
 * the configuration now has the same id.
 * @ret: free it by reconciled_clear().
 * Return: 0 or -errno.
 */
int reconcile_checks(struct repository *repository, const struct check *configured, uint32_t n,
		     struct reconciled *ret);

/** reconciled_clear() - free what it owns. */
void reconciled_clear(struct reconciled *r);

#endif /* CMD_RECONCILE_H */
