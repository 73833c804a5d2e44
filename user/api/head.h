/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * head.h - a second, strict look at the raw head of an HTTP/1 request.
 *
 * h2o 2.2.5 takes two Content-Lengths (the first wins), a Content-Length beside
 * Transfer-Encoding, several Hosts (the last wins), none at all, bare line
 * feeds, folded lines and an empty method, and shows handlers nothing of it.
 * Whoever reads a message differently from a proxy in front of it can be fed a
 * request nobody saw, so every such head is refused and the connection closed.
 */
#ifndef API_HEAD_H
#define API_HEAD_H

#include <stddef.h>

#define HEAD_BYTES_MAX 32768 /* h2o itself would take 400 KiB */

/* Text inside the head, not terminated. */
struct head_text {
	const char *base;
	size_t len;
};

struct head {
	struct head_text method, target, host;
	struct head_text authorization; /* base NULL when absent */
	int has_body;                   /* Content-Length or Transfer-Encoding stood there */
};

/**
 * head_check() - check the head at the start of @bytes.
 * @ret: points into @bytes.
 * @why: a constant sentence when the return is not 0.
 * Return: 0, or the HTTP status to answer with (400, 431, 505) before closing the connection.
 */
int head_check(const char *bytes, size_t len, struct head *ret, const char **why);

#endif /* API_HEAD_H */
