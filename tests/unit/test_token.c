// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The token file: made once, private, strict. */
#include "cmd/token.c"

#include <stdlib.h>

#include "../tap.h"

static char path[64];

static int read_text(const char *text, mode_t mode, char *token)
{
	FILE *file;

	unlink(path);
	file = fopen(path, "w");
	fputs(text, file);
	fchmod(fileno(file), mode);
	fclose(file);
	return token_read(path, 0, token);
}

int main(void)
{
	char token[TOKEN_MAX + 1], again[TOKEN_MAX + 1], long_text[300];
	struct stat st;

	snprintf(path, sizeof(path), "/tmp/sonde-test-token-%d", (int)getpid());
	ok(token_read(path, 0, token) == -ENOENT, "a given file must be there");
	ok(!token_read(path, 1, token) && strlen(token) == 32, "our own is made: 128 bits");
	ok(!stat(path, &st) && (st.st_mode & 0777) == 0600, "for us alone");
	ok(!token_read(path, 1, again) && !strcmp(token, again), "once");
	ok(read_text("0123456789abcdef\n", 0644, token) == -EACCES,
	   "one that others can read is refused");
	ok(!read_text("0123456789abcdef\r\nmore\n", 0600, token) &&
		   !strcmp(token, "0123456789abcdef"),
	   "its first line counts");
	ok(read_text("short\n", 0600, token) == -EINVAL, "too short");
	ok(read_text("0123456789 abcdef\n", 0600, token) == -EINVAL, "a blank inside");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	ok(read_text(long_text, 0600, token) == -EINVAL, "too long");
	ok(read_text("", 0600, token) == -EINVAL, "empty");
	ok(token_read("/tmp", 0, token) < 0, "a directory");
	unlink(path);
	return tap_done();
}
