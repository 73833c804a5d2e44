/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * access.h - who may ask for what.
 *
 * Reads are open on loopback and on the unix socket, writes need the token or
 * the unix socket's owner. A Host allow-list stops DNS rebinding; tokens travel
 * in a header only, so there is nothing for a foreign page to ride on.
 */
#ifndef API_ACCESS_H
#define API_ACCESS_H

#include <stddef.h>

#include "api/head.h"
#include "base/addr.h"

#define ACCESS_TOKEN_MIN 16 /* characters, beyond loopback */

enum access_listener {
	ACCESS_LOOPBACK,
	ACCESS_UNIX,
	ACCESS_BEYOND, /* any other address: token and TLS */
};

struct access {
	unsigned char token_digest[32]; /* SHA-256: the compare tells nothing, not even a length */
	int has_token;
	char **hosts; /* further names of ours */
	unsigned nhosts;
};

/* What decides, collected from a request. */
struct access_request {
	enum access_listener listener;
	int may_write; /* unix: the peer is root or our own user */
	struct addr local;
	struct head_text method, host, authorization, content_type; /* base NULL: absent */
	int has_body;
	int is_public; /* the page's own files */
};

/**
 * access_init() - keeps copies.
 * @token: NULL for none. Return: 0, -ENOMEM, -EINVAL (empty token).
 */
int access_init(struct access *access, const char *token, const char *const *hosts,
		unsigned nhosts);
void access_clear(struct access *access);

/** access_may_listen() - beyond loopback only with token and TLS. 0 or -EACCES with a sentence. */
int access_may_listen(const char *where, enum access_listener listener, const char *token,
		      int has_tls, char *why, size_t why_bytes);

/**
 * access_check() - decide on one request.
 * @why: a constant sentence when the return is not 0.
 * Return: 0, or the HTTP status: 421 (Host), 401 (token), 403 (no way to write), 415.
 */
int access_check(const struct access *access, const struct access_request *request,
		 const char **why);

#endif /* API_ACCESS_H */
