// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Suggestions for mistyped words. */
#include "base/nearest.c"

#include "../tap.h"

static int is(const char *word, const char *want)
{
	static const char *const words[] = { "interval", "timeout", "target",
					     "targets",  "name",    NULL };
	const char *got = nearest_word(word, words);

	return want ? got && !strcmp(got, want) : !got;
}

int main(void)
{
	ok(is("intervall", "interval") && is("intrval", "interval"), "a letter more or less");
	ok(is("tiemout", "timeout"), "two swapped");
	ok(is("target", "target") && is("targts", "targets"), "the nearest of two");
	ok(is("nam", "name") && is("x", NULL) && is("zzzzzz", NULL) && is("", NULL),
	   "not just anything");
	ok(is("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL),
	   "a very long word");
	return tap_done();
}
