// SPDX-License-Identifier: GPL-2.0 OR MIT
/* nearest.c - the contract is in nearest.h. */
#include "base/nearest.h"

#include <stddef.h>
#include <string.h>

#define WORD_MAX 40

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance (Damerau 1964, restricted), three rows of the table at a time. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][WORD_MAX + 1], *two = rows[0], *one = rows[1], *now = rows[2], *spare;

	for (size_t j = 0; j <= b_len; j++)
		one[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			now[j] = least(least(one[j], now[j - 1]) + 1,
				       one[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], two[j - 2] + 1);
		}
		spare = two;
		two = one;
		one = now;
		now = spare;
	}
	return one[b_len];
}

const char *nearest_word(const char *word, const char *const *words)
{
	size_t len = strlen(word);
	unsigned best = (unsigned)(len / 3 > 1 ? len / 3 : 1) + 1, d;
	const char *found = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (; *words; words++) {
		if (strlen(*words) > WORD_MAX)
			continue;
		d = distance(word, len, *words, strlen(*words));
		if (d < best) {
			best = d;
			found = *words;
		}
	}
	return found;
}
