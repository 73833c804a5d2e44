/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Slips of the finger are recognised, other words are not. */
#include "cmd/suggest.c"

#include "../tap.h"

static const char *best(const char *text)
{
	static const char *const words[] = { "ping", "doctor", "version", "serve", "check-config" };
	struct suggest suggest;

	suggest_begin(&suggest, text);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		suggest_offer(&suggest, words[i]);
	return suggest_best(&suggest) ? suggest_best(&suggest) : "";
}

int main(void)
{
	ok(!strcmp(best("pign"), "ping"), "swapped letters");
	ok(!strcmp(best("pin"), "ping"), "a missing one");
	ok(!strcmp(best("docttor"), "doctor"), "one too many");
	ok(!strcmp(best("zersion"), "version"), "a wrong one");
	ok(!strcmp(best("check-confg"), "check-config"), "in a long word");
	ok(!*best("xxxx"), "another word is not like any");
	ok(!*best(""), "nothing is like nothing");
	ok(!*best("p"), "a letter is not enough");
	ok(!*best("pingpingpingpingpingpingpingpingping"), "a very long word is like none");
	return tap_done();
}
