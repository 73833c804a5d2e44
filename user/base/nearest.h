/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * nearest.h - "did you mean ...?": the known word closest to a mistyped one.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

/**
 * nearest_word() - by edit distance (insert, delete, replace, swap of neighbours), at most a third
 * of the word's length, at least 1.
 * @words: NULL-terminated.
 * Return: one of @words, or NULL when none is near.
 */
const char *nearest_word(const char *word, const char *const *words);

#endif /* BASE_NEAREST_H */
