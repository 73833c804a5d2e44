/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* A reader that is slow, one that is gone, a disk that is full. */
#include "cmd/output.c"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include "../tap.h"

#define LOTS (1u << 20)

static void test_slow_reader(void)
{
	static char line[1000], back[65536];
	struct output out;
	size_t got = 0;
	ssize_t n;
	int ends[2];

	ok(!pipe(ends), "a pipe that nobody reads yet");
	output_init(&out, ends[1]);
	memset(line, 'x', sizeof(line));
	for (unsigned i = 0; i < 1000; i++) {
		output_write(&out, line, sizeof(line));
		output_offer(&out);
	}
	ok(out.len - out.at > 900000 && !out.error, "offering never waits; the rest is kept");
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	while (got < 1000000) {
		n = read(ends[0], back, sizeof(back));
		if (n > 0)
			got += (size_t)n;
		output_offer(&out);
	}
	ok(got == 1000000 && !out.len, "all of it arrives once somebody reads");
	output_clear(&out);
	close(ends[0]);
	close(ends[1]);
}

static void *read_all(void *arg)
{
	static char back[65536];
	size_t *got = arg;
	ssize_t n;

	while ((n = read((int)got[0], back, sizeof(back))) > 0)
		got[1] += (size_t)n;
	return NULL;
}

static void test_flush(void)
{
	static char line[1000];
	struct output out;
	size_t got[2] = { 0, 0 };
	pthread_t reader;
	int ends[2];

	ok(!pipe(ends), "a pipe with a reader");
	got[0] = (size_t)ends[0];
	output_init(&out, ends[1]);
	for (unsigned i = 0; i < LOTS / sizeof(line); i++)
		output_write(&out, line, sizeof(line));
	pthread_create(&reader, NULL, read_all, got);
	ok(!output_flush(&out), "flushing waits for the reader");
	close(ends[1]);
	pthread_join(reader, NULL);
	ok(got[1] == LOTS / sizeof(line) * sizeof(line), "until it has everything");
	output_clear(&out);
	close(ends[0]);
}

static void test_failures(void)
{
	struct output out;
	int ends[2], full = open("/dev/full", O_WRONLY);

	output_init(&out, full);
	output_print(&out, "%s", "lost");
	ok(output_flush(&out) == -ENOSPC && out.error == -ENOSPC, "a full device is an error");
	output_print(&out, "more");
	ok(output_flush(&out) == -ENOSPC && !out.len, "which stays, and keeps nothing more");
	output_clear(&out);
	ok(!pipe(ends), "a pipe whose reader goes away");
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	output_init(&out, ends[1]);
	output_print(&out, "x");
	output_offer(&out);
	ok(out.error == -EPIPE, "is noticed while offering");
	output_clear(&out);
	close(ends[1]);
	close(full);
}

int main(void)
{
	test_slow_reader();
	test_flush();
	test_failures();
	return tap_done();
}
