// SPDX-License-Identifier: GPL-2.0 OR MIT
/* xdp.c - XDP links, and stepping in for the responder's placeholder. */
#include "kern/xdp.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#define PLACEHOLDER "sonde_pass"

static int prog_info(int fd, struct bpf_prog_info *ret)
{
	__u32 bytes = sizeof(*ret);

	memset(ret, 0, sizeof(*ret));
	return bpf_obj_get_info_by_fd(fd, ret, &bytes) ? -errno : 0;
}

/* Return: descriptor of sonde_pass if that is what the interface carries, else -1. */
static int find_placeholder(unsigned ifindex)
{
	struct bpf_prog_info info;
	__u32 id = 0;
	int fd;

	if (bpf_xdp_query_id((int)ifindex, XDP_FLAGS_DRV_MODE, &id) || !id)
		return -1;
	fd = bpf_prog_get_fd_by_id(id);
	if (fd < 0)
		return -1;
	if (!prog_info(fd, &info) && !strcmp(info.name, PLACEHOLDER))
		return fd;
	close(fd);
	return -1;
}

/* Puts one program where the other is, or fails if it is not there any more. */
static int swap(unsigned ifindex, int old_fd, int new_fd)
{
	struct bpf_xdp_attach_opts opts = { .sz = sizeof(opts), .old_prog_fd = old_fd };

	return bpf_xdp_attach((int)ifindex, new_fd, XDP_FLAGS_DRV_MODE, &opts);
}

int xdp_attach(struct xdp_hook *ret, unsigned ifindex, int prog_fd)
{
	struct bpf_link_create_opts opts = { .sz = sizeof(opts), .flags = XDP_FLAGS_DRV_MODE };
	struct xdp_hook hook = { .ifindex = ifindex, .link_fd = -1, .placeholder_fd = -1 };
	struct bpf_prog_info info;
	int err = prog_info(prog_fd, &info);

	if (err)
		return err;
	hook.prog_fd = prog_fd;
	hook.prog_id = info.id;
	hook.placeholder_fd = find_placeholder(ifindex);
	if (hook.placeholder_fd >= 0) {
		err = swap(ifindex, hook.placeholder_fd, prog_fd);
	} else {
		hook.link_fd = bpf_link_create(prog_fd, (int)ifindex, BPF_XDP, &opts);
		err = hook.link_fd < 0 ? -errno : 0;
	}
	if (err == -EEXIST) /* a generic program is there */
		err = -EBUSY;
	if (!err)
		*ret = hook;
	else if (hook.placeholder_fd >= 0)
		close(hook.placeholder_fd);
	return err;
}

void xdp_detach(struct xdp_hook *hook)
{
	if (hook->placeholder_fd >= 0) {
		swap(hook->ifindex, hook->prog_fd, hook->placeholder_fd);
		close(hook->placeholder_fd);
	}
	if (hook->link_fd >= 0)
		close(hook->link_fd);
	hook->placeholder_fd = hook->link_fd = -1;
}

int xdp_is_alive(const struct xdp_hook *hook)
{
	__u32 id = 0;

	return !bpf_xdp_query_id((int)hook->ifindex, XDP_FLAGS_DRV_MODE, &id) &&
	       id == hook->prog_id;
}
