/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * api.h - the web server's thread: REST, live stream, metrics, page.
 *
 * It touches nothing of the prober but the board, repository snapshots and its
 * end of the command socket. The only code that sees h2o. A second thread reads
 * ranges of samples from the repository, which may take long.
 */
#ifndef API_API_H
#define API_API_H

#include <stdint.h>

#include "domain/board.h"
#include "domain/repository.h"

/* An address that could be probed and that nobody asked for yet: a gateway, a resolver. */
struct api_suggestion {
	char target[64];
	char name[64];   /* "default gateway", "resolver" */
	char reason[96]; /* where it was found: "default route via eth0", "/etc/resolv.conf" */
};

struct api_options {
	const struct board *board;
	struct repository *repository; /* readers' operations only */
	int commands;                  /* our end of the SOCK_SEQPACKET pair; stays the caller's */
	const char *const *listen;     /* as in config.h */
	unsigned nlisten;
	const char *const *hosts; /* further names allowed in the Host header */
	unsigned nhosts;
	const char *token; /* bearer token for writes; NULL: only the unix socket writes */
	const char *tls_cert, *tls_key;
	unsigned (*suggest)(struct api_suggestion *ret, unsigned max); /* looked up at each call */
	uint64_t rate_cap;
	const char *version; /* outlives the api, as board and repository do; the rest is copied */
};

struct api;

/**
 * api_start() - bind, listen, start the thread.
 * @why: a sentence when it refuses (address beyond loopback without token and TLS...).
 * Return: 0, -EACCES (access rules), -EADDRINUSE, -EINVAL (address, token, certificate), -errno.
 */
int api_start(struct api **ret, const struct api_options *options, char *why, unsigned why_bytes);

/** api_stop() - close listeners, end streams, join, free; at most 2 s. */
void api_stop(struct api *api);

#define API_ORIGIN_MAX 320

/**
 * api_origin() - what to type into a browser, such as "http://127.0.0.1:7663": the first TCP
 * listener; beyond loopback by the first of @hosts, if there is one.
 * Return: 1, or 0 when there is no TCP listener.
 */
int api_origin(const struct api *api, char *text, size_t room);

/** api_port() - TCP port of the first listener that has one (0 asked for: the kernel's choice). */
uint16_t api_port(const struct api *api);

#endif /* API_API_H */
