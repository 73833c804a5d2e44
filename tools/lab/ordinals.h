/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ordinals.h - how many requests each host has had: the attempt number of pingers
 * that send none.
 */
#ifndef LAB_ORDINALS_H
#define LAB_ORDINALS_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct ordinals {
	struct ordinal {
		struct addr host;
		uint32_t next;
		uint32_t is_used;
	} * slots;
	size_t count, room; /* a power of two */
};

/** ordinals_next() - number of this request of @host, from 0. Return: 0 or -ENOMEM. */
int ordinals_next(struct ordinals *ordinals, const struct addr *host, uint32_t *ret);

/** ordinals_clear() - free. */
void ordinals_clear(struct ordinals *ordinals);

#endif /* LAB_ORDINALS_H */
