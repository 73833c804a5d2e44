/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * listen.h - "127.0.0.1:7663", "[::1]:7663" and "unix:/path" to listening sockets.
 */
#ifndef API_LISTEN_H
#define API_LISTEN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "api/access.h"
#include "base/addr.h"

struct listen_spec {
	enum access_listener class;
	struct addr addr; /* TCP */
	uint16_t port;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* unix */
};

/** listen_parse() - Return: 0, or -EINVAL with a sentence. */
int listen_parse(const char *text, struct listen_spec *ret, char *why, size_t why_bytes);

/**
 * listen_open() - bind and listen.
 *
 * A unix socket gets mode 0660; a stale one is replaced, if nobody answers on it.
 * Return: fd, or -errno with a sentence: -EADDRINUSE, -EEXIST (a file, but no socket)...
 */
int listen_open(const struct listen_spec *spec, char *why, size_t why_bytes);

/** listen_port() - the TCP port @fd is bound to, 0 of a unix socket. */
uint16_t listen_port(int fd);

#endif /* API_LISTEN_H */
