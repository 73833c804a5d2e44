/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* tap.c - the BPF programs of the emulator: load, attach, map, detach. */
#include "tap.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emulate.h"
#include "tools/lab/emulate.skel.h"

struct tap {
	struct emulate_bpf *bpf;
	struct ring_buffer *ring;
	void *sent; /* MAP_FAILED before it is mapped */
	unsigned ifindex;
	int is_attached;
};

static size_t sent_bytes(void)
{
	return sysconf(_SC_PAGESIZE);
}

static struct bpf_tc_hook hook_of(const struct tap *tap, enum bpf_tc_attach_point point)
{
	return (struct bpf_tc_hook){ .sz = sizeof(struct bpf_tc_hook),
				     .ifindex = (int)tap->ifindex,
				     .attach_point = point };
}

static int attach_one(const struct tap *tap, enum bpf_tc_attach_point point,
		      const struct bpf_program *prog)
{
	struct bpf_tc_hook hook = hook_of(tap, point);
	struct bpf_tc_opts opts = { .sz = sizeof(opts),
				    .prog_fd = bpf_program__fd(prog),
				    .flags = BPF_TC_F_REPLACE,
				    .handle = 1,
				    .priority = 1 };

	return bpf_tc_attach(&hook, &opts);
}

static int attach(struct tap *tap)
{
	struct bpf_tc_hook hook = hook_of(tap, BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_create(&hook);

	if (err && err != -EEXIST)
		return err;
	tap->is_attached = 1;
	err = attach_one(tap, BPF_TC_EGRESS, tap->bpf->progs.sonde_lab_stamp);
	return err ? err : attach_one(tap, BPF_TC_INGRESS, tap->bpf->progs.sonde_lab_take);
}

int tap_open(struct tap **ret, const char *interface,
	     int (*on_request)(void *arg, void *data, size_t size), void *arg)
{
	struct tap *tap = calloc(1, sizeof(*tap));
	int err = -ENODEV;

	if (!tap)
		return -ENOMEM;
	tap->sent = MAP_FAILED;
	tap->ifindex = if_nametoindex(interface);
	if (!tap->ifindex)
		goto fail;
	tap->bpf = emulate_bpf__open_and_load();
	err = -errno;
	if (!tap->bpf)
		goto fail;
	tap->sent = mmap(NULL, sent_bytes(), PROT_READ, MAP_SHARED,
			 bpf_map__fd(tap->bpf->maps.sonde_lab_sent), 0);
	err = -errno;
	if (tap->sent == MAP_FAILED)
		goto fail;
	tap->ring = ring_buffer__new(bpf_map__fd(tap->bpf->maps.sonde_lab_taken), on_request, arg,
				     NULL);
	err = -errno;
	if (!tap->ring)
		goto fail;
	err = attach(tap);
	if (err)
		goto fail;
	*ret = tap;
	return 0;
fail:
	tap_close(tap);
	return err;
}

void tap_close(struct tap *tap)
{
	struct bpf_tc_hook hook;

	if (!tap)
		return;
	hook = hook_of(tap, BPF_TC_INGRESS | BPF_TC_EGRESS);
	if (tap->is_attached)
		bpf_tc_hook_destroy(&hook);
	ring_buffer__free(tap->ring);
	if (tap->sent != MAP_FAILED)
		munmap(tap->sent, sent_bytes());
	emulate_bpf__destroy(tap->bpf);
	free(tap);
}

int tap_fd(const struct tap *tap)
{
	return ring_buffer__epoll_fd(tap->ring);
}

void tap_consume(struct tap *tap)
{
	ring_buffer__consume(tap->ring);
}

unsigned tap_ifindex(const struct tap *tap)
{
	return tap->ifindex;
}

const volatile uint64_t *tap_sent(const struct tap *tap)
{
	return tap->sent;
}

int64_t tap_no_room(const struct tap *tap)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *values = calloc(cpus, sizeof(*values));
	uint32_t key = EMULATE_NO_ROOM;
	int64_t sum = 0;

	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(tap->bpf->maps.sonde_lab_emulated), &key, values))
		sum = -errno;
	for (int cpu = 0; sum >= 0 && cpu < cpus; cpu++)
		sum += (int64_t)values[cpu];
	free(values);
	return sum;
}
