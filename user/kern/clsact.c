// SPDX-License-Identifier: GPL-2.0 OR MIT
/* clsact.c - clsact filters through libbpf, and the one question it cannot ask: what else is there? */
#include "kern/clsact.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include "kern/libbpf_log.h"
#include "kern/netlink.h"

/* Other filters may hold a handle or, with another kind, a whole priority: try the next. */
#define PRIORITY_LAST 8
#define HANDLE_LAST   64

static struct bpf_tc_hook hook_of(unsigned ifindex, enum bpf_tc_attach_point point)
{
	return (struct bpf_tc_hook){ .sz = sizeof(struct bpf_tc_hook),
				     .ifindex = (int)ifindex,
				     .attach_point = point };
}

static int prog_id(int fd, uint32_t *ret)
{
	struct bpf_prog_info info = { 0 };
	__u32 bytes = sizeof(info);

	*ret = 0;
	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &bytes))
		return -errno;
	*ret = info.id;
	return 0;
}

/* Is the filter there, and is it this program? */
static int has_filter(const struct guard_entry *e, enum bpf_tc_attach_point point, uint32_t prog)
{
	struct bpf_tc_hook hook = hook_of(e->ifindex, point);
	struct bpf_tc_opts opts = { .sz = sizeof(opts),
				    .handle = e->handle,
				    .priority = e->priority };

	return !bpf_tc_query(&hook, &opts) && opts.prog_id == prog;
}

int clsact_is_alive(const struct guard_entry *entry)
{
	return has_filter(entry, BPF_TC_EGRESS, entry->egress_prog) &&
	       (!entry->ingress_prog || has_filter(entry, BPF_TC_INGRESS, entry->ingress_prog));
}

static void remove_filter(const struct guard_entry *e, enum bpf_tc_attach_point point,
			  uint32_t prog)
{
	struct bpf_tc_hook hook = hook_of(e->ifindex, point);
	struct bpf_tc_opts opts = { .sz = sizeof(opts),
				    .handle = e->handle,
				    .priority = e->priority };

	if (prog && has_filter(e, point, prog))
		bpf_tc_detach(&hook, &opts);
}

static void count_filter(void *arg, const struct nlmsghdr *message)
{
	if (message->nlmsg_type == RTM_NEWTFILTER)
		++*(unsigned *)arg;
}

/* Return: 1 when no filter is left on either side; 0 also when that cannot be told. */
static int is_empty(unsigned ifindex)
{
	static const uint32_t sides[] = { TC_H_MIN_INGRESS, TC_H_MIN_EGRESS };
	unsigned filters = 0;
	int err = 0, fd = netlink_open();

	if (fd < 0)
		return 0;
	for (int i = 0; i < 2 && !err; i++) {
		struct tcmsg tcm = { .tcm_ifindex = (int)ifindex,
				     .tcm_parent = TC_H_MAKE(TC_H_CLSACT, sides[i]) };
		struct netlink_request r;

		netlink_start(&r, RTM_GETTFILTER, 0, &tcm, sizeof(tcm));
		err = netlink_dump(fd, &r, count_filter, &filters);
	}
	close(fd);
	return !err && !filters;
}

void clsact_remove(const struct guard_entry *entry)
{
	struct bpf_tc_hook both = hook_of(entry->ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);

	kern_log_setup();
	remove_filter(entry, BPF_TC_EGRESS, entry->egress_prog);
	remove_filter(entry, BPF_TC_INGRESS, entry->ingress_prog);
	if (entry->is_qdisc_ours && is_empty(entry->ifindex))
		bpf_tc_hook_destroy(&both);
}

static int add_filter(const struct guard_entry *e, enum bpf_tc_attach_point point, int prog_fd)
{
	struct bpf_tc_hook hook = hook_of(e->ifindex, point);
	struct bpf_tc_opts opts = {
		.sz = sizeof(opts), .handle = e->handle, .priority = e->priority, .prog_fd = prog_fd
	};

	return prog_fd < 0 ? 0 : bpf_tc_attach(&hook, &opts);
}

/* Both filters under one handle and priority, written to the guard file before either exists. */
static int add_both(struct guard_entry *e, int guard_fd, int position, int egress_fd,
		    int ingress_fd)
{
	int err = -EBUSY;

	for (e->priority = 1; e->priority <= PRIORITY_LAST; e->priority++) {
		for (e->handle = 1; e->handle <= HANDLE_LAST; e->handle++) {
			err = guard_update(guard_fd, position, e);
			if (err)
				return err;
			err = add_filter(e, BPF_TC_EGRESS, egress_fd);
			if (!err)
				err = add_filter(e, BPF_TC_INGRESS, ingress_fd);
			if (!err)
				return 0;
			remove_filter(e, BPF_TC_EGRESS, e->egress_prog);
			if (err != -EEXIST)
				break;
		}
		if (err != -EEXIST && err != -EINVAL)
			return err;
	}
	return -EBUSY;
}

/* The entry says "ours" before the discipline exists: killed in between, an empty one may go. */
static int make_discipline(struct guard_entry *e, int guard_fd, int position)
{
	struct bpf_tc_hook both = hook_of(e->ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_create(&both);

	if (err != -EEXIST)
		return err;
	e->is_qdisc_ours = 0;
	return guard_update(guard_fd, position, e);
}

int clsact_attach(struct guard_entry *ret, int guard_fd, unsigned ifindex, int egress_fd,
		  int ingress_fd)
{
	struct guard_entry e = { .ifindex = ifindex, .netns = guard_netns(), .is_qdisc_ours = 1 };
	int position, err;

	err = prog_id(egress_fd, &e.egress_prog);
	if (!err)
		err = prog_id(ingress_fd, &e.ingress_prog);
	if (err)
		return err;
	position = guard_add(guard_fd, &e);
	if (position < 0)
		return position;
	err = make_discipline(&e, guard_fd, position);
	if (!err)
		err = add_both(&e, guard_fd, position, egress_fd, ingress_fd);
	if (err) {
		clsact_remove(&e);
		guard_drop(guard_fd, position);
		return err;
	}
	*ret = e;
	return position;
}
