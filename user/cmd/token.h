/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * token.h - the bearer token for writes: 128 random bits or what a file says.
 */
#ifndef CMD_TOKEN_H
#define CMD_TOKEN_H

#define TOKEN_MAX 128 /* characters */

/**
 * token_read() - first line of @path.
 * @token: TOKEN_MAX + 1 bytes.
 * @is_own: make the file, whole and mode 0600, when it is not there.
 * Return: 0, -EINVAL (shorter than 16 or longer than TOKEN_MAX characters, or characters that do
 * not fit a header), -EACCES (others may read the file), -errno.
 */
int token_read(const char *path, int is_own, char *token);

#endif /* CMD_TOKEN_H */
