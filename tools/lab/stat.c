/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * stat.c - sonde-lab stat: what the responder on an interface has counted, by
 * another process, as one JSON line.
 *
 * The maps are found through the program that is attached there, so nothing has to be pinned.
 */
#include "lab.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "draw.h"
#include "respond.h"

#define MAPS_MAX 16

/* Return: the descriptor of the map called @name that the program uses, or -errno. */
static int find_map(const struct bpf_prog_info *prog, const uint32_t *ids, const char *name)
{
	for (unsigned i = 0; i < prog->nr_map_ids && i < MAPS_MAX; i++) {
		struct bpf_map_info info = { 0 };
		uint32_t len = sizeof(info);
		int fd = bpf_map_get_fd_by_id(ids[i]);

		if (fd < 0)
			return fd;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) &&
		    !strncmp(info.name, name, sizeof(info.name) - 1))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

static int find_maps(const char *interface, int *ret_count, int *ret_ms)
{
	uint32_t prog_id = 0, ids[MAPS_MAX];
	struct bpf_prog_info info = { .nr_map_ids = MAPS_MAX, .map_ids = (uintptr_t)ids };
	uint32_t len = sizeof(info);
	unsigned ifindex = if_nametoindex(interface);
	int prog, err;

	if (!ifindex)
		return -ENODEV;
	err = bpf_xdp_query_id(ifindex, 0, &prog_id);
	if (err)
		return err;
	prog = prog_id ? bpf_prog_get_fd_by_id(prog_id) : -ENOENT;
	if (prog < 0)
		return prog;
	err = bpf_obj_get_info_by_fd(prog, &info, &len);
	close(prog);
	if (err)
		return err;
	*ret_count = find_map(&info, ids, "sonde_lab_count");
	*ret_ms = find_map(&info, ids, "sonde_lab_ms");
	return *ret_count < 0 ? *ret_count : *ret_ms < 0 ? *ret_ms : 0;
}

static int put_counts(struct json *out, int map, int cpus)
{
	static const char *const names[RESPOND_COUNT_MAX] = {
		"seen", "replies", "loss", "duplicate", "corrupt", "wrong_source", "passed"
	};
	uint64_t *values = calloc(cpus, sizeof(*values)), sum;
	int err = values ? 0 : -ENOMEM;

	for (uint32_t key = 0; !err && key < RESPOND_COUNT_MAX; key++) {
		err = bpf_map_lookup_elem(map, &key, values);
		sum = 0;
		for (int cpu = 0; cpu < cpus; cpu++)
			sum += values[cpu];
		json_key(out, names[key]);
		json_uint(out, sum);
	}
	free(values);
	return err;
}

/* Requests by millisecond of the last @window ms that is over: the pacing, seen from the far end. */
static int collect_ms(int map, int cpus, uint32_t window, uint32_t *seen)
{
	uint32_t now = (uint32_t)(clock_now_ns() / NS_PER_MS);
	struct respond_ms *slot = calloc(cpus, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	for (uint32_t key = 0; key < RESPOND_MS_RING; key++) {
		if (bpf_map_lookup_elem(map, &key, slot))
			continue;
		for (int cpu = 0; cpu < cpus; cpu++)
			if (slot[cpu].seen && now - slot[cpu].ms - 1 < window)
				seen[window - (now - slot[cpu].ms)] += slot[cpu].seen;
	}
	free(slot);
	return 0;
}

static int compare_u32(const void *one, const void *two)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)two;

	return a < b ? -1 : a > b;
}

static int put_pacing(struct json *out, int map, int cpus, uint32_t window)
{
	uint32_t *seen = calloc(window, sizeof(*seen));
	uint64_t sum = 0;
	int err;

	if (!seen)
		return -ENOMEM;
	err = collect_ms(map, cpus, window, seen);
	qsort(seen, window, sizeof(*seen), compare_u32);
	for (uint32_t i = 0; i < window; i++)
		sum += seen[i];
	json_key(out, "window_ms");
	json_uint(out, window);
	json_key(out, "window_seen");
	json_uint(out, sum);
	json_key(out, "per_ms_p50");
	json_uint(out, seen[window / 2]);
	json_key(out, "per_ms_p99");
	json_uint(out, seen[(uint64_t)window * 99 / 100]);
	json_key(out, "per_ms_max");
	json_uint(out, seen[window - 1]);
	free(seen);
	return err;
}

int stat_main(int argc, char **argv)
{
	int count_map, ms_map, err, cpus = libbpf_num_possible_cpus();
	uint64_t window = 1000;
	struct json out;

	if (argc < 2 || argc > 3 ||
	    (argc == 3 && (lab_number(argv[2], RESPOND_MS_RING - 1, &window) || !window))) {
		fprintf(stderr, "usage: sonde-lab stat INTERFACE [WINDOW_MS]\n");
		return EXIT_USAGE;
	}
	err = find_maps(argv[1], &count_map, &ms_map);
	if (err)
		return lab_fail(argv[1], err);
	json_init(&out);
	json_object(&out);
	err = put_counts(&out, count_map, cpus);
	if (!err)
		err = put_pacing(&out, ms_map, cpus, window);
	json_object_end(&out);
	if (!err)
		err = json_error(&out);
	if (!err)
		printf("%.*s\n", (int)out.len, out.text);
	json_clear(&out);
	return err ? lab_fail("reading the counts", err) : 0;
}
