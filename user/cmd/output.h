/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * output.h - standard output for a thread that must not wait for its reader.
 *
 * What is written is kept until the reader takes it: nothing is ever lost. Only when
 * OUTPUT_HELD_MAX bytes wait does writing block, and with it whoever writes.
 */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include <stddef.h>

#define OUTPUT_HELD_MAX (64u << 20)

struct output {
	int fd;
	int error; /* first failure, -errno; what comes after it is dropped */
	char *text;
	size_t at, len, room; /* text[at..len) waits */
};

/** output_init() - nothing is allocated before the first byte. @fd stays the caller's. */
void output_init(struct output *out, int fd);

/** output_clear() - free the buffer; what still waits is dropped. */
void output_clear(struct output *out);

/** output_write() - append. A failure shows in @out->error, -ENOMEM included. */
void output_write(struct output *out, const void *bytes, size_t len);

/** output_print() - append formatted text of at most 1023 bytes. */
void output_print(struct output *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** output_offer() - hand over what the reader takes without waiting. */
void output_offer(struct output *out);

/**
 * output_flush() - hand over everything, however long it takes.
 * Return: 0 or the first failure, -errno.
 */
int output_flush(struct output *out);

#endif /* CMD_OUTPUT_H */
