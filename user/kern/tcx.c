// SPDX-License-Identifier: GPL-2.0 OR MIT
/* tcx.c - the raw system call: libbpf 1.1 and the headers of Linux 6.1 know no TCX. */
#include "kern/tcx.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 6.6 */
#define TCX_INGRESS 46
#define TCX_EGRESS  47
#define TCX_BEFORE  (1u << 3) /* BPF_F_BEFORE without a relative: before all */

int tcx_attach(unsigned ifindex, int prog_fd, int is_egress)
{
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = prog_fd;
	attr.link_create.target_ifindex = ifindex;
	attr.link_create.attach_type = is_egress ? TCX_EGRESS : TCX_INGRESS;
	attr.link_create.flags = TCX_BEFORE;
	fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? -errno : (int)fd;
}

int tcx_is_alive(int link_fd)
{
	struct bpf_link_info info = { 0 };
	__u32 bytes = sizeof(info);

	/* tcx.ifindex lies where xdp.ifindex does; 0 when the device is gone */
	return !bpf_obj_get_info_by_fd(link_fd, &info, &bytes) && info.xdp.ifindex;
}
