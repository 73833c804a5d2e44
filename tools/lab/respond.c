/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * respond.c - sonde-lab respond: attach the XDP responder to the network's end.
 *
 * Without --stay the program lives as long as this process; with it, as long as
 * the interface. Rules are those of rules.h that need no time.
 */
#include "lab.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "draw.h"
#include "respond.h"
#include "rules.h"
#include "tools/lab/respond.skel.h"

struct options {
	const char *interface, *rules_path;
	uint64_t seed;
	int must_stay;
};

static int usage(void)
{
	fprintf(stderr, "usage: sonde-lab respond --iface NAME [--rules FILE] [--seed N] [--stay]\n"
			"  --stay  attach and return; the program goes with the interface\n");
	return EXIT_USAGE;
}

static int parse_options(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = { { "iface", 1, NULL, 'i' },
					       { "rules", 1, NULL, 'r' },
					       { "seed", 1, NULL, 's' },
					       { "stay", 0, NULL, 'S' },
					       { 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (c) {
		case 'i':
			options->interface = optarg;
			break;
		case 'r':
			options->rules_path = optarg;
			break;
		case 's':
			if (lab_number(optarg, UINT64_MAX, &options->seed))
				return -EINVAL;
			break;
		case 'S':
			options->must_stay = 1;
			break;
		default:
			return -EINVAL;
		}
	return optind < argc || !options->interface ? -EINVAL : 0;
}

static int put_rule(int map, const struct rule *rule)
{
	struct respond_key key = { .bits = rule->bits };
	struct respond_rule value = { .loss = rule->share[FAULT_LOSS],
				      .duplicate = rule->share[FAULT_DUPLICATE],
				      .corrupt = rule->share[FAULT_CORRUPT],
				      .wrong_source = rule->share[FAULT_WRONG_SOURCE] };

	if (rule->is_blackhole)
		value = (struct respond_rule){ .loss = LAB_MILLION };
	memcpy(key.address, rule->first.bytes, sizeof(key.address));
	return bpf_map_update_elem(map, &key, &value, BPF_ANY);
}

/* Return: 0, an exit status otherwise; the errors are printed. */
static int load_rules(const char *path, int map)
{
	struct rules rules;
	FILE *in = fopen(path, "re");
	int err;

	if (!in)
		return lab_fail(path, -errno);
	err = rules_read(in, path, stderr, &rules);
	fclose(in);
	if (err)
		return err < 0 ? lab_fail(path, err) : 1;
	for (size_t i = 0; !err && i < rules.count; i++)
		if (rules_need_time(&rules.rule[i])) {
			fprintf(stderr, "sonde-lab: %s: a rule needs time: use emulate\n", path);
			err = 1;
		} else if ((err = put_rule(map, &rules.rule[i]))) {
			err = lab_fail("rule", err);
		}
	rules_clear(&rules);
	return err;
}

static int attach(struct respond_bpf *bpf, const struct options *options, unsigned ifindex)
{
	int prog = bpf_program__fd(bpf->progs.sonde_lab_respond);
	struct bpf_link_create_opts opts = { .sz = sizeof(opts), .flags = XDP_FLAGS_DRV_MODE };
	int fd;

	if (options->must_stay)
		return bpf_xdp_attach(ifindex, prog, XDP_FLAGS_DRV_MODE, NULL);
	fd = bpf_link_create(prog, ifindex, BPF_XDP, &opts);
	return fd < 0 ? fd : 0; /* the descriptor goes with the process, and the program with it */
}

static int load(struct respond_bpf *bpf, const struct options *options)
{
	unsigned ifindex = if_nametoindex(options->interface);
	int twice, err;

	if (!ifindex)
		return lab_fail(options->interface, -errno);
	bpf->rodata->sonde_lab_seed = options->seed;
	err = respond_bpf__load(bpf);
	if (err)
		return lab_fail("loading the program", err);
	twice = bpf_map__fd(bpf->maps.sonde_lab_twice);
	for (uint32_t i = 0; !err && i < 2; i++)
		err = bpf_map_update_elem(twice, &i, &ifindex, BPF_ANY);
	if (err)
		return lab_fail("device map", err);
	if (options->rules_path)
		err = load_rules(options->rules_path, bpf_map__fd(bpf->maps.sonde_lab_rules));
	if (err)
		return err;
	err = attach(bpf, options, ifindex);
	return err ? lab_fail("attaching", err) : 0;
}

int respond_main(int argc, char **argv)
{
	struct options options = { .seed = 1 };
	struct pollfd wait = { .events = POLLIN };
	struct respond_bpf *bpf;
	int err;

	if (parse_options(&options, argc, argv))
		return usage();
	wait.fd = lab_signals();
	if (wait.fd < 0)
		return lab_fail("signalfd", wait.fd);
	bpf = respond_bpf__open();
	if (!bpf)
		return lab_fail("opening the program", -errno);
	err = load(bpf, &options);
	if (!err) {
		lab_ready();
		if (!options.must_stay)
			poll(&wait, 1, -1);
	}
	respond_bpf__destroy(bpf);
	close(wait.fd);
	return err;
}
