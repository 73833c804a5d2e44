// SPDX-License-Identifier: GPL-2.0 OR MIT
/* kern.c - load, map, and keep the list of attached interfaces. */
#include "kern/kern.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/list.h"
#include "bpf/sonde.skel.h"
#include "kern/attach.h"
#include "kern/libbpf_log.h"
#include "kern/refusal.h"
#include "kern/rings.h"

#define SLOT_BITS_MIN     10
#define SLOT_BITS_MAX     22
#define SLOT_BITS_DEFAULT 20
#define RING_BYTES        (4u << 20)

/* Values of enum result_stamp, which lies above this layer. */
#define STAMP_NONE 0
#define STAMP_TC   3
#define STAMP_XDP  4

struct interface {
	struct list link;
	unsigned ifindex;
	struct attach *attach;
};

struct kern {
	struct kern_options options;
	struct sonde_bpf *skel; /* NULL: no BPF */
	struct rings *rings;
	struct sonde_slot *slots;
	size_t slots_bytes; /* mapped */
	unsigned cpus;      /* possible */
	struct list interfaces;
	char why[ATTACH_WHY_BYTES];
};

static void use_defaults(struct kern_options *options)
{
	if (!options->slot_bits)
		options->slot_bits = SLOT_BITS_DEFAULT;
	if (!options->ring_bytes)
		options->ring_bytes = RING_BYTES;
}

static int check(const struct kern_options *o, char *why, unsigned why_bytes)
{
	if (o->slot_bits < SLOT_BITS_MIN || o->slot_bits > SLOT_BITS_MAX) {
		snprintf(why, why_bytes, "%u slot bits: must be %d to %d", o->slot_bits,
			 SLOT_BITS_MIN, SLOT_BITS_MAX);
		return -EINVAL;
	}
	if (o->ring_bytes & (o->ring_bytes - 1) || o->ring_bytes % sysconf(_SC_PAGESIZE)) {
		snprintf(why, why_bytes, "a ring of %u bytes: must be a power of two of pages",
			 o->ring_bytes);
		return -EINVAL;
	}
	return 0;
}

/* Both kinds of slots: the BPF array's memory, or memory of our own. */
static int map_slots(struct kern *kern)
{
	int fd = kern->skel ? bpf_map__fd(kern->skel->maps.sonde_slots) : -1;
	size_t page = sysconf(_SC_PAGESIZE);
	size_t bytes = kern_slot_count(kern) * sizeof(struct sonde_slot);
	void *slots;

	bytes = (bytes + page - 1) & ~(page - 1);
	slots = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0),
		     fd, 0);
	if (slots == MAP_FAILED)
		return -errno;
	kern->slots = slots;
	kern->slots_bytes = bytes;
	return 0;
}

/* Sizes and configuration go in between opening and loading. */
static int load(struct kern *kern)
{
	int err = libbpf_num_possible_cpus();

	if (err < 0)
		return err;
	kern->cpus = err;
	kern->skel = sonde_bpf__open();
	if (!kern->skel)
		return -errno;
	kern->skel->rodata->sonde_verdict_pass = kern->options.verdict_pass;
	err = bpf_map__set_max_entries(kern->skel->maps.sonde_slots, kern_slot_count(kern));
	if (!err)
		err = bpf_map__set_max_entries(kern->skel->maps.sonde_rings, kern->cpus);
	/* verifying takes time: not for what will not be attached */
	if (!err)
		err = bpf_program__set_autoload(kern->skel->progs.sonde_rx_xdp,
						kern->options.rx == KERN_RX_XDP);
	if (!err)
		err = sonde_bpf__load(kern->skel);
	if (!err)
		err = rings_new(&kern->rings, bpf_map__fd(kern->skel->maps.sonde_rings), kern->cpus,
				kern->options.ring_bytes);
	return err;
}

static void unload(struct kern *kern)
{
	rings_free(kern->rings);
	sonde_bpf__destroy(kern->skel);
	kern->rings = NULL;
	kern->skel = NULL;
}

static int load_or_degrade(struct kern *kern, char *why, unsigned why_bytes)
{
	int err;

	if (kern->options.rx == KERN_RX_NONE)
		return 0;
	kern_log_setup();
	err = load(kern);
	if (!err)
		return 0;
	unload(kern);
	refusal_explain(err, kern->why, sizeof(kern->why));
	if (kern->options.rx == KERN_RX_AUTO)
		return 0;
	snprintf(why, why_bytes, "%s", kern->why);
	return err;
}

int kern_new(struct kern **ret, const struct kern_options *options, char *why, unsigned why_bytes)
{
	struct kern *kern;
	int err;

	if (why_bytes)
		why[0] = '\0';
	kern = calloc(1, sizeof(*kern));
	if (!kern)
		return -ENOMEM;
	list_init(&kern->interfaces);
	kern->options = *options;
	use_defaults(&kern->options);
	err = check(&kern->options, why, why_bytes);
	if (!err)
		err = load_or_degrade(kern, why, why_bytes);
	if (!err)
		err = map_slots(kern);
	if (err) {
		kern_free(kern);
		return err;
	}
	*ret = kern;
	return 0;
}

static void forget(struct interface *interface)
{
	list_remove(&interface->link);
	attach_free(interface->attach);
	free(interface);
}

void kern_free(struct kern *kern)
{
	if (!kern)
		return;
	while (!list_is_empty(&kern->interfaces))
		forget(container_of(kern->interfaces.next, struct interface, link));
	if (kern->slots)
		munmap(kern->slots, kern->slots_bytes);
	unload(kern);
	free(kern);
}

int kern_has_bpf(const struct kern *kern)
{
	return kern->skel != NULL;
}

const char *kern_why(const struct kern *kern)
{
	return kern->why;
}

struct sonde_slot *kern_slots(struct kern *kern)
{
	return kern->slots;
}

uint32_t kern_slot_count(const struct kern *kern)
{
	return 1u << kern->options.slot_bits;
}

static struct interface *find(const struct kern *kern, unsigned ifindex)
{
	for (const struct list *l = kern->interfaces.next; l != &kern->interfaces; l = l->next) {
		struct interface *interface = container_of(l, struct interface, link);

		if (interface->ifindex == ifindex)
			return interface;
	}
	return NULL;
}

static struct attach_options attach_options_of(const struct kern *kern)
{
	return (struct attach_options){
		.programs = { .tx = bpf_program__fd(kern->skel->progs.sonde_tx_stamp),
			      .tx_bare = bpf_program__fd(kern->skel->progs.sonde_tx_bare),
			      .rx = bpf_program__fd(kern->skel->progs.sonde_rx_tc),
			      .rx_bare = bpf_program__fd(kern->skel->progs.sonde_rx_bare),
			      .rx_xdp = bpf_program__fd(kern->skel->progs.sonde_rx_xdp) },
		.rx = kern->options.rx,
		.tc = kern->options.tc,
		.guard_fd = kern->options.guard_fd,
	};
}

int kern_attach(struct kern *kern, unsigned ifindex)
{
	struct interface *interface = find(kern, ifindex);
	struct attach_options options;
	int err;

	if (!kern->skel)
		return -EOPNOTSUPP;
	if (interface && attach_is_alive(interface->attach))
		return 0;
	if (interface) /* the device went, or somebody took our programs off */
		forget(interface);
	interface = calloc(1, sizeof(*interface));
	if (!interface)
		return -ENOMEM;
	options = attach_options_of(kern);
	err = attach_new(&interface->attach, &options, ifindex, kern->why);
	if (err) {
		free(interface);
		return err;
	}
	interface->ifindex = ifindex;
	list_add_tail(&kern->interfaces, &interface->link);
	return 0;
}

void kern_detach(struct kern *kern, unsigned ifindex)
{
	struct interface *interface = find(kern, ifindex);

	if (interface)
		forget(interface);
}

int kern_stamp_of(const struct kern *kern, unsigned ifindex)
{
	const struct interface *interface = find(kern, ifindex);

	if (!interface)
		return STAMP_NONE;
	return attach_is_xdp(interface->attach) ? STAMP_XDP : STAMP_TC;
}

unsigned kern_drain(struct kern *kern, kern_record_fn fn, void *arg)
{
	return kern->rings ? rings_drain(kern->rings, fn, arg) : 0;
}

uint64_t kern_counter(const struct kern *kern, unsigned counter)
{
	uint64_t *values, sum = 0;

	if (!kern->skel)
		return 0;
	values = calloc(kern->cpus, sizeof(*values));
	if (!values)
		return 0;
	if (!bpf_map_lookup_elem(bpf_map__fd(kern->skel->maps.sonde_counters), &counter, values))
		for (unsigned cpu = 0; cpu < kern->cpus; cpu++)
			sum += values[cpu];
	free(values);
	return sum;
}
