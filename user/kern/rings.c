// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * rings.c - mmapped ring buffers: a page with the consumer's position, one with the
 * producer's, then the data, mapped twice in a row so that no record is ever split.
 */
#include "kern/rings.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kern/cpus.h"

struct ring_map {
	unsigned long *consumer; /* our page */
	const uint8_t *producer; /* the kernel's page; the data follows it */
	size_t bytes;            /* of the data, once */
};

struct rings {
	unsigned count;
	size_t page_bytes;
	struct ring_map ring[];
};

static int map_ring(struct rings *rings, struct ring_map *ring, int fd, size_t bytes)
{
	size_t page = rings->page_bytes;
	void *own = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	void *theirs;

	if (own == MAP_FAILED)
		return -errno;
	theirs = mmap(NULL, page + 2 * bytes, PROT_READ, MAP_SHARED, fd, page);
	if (theirs == MAP_FAILED) {
		int err = -errno;

		munmap(own, page);
		return err;
	}
	*ring = (struct ring_map){ .consumer = own, .producer = theirs, .bytes = bytes };
	rings->count++;
	return 0;
}

/* Makes the ring and leaves it to the outer map, which keeps it alive. */
static int add_ring(struct rings *rings, int *ret_fd, size_t bytes)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "sonde_ring", 0, 0, bytes, NULL);
	int err;

	if (fd < 0)
		return -errno;
	err = map_ring(rings, &rings->ring[rings->count], fd, bytes);
	if (err) {
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

/* CPUs that are off have no ring of their own: one that appears shares that of another. */
static int fill_outer(struct rings *rings, int outer_fd, const struct cpus *online, unsigned cpus,
		      size_t bytes)
{
	int fds[CPUS_MAX], err = 0;
	unsigned made = 0;

	for (unsigned cpu = 0; cpu < cpus && !err; cpu++)
		if (cpus_has(online, cpu)) {
			err = add_ring(rings, &fds[made], bytes);
			made += !err;
		}
	if (!err && !made)
		err = -ENODEV;
	for (unsigned cpu = 0, next = 0; cpu < cpus && !err; cpu++) {
		unsigned at = cpus_has(online, cpu) ? next++ : cpu % made;

		if (bpf_map_update_elem(outer_fd, &cpu, &fds[at], BPF_ANY))
			err = -errno;
	}
	while (made > 0)
		close(fds[--made]);
	return err;
}

int rings_new(struct rings **ret, int outer_fd, unsigned cpus, unsigned ring_bytes)
{
	struct rings *rings;
	struct cpus online;
	int err;

	err = cpus_read_online(&online);
	if (err)
		return err;
	if (cpus > CPUS_MAX)
		return -E2BIG;
	rings = calloc(1, sizeof(*rings) + cpus * sizeof(rings->ring[0]));
	if (!rings)
		return -ENOMEM;
	rings->page_bytes = sysconf(_SC_PAGESIZE);
	err = fill_outer(rings, outer_fd, &online, cpus, ring_bytes);
	if (err) {
		rings_free(rings);
		return err;
	}
	*ret = rings;
	return 0;
}

void rings_free(struct rings *rings)
{
	if (!rings)
		return;
	for (unsigned i = 0; i < rings->count; i++) {
		munmap(rings->ring[i].consumer, rings->page_bytes);
		munmap((void *)rings->ring[i].producer,
		       rings->page_bytes + 2 * rings->ring[i].bytes);
	}
	free(rings);
}

/* A record's length as it is stored: header included, to the next multiple of eight. */
static unsigned long stored_bytes(uint32_t length)
{
	length &= ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
	return (length + BPF_RINGBUF_HDR_SZ + 7ul) & ~7ul;
}

static unsigned drain_one(const struct ring_map *ring, size_t page_bytes, kern_record_fn fn,
			  void *arg)
{
	const uint8_t *data = ring->producer + page_bytes;
	unsigned long at = *ring->consumer; /* only we write it */
	/* acquire: pairs with the kernel's release, headers up to here are initialized */
	unsigned long end =
		__atomic_load_n((const unsigned long *)ring->producer, __ATOMIC_ACQUIRE);
	unsigned long start = at;
	unsigned count = 0;

	while (at != end) { /* not "below": on 32 bits they wrap every 4 GiB */
		const uint8_t *header = data + (at & (ring->bytes - 1));
		/* acquire: pairs with the kernel's exchange in submit, the record is whole */
		uint32_t length = __atomic_load_n((const uint32_t *)header, __ATOMIC_ACQUIRE);

		if (length & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(length & BPF_RINGBUF_DISCARD_BIT)) {
			fn(arg, (const void *)(header + BPF_RINGBUF_HDR_SZ));
			count++;
		}
		at += stored_bytes(length);
	}
	if (at != start) /* release: our reads are over before the kernel may overwrite */
		__atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
	return count;
}

unsigned rings_drain(struct rings *rings, kern_record_fn fn, void *arg)
{
	unsigned count = 0;

	for (unsigned i = 0; i < rings->count; i++)
		count += drain_one(&rings->ring[i], rings->page_bytes, fn, arg);
	return count;
}
