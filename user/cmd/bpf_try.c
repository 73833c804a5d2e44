// SPDX-License-Identifier: GPL-2.0 OR MIT
/* bpf_try.c - the contract is in bpf_try.h. */
#include "cmd/bpf_try.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"

#define BPF_TCX_INGRESS_NUMBER 46         /* newer than Debian 12's headers */
#define NO_INTERFACE           0x7fffffff /* the kernel hands out small ones, upwards */
#define CLOCK_SHIFT            20         /* 32 bits of about 1 ms each are returned */

/* return bpf_ktime_get_ns() >> CLOCK_SHIFT */
static const struct bpf_insn program[] = {
	{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ktime_get_ns },
	{ .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_0, .imm = CLOCK_SHIFT },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int bpf(int command, union bpf_attr *attr)
{
	long ret = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return ret < 0 ? -errno : (int)ret;
}

/* Return: descriptor or -errno. */
static int load(void)
{
	static const char license[] = "GPL";
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = (uint64_t)(uintptr_t)program;
	attr.insn_cnt = sizeof(program) / sizeof(program[0]);
	attr.license = (uint64_t)(uintptr_t)license;
	memcpy(attr.prog_name, "sonde_try", sizeof("sonde_try"));
	return bpf(BPF_PROG_LOAD, &attr);
}

int bpf_try_load(void)
{
	int fd = load();

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int bpf_try_tcx(void)
{
	union bpf_attr attr;
	int fd = load(), link;

	if (fd < 0)
		return fd;
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)fd;
	attr.link_create.target_ifindex = NO_INTERFACE;
	attr.link_create.attach_type = BPF_TCX_INGRESS_NUMBER;
	link = bpf(BPF_LINK_CREATE, &attr);
	close(fd);
	if (link >= 0)
		close(link);
	return link == -ENODEV;
}

int bpf_try_clock(int64_t *ret_ns)
{
	unsigned char packet[64] = { 0 };
	union bpf_attr attr;
	uint32_t here;
	int fd = load(), err;

	if (fd < 0)
		return fd;
	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (uint32_t)fd;
	attr.test.data_in = (uint64_t)(uintptr_t)packet;
	attr.test.data_size_in = sizeof(packet);
	here = (uint32_t)(clock_now_ns() >> CLOCK_SHIFT);
	err = bpf(BPF_PROG_TEST_RUN, &attr);
	close(fd);
	if (err < 0)
		return err;
	*ret_ns = (int64_t)(int32_t)(attr.test.retval - here) * (1ll << CLOCK_SHIFT);
	return 0;
}
