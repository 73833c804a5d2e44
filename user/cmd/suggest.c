// SPDX-License-Identifier: GPL-2.0 OR MIT
/* suggest.c - the contract is in suggest.h. */
#include "cmd/suggest.h"

#include <string.h>

#define WORD_MAX 32 /* longer words are no keywords of ours */
#define NEAR     2  /* mistakes that still look like a slip */

static unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance: insert, delete, replace, swap neighbours, one each. */
static unsigned distance_of(const char *a, const char *b)
{
	unsigned row[3][WORD_MAX + 1], *before = row[0], *above = row[1], *here = row[2], *spare;
	size_t alen = strlen(a), blen = strlen(b);

	for (size_t j = 0; j <= blen; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= alen; i++) {
		here[0] = (unsigned)i;
		for (size_t j = 1; j <= blen; j++) {
			here[j] = min(min(above[j], here[j - 1]) + 1,
				      above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				here[j] = min(here[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = here;
		here = spare;
	}
	return above[blen];
}

void suggest_begin(struct suggest *suggest, const char *text)
{
	suggest->text = text;
	suggest->best = NULL;
	suggest->distance = NEAR + 1;
}

void suggest_offer(struct suggest *suggest, const char *word)
{
	unsigned distance;

	if (strlen(suggest->text) > WORD_MAX || strlen(word) > WORD_MAX)
		return;
	distance = distance_of(suggest->text, word);
	if (distance >= suggest->distance || 2 * distance >= strlen(word))
		return;
	suggest->best = word;
	suggest->distance = distance;
}

const char *suggest_best(const struct suggest *suggest)
{
	return suggest->best;
}
