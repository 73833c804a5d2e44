/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* suggest.h - "did you mean": the known word nearest to a mistyped one. */
#ifndef CMD_SUGGEST_H
#define CMD_SUGGEST_H

/**
 * suggest_begin() - start looking for the word nearest to @text.
 * suggest_offer() - a word that would have been right.
 * suggest_best() - the nearest offered one, NULL when none is near: at most two letters wrong,
 * missing, too many or swapped, and fewer than half of them.
 */
struct suggest {
	const char *text, *best;
	unsigned distance; /* of best */
};

void suggest_begin(struct suggest *suggest, const char *text);
void suggest_offer(struct suggest *suggest, const char *word);
const char *suggest_best(const struct suggest *suggest);

#endif /* CMD_SUGGEST_H */
