// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * output.c - the contract is in output.h.
 *
 * O_NONBLOCK would be no way: it belongs to the open file, which a shell shares with us. poll()
 * promises that PIPE_BUF bytes go into a pipe without waiting, so no more are written at a time.
 */
#include "cmd/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_ROOM 65536

void output_init(struct output *out, int fd)
{
	memset(out, 0, sizeof(*out));
	out->fd = fd;
}

void output_clear(struct output *out)
{
	free(out->text);
	output_init(out, out->fd);
}

/* Write once, at most @max bytes. */
static void write_some(struct output *out, size_t max)
{
	size_t len = out->len - out->at;
	ssize_t n = write(out->fd, out->text + out->at, len < max ? len : max);

	if (n > 0)
		out->at += (size_t)n;
	else if (n < 0 && errno != EINTR && errno != EAGAIN)
		out->error = -errno;
	if (out->at == out->len || out->error)
		out->at = out->len = 0;
}

static int is_ready(const struct output *out, int timeout_ms)
{
	struct pollfd fd = { .fd = out->fd, .events = POLLOUT };

	return poll(&fd, 1, timeout_ms) > 0;
}

void output_offer(struct output *out)
{
	while (out->len && is_ready(out, 0))
		write_some(out, PIPE_BUF);
}

int output_flush(struct output *out)
{
	while (out->len)
		if (is_ready(out, -1))
			write_some(out, out->len);
	return out->error;
}

/* Room for @len more bytes: what was written goes, then the buffer grows. */
static int make_room(struct output *out, size_t len)
{
	size_t room = out->room ? out->room : FIRST_ROOM;
	char *text;

	if (out->at && out->len + len > out->room) {
		memmove(out->text, out->text + out->at, out->len - out->at);
		out->len -= out->at;
		out->at = 0;
	}
	while (room < out->len + len)
		room *= 2;
	if (room == out->room)
		return 0;
	text = realloc(out->text, room);
	if (!text)
		return -ENOMEM;
	out->text = text;
	out->room = room;
	return 0;
}

void output_write(struct output *out, const void *bytes, size_t len)
{
	if (out->error)
		return;
	if (out->len - out->at + len > OUTPUT_HELD_MAX && output_flush(out))
		return;
	if (make_room(out, len)) {
		out->error = -ENOMEM;
		out->at = out->len = 0;
		return;
	}
	memcpy(out->text + out->len, bytes, len);
	out->len += len;
}

void output_print(struct output *out, const char *format, ...)
{
	char text[1024];
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (len > 0)
		output_write(out, text,
			     (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}
