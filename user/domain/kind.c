// SPDX-License-Identifier: GPL-2.0 OR MIT
/* kind.c - the table of kinds; one line each. */
#include "domain/kind.h"

#include <string.h>

static const struct kind *const kinds[] = {
	&kind_icmp,
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct kind *kind_find(const char *name)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	return NULL;
}

const struct kind *kind_number(unsigned number)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (kinds[i]->number == number)
			return kinds[i];
	return NULL;
}

const struct kind *kind_at(unsigned i)
{
	return i < KINDS ? kinds[i] : NULL;
}
