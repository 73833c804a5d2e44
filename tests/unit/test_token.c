// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The token file: made once, private, strict. */
#include "cmd/token.c"

#include <signal.h>
#include <sys/resource.h>

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

/* A start that fails for want of room must not spoil the next one. */
static void test_full_disk(char *token)
{
	struct rlimit none = { 0, RLIM_INFINITY }, before;

	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	none.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &none);
	ok(token_read(path, 1, token) == -EFBIG, "what cannot be written is told");
	setrlimit(RLIMIT_FSIZE, &before);
	ok(access(path, F_OK) && errno == ENOENT, "and leaves no file behind");
	ok(!token_read(path, 1, token) && strlen(token) == 32, "so that the next start makes it");
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
	test_full_disk(token);
	ok(token_read("/tmp", 0, token) < 0, "a directory");
	unlink(path);
	return tap_done();
}
