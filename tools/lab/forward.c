/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * forward.c - sonde-lab forward: a listener here whose connections go to a server
 * in another network namespace.
 *
 * The listening socket is made before this process enters the other namespace, so
 * it stays where it was made; connections are opened from inside. Both ends on
 * loopback: nothing leaves the host.
 */
#include "lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAIRS_MAX    64
#define BUFFER_BYTES 65536

/* One direction of a connection. */
struct half {
	int from, to;
	size_t at, len; /* unsent bytes */
	int is_ended;   /* no more comes in */
	char bytes[BUFFER_BYTES];
};

struct pair {
	struct half up, down; /* client to server, server to client */
};

struct forwarder {
	int listener;
	struct sockaddr_in server;
	struct pair *pair[PAIRS_MAX];
	unsigned count;
};

static int set_nonblocking(int fd)
{
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) ? -errno : 0;
}

/* "127.0.0.1:7663", IPv4 only: the lab's page. */
static int parse_endpoint(const char *text, struct sockaddr_in *ret)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	uint64_t port;

	if (!colon || (size_t)(colon - text) >= sizeof(host) || lab_number(colon + 1, 65535, &port))
		return -EINVAL;
	memcpy(host, text, colon - text);
	host[colon - text] = 0;
	*ret = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	return inet_pton(AF_INET, host, &ret->sin_addr) == 1 ? 0 : -EINVAL;
}

static int open_listener(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, (const struct sockaddr *)at, sizeof(*at)) && !listen(fd, PAIRS_MAX))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int enter(const char *name)
{
	char path[256];
	int fd, err;

	if (strchr(name, '/') ||
	    snprintf(path, sizeof(path), "/run/netns/%s", name) >= (int)sizeof(path))
		return -EINVAL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return err;
}

/* Connecting to loopback is done at once or refused at once. */
static struct pair *open_pair(const struct forwarder *f, int client)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!pair || server < 0 ||
	    connect(server, (const struct sockaddr *)&f->server, sizeof(f->server)) ||
	    set_nonblocking(server) || set_nonblocking(client)) {
		if (server >= 0)
			close(server);
		free(pair);
		return NULL;
	}
	pair->up.from = pair->down.to = client;
	pair->up.to = pair->down.from = server;
	return pair;
}

static void close_pair(struct pair *pair)
{
	close(pair->up.from);
	close(pair->up.to);
	free(pair);
}

static void take_client(struct forwarder *f)
{
	int client = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	struct pair *pair;

	if (client < 0)
		return;
	pair = f->count < PAIRS_MAX ? open_pair(f, client) : NULL;
	if (pair)
		f->pair[f->count++] = pair;
	else
		close(client);
}

/* Move what can be moved. Return: 0, or -errno when the connection is over. */
static int move(struct half *half)
{
	ssize_t n;

	if (!half->len && !half->is_ended) {
		n = read(half->from, half->bytes, sizeof(half->bytes));
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		half->at = 0;
		half->len = n;
		half->is_ended = !n;
		if (!n)
			shutdown(half->to, SHUT_WR);
	}
	while (half->len) {
		n = send(half->to, half->bytes + half->at, half->len, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		half->at += n;
		half->len -= n;
	}
	return 0;
}

static void watch(struct pollfd *fd, const struct half *reads, const struct half *writes)
{
	fd->fd = reads->from;
	fd->events = (!reads->len && !reads->is_ended ? POLLIN : 0) | (writes->len ? POLLOUT : 0);
	if (!fd->events)
		fd->fd = -1; /* a hang-up is seen by whoever still moves something */
}

static void move_pairs(struct forwarder *f)
{
	for (unsigned i = 0; i < f->count;) {
		struct pair *pair = f->pair[i];
		int is_over = move(&pair->up) || move(&pair->down) ||
			      (pair->up.is_ended && pair->down.is_ended && !pair->down.len &&
			       !pair->up.len);

		if (!is_over) {
			i++;
			continue;
		}
		close_pair(pair);
		f->pair[i] = f->pair[--f->count];
	}
}

static int run(struct forwarder *f, int signals)
{
	struct pollfd fds[2 + 2 * PAIRS_MAX];

	for (;;) {
		fds[0] = (struct pollfd){ .fd = signals, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = f->listener, .events = POLLIN };
		for (unsigned i = 0; i < f->count; i++) {
			watch(&fds[2 + 2 * i], &f->pair[i]->up, &f->pair[i]->down);
			watch(&fds[3 + 2 * i], &f->pair[i]->down, &f->pair[i]->up);
		}
		if (poll(fds, 2 + 2 * f->count, -1) < 0)
			return -errno;
		if (fds[0].revents)
			return 0;
		move_pairs(f);
		if (fds[1].revents)
			take_client(f);
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: sonde-lab forward --listen ADDRESS:PORT --netns NAME --to "
			"ADDRESS:PORT\n");
	return EXIT_USAGE;
}

int forward_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "listen", 1, NULL, 'l' }, { "netns", 1, NULL, 'n' }, { "to", 1, NULL, 't' }, { 0 }
	};
	struct sockaddr_in listen_at = { 0 };
	struct forwarder f = { 0 };
	const char *netns = NULL;
	int c, err = 0, signals;

	while (!err && (c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (c == 'n')
			netns = optarg;
		else
			err = c == 'l'   ? parse_endpoint(optarg, &listen_at)
			      : c == 't' ? parse_endpoint(optarg, &f.server)
					 : -EINVAL;
	if (err || optind < argc || !netns || !listen_at.sin_family || !f.server.sin_family)
		return usage();
	signals = lab_signals();
	f.listener = signals < 0 ? signals : open_listener(&listen_at);
	if (f.listener < 0)
		return lab_fail("listening", f.listener);
	err = enter(netns);
	if (err)
		return lab_fail(netns, err);
	lab_ready();
	err = run(&f, signals);
	while (f.count)
		close_pair(f.pair[--f.count]);
	close(f.listener);
	close(signals);
	return err ? lab_fail("forwarding", err) : 0;
}
