// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_rings.c - reading a ring whose other end is played here. */
#include "kern/rings.c"

#include "../tap.h"

#define PAGE  4096u
#define BYTES 4096u

/* The producer's page and the data twice in a row, as the kernel maps them. */
static _Alignas(4096) uint8_t theirs[PAGE + 2 * BYTES];
static unsigned long ours;
static const struct ring_map ring = { .consumer = &ours, .producer = theirs, .bytes = BYTES };
static unsigned slots[256], taken;

static unsigned long *producer(void)
{
	return (unsigned long *)theirs;
}

/* Writes one record; `flags` are the header's. Keeps both mappings of the data alike. */
static void produce(unsigned bytes, unsigned slot, uint32_t flags)
{
	uint8_t record[64] = { 0 };
	uint32_t length = bytes | flags;
	size_t stored = (bytes + 8 + 7) & ~7u;

	memcpy(record, &length, 4);
	((struct sonde_record *)(record + 8))->slot = slot;
	for (size_t i = 0; i < stored; i++)
		theirs[PAGE + (*producer() + i) % BYTES] =
			theirs[PAGE + BYTES + (*producer() + i) % BYTES] = record[i];
	*producer() += stored;
}

static void take(void *arg, const struct sonde_record *record)
{
	(void)arg;
	slots[taken++ % 256] = record->slot;
}

static unsigned drain(void)
{
	taken = 0;
	return drain_one(&ring, PAGE, take, NULL);
}

int main(void)
{
	unsigned next = 0, want = 0;
	int right = 1;

	ok(drain() == 0 && ours == 0, "an empty ring gives nothing");
	produce(32, 1, 0);
	produce(56, 2, 0);
	ok(drain() == 2 && slots[0] == 1 && slots[1] == 2, "records of both lengths");
	ok(ours == *producer(), "are given back");
	produce(32, 3, BPF_RINGBUF_DISCARD_BIT);
	produce(32, 4, 0);
	ok(drain() == 1 && slots[0] == 4 && ours == *producer(), "a discarded one is skipped");
	produce(32, 5, 0);
	produce(32, 6, BPF_RINGBUF_BUSY_BIT);
	produce(32, 7, 0);
	ok(drain() == 1 && slots[0] == 5 && *producer() - ours == 80,
	   "behind one that is being written nothing is read");
	theirs[PAGE + ours % BYTES + 3] &= 0x7f;
	theirs[PAGE + BYTES + ours % BYTES + 3] &= 0x7f;
	ok(drain() == 2 && slots[0] == 6 && slots[1] == 7, "until it is written");
	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < round % 50; i++, next++)
			produce(next % 3 ? 32 : 56, next, 0);
		right &= drain() == (unsigned)(round % 50);
		for (unsigned i = 0; i < taken; i++)
			right &= slots[i] == want++;
	}
	ok(right && want == next && ours > 100 * BYTES, "round and round, each record once");
	ours = *producer() = 0ul - 80; /* of 32 bits, positions come round after 4 GiB */
	produce(32, 1, 0);
	produce(32, 2, 0);
	produce(32, 3, 0);
	ok(drain() == 3 && slots[2] == 3 && ours == 40, "positions may wrap");
	return tap_done();
}
