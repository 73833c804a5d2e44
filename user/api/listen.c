// SPDX-License-Identifier: GPL-2.0 OR MIT
/* listen.c - the contract is in listen.h. */
#include "api/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 512

static int parse_tcp(const char *text, struct listen_spec *ret)
{
	int port;

	if (addr_parse_port(text, &ret->addr, &port) || port < 0)
		return -EINVAL;
	ret->port = (uint16_t)port;
	ret->class = addr_is_loopback(&ret->addr) ? ACCESS_LOOPBACK : ACCESS_BEYOND;
	return 0;
}

int listen_parse(const char *text, struct listen_spec *ret, char *why, size_t why_bytes)
{
	memset(ret, 0, sizeof(*ret));
	if (strncmp(text, "unix:", 5)) {
		if (!parse_tcp(text, ret))
			return 0;
		snprintf(why, why_bytes,
			 "cannot listen on '%.64s': expected ADDRESS:PORT, [IPV6]:PORT or "
			 "unix:/PATH",
			 text);
		return -EINVAL;
	}
	ret->class = ACCESS_UNIX;
	if (text[5] == '/' && strlen(text + 5) < sizeof(ret->path)) {
		strcpy(ret->path, text + 5);
		return 0;
	}
	snprintf(why, why_bytes,
		 "cannot listen on '%.64s': a unix socket needs an absolute path of at most %zu "
		 "bytes",
		 text, sizeof(ret->path) - 1);
	return -EINVAL;
}

static int fail(int fd, const char *what, const char *where, char *why, size_t why_bytes)
{
	int err = -errno;

	snprintf(why, why_bytes, "cannot %s %s: %s", what, where, strerror(-err));
	if (fd >= 0)
		close(fd);
	return err;
}

static int open_tcp(const struct listen_spec *spec, char *why, size_t why_bytes)
{
	char where[ADDR_TEXT_MAX + 8], text[ADDR_TEXT_MAX];
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&spec->addr, spec->port, &ss);
	int one = 1, fd;

	addr_format(&spec->addr, text);
	snprintf(where, sizeof(where), addr_is_v4(&spec->addr) ? "%s:%u" : "[%s]:%u", text,
		 spec->port);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(fd, "open a socket for", where, why, why_bytes);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ss.ss_family == AF_INET6) /* an IPv4 listener of its own may stand beside it */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&ss, len) || listen(fd, BACKLOG))
		return fail(fd, "listen on", where, why, why_bytes);
	return fd;
}

/* A socket file nobody answers on is left over from a killed process. */
static int remove_stale(const struct sockaddr_un *sun)
{
	struct stat st;
	int fd, err;

	if (lstat(sun->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) ? errno : 0;
	close(fd);
	if (err != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(sun->sun_path) ? -errno : 0;
}

static int open_unix(const struct listen_spec *spec, char *why, size_t why_bytes)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, err;

	strcpy(sun.sun_path, spec->path);
	err = remove_stale(&sun);
	if (err) {
		errno = -err;
		return fail(-1, "listen on", spec->path, why, why_bytes);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(fd, "open a socket for", spec->path, why, why_bytes);
	/* nobody can connect before listen(): the mode is right by then */
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) || chmod(spec->path, 0660) ||
	    listen(fd, BACKLOG))
		return fail(fd, "listen on", spec->path, why, why_bytes);
	return fd;
}

int listen_open(const struct listen_spec *spec, char *why, size_t why_bytes)
{
	return spec->class == ACCESS_UNIX ? open_unix(spec, why, why_bytes)
					  : open_tcp(spec, why, why_bytes);
}

uint16_t listen_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len))
		return 0;
	if (ss.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&ss)->sin_port);
	return ss.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&ss)->sin6_port) : 0;
}
