// SPDX-License-Identifier: GPL-2.0 OR MIT
/* token.c - the contract is in token.h. */
#include "cmd/token.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

#define TOKEN_MIN 16

static int write_random(int fd)
{
	uint64_t words[2];
	char text[40];
	ssize_t n;
	int len, err = random_bytes(words, sizeof(words));

	if (err)
		return err;
	len = snprintf(text, sizeof(text), "%016" PRIx64 "%016" PRIx64 "\n", words[0], words[1]);
	n = write(fd, text, (size_t)len);
	if (n != len)
		return n < 0 ? -errno : -ENOSPC;
	return fsync(fd) ? -errno : 0;
}

/* Whole from the moment it has its name: half a token would refuse every start to come. */
static int make_file(const char *path)
{
	char draft[PATH_MAX];
	int fd, err;

	if (!access(path, F_OK))
		return 0;
	if (snprintf(draft, sizeof(draft), "%s.XXXXXX", path) >= (int)sizeof(draft))
		return -ENAMETOOLONG;
	fd = mkostemp(draft, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_random(fd);
	close(fd);
	/* unlike rename(), this leaves alone what another start made meanwhile */
	if (!err && link(draft, path) && errno != EEXIST)
		err = -errno;
	unlink(draft);
	return err;
}

static int is_fit(const char *token)
{
	size_t len = strlen(token);

	for (size_t i = 0; i < len; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return 0;
	return len >= TOKEN_MIN;
}

int token_read(const char *path, int is_own, char *token)
{
	int err = is_own ? make_file(path) : 0, fd;
	struct stat st;
	ssize_t n;

	if (err)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (st.st_mode & (S_IRWXO | S_IWGRP))
		err = -EACCES;
	n = err ? 0 : read(fd, token, TOKEN_MAX + 1);
	if (n < 0)
		err = -errno;
	close(fd);
	if (err)
		return err;
	token[n > TOKEN_MAX ? TOKEN_MAX : n] = '\0';
	if (n > TOKEN_MAX && !strchr(token, '\n'))
		return -EINVAL;
	token[strcspn(token, "\r\n")] = '\0';
	return is_fit(token) ? 0 : -EINVAL;
}
