// SPDX-License-Identifier: GPL-2.0 OR MIT
/* doctor_kernel.c - what the kernel can do, tried rather than read wherever that is possible. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/bpf_try.h"
#include "cmd/doctor.h"
#include "kern/kern.h"
#include "loop/loop.h"

#define BTF_PATH         "/sys/kernel/btf/vmlinux"
#define CLOCKSOURCE_PATH "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define TRY_SLOT_BITS    10 /* the smallest kern.h allows */

static void check_release(struct doctor_report *report)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	if (uname(&name))
		return;
	sscanf(name.release, "%u.%u", &major, &minor);
	if (major > 6 || (major == 6 && minor >= 1)) {
		doctor_add(report, DOCTOR_OK, "kernel", "Linux %s, %s", name.release, name.machine);
		return;
	}
	doctor_explain(doctor_add(report, DOCTOR_BAD, "kernel", "Linux %s, %s", name.release,
				  name.machine),
		       "io_uring lacks what the probe loop is built on",
		       "use Linux 6.1 or later (Debian 12 has it)");
}

static void check_btf(struct doctor_report *report)
{
	if (!access(BTF_PATH, R_OK)) {
		doctor_add(report, DOCTOR_OK, "BTF", BTF_PATH);
		return;
	}
	doctor_explain(doctor_add(report, DOCTOR_BAD, "BTF", BTF_PATH ": %s", strerror(errno)),
		       "BPF programs cannot be fitted to this kernel: stamps come from the socket",
		       "use a kernel with CONFIG_DEBUG_INFO_BTF, and mount /sys");
}

static void check_uring(struct doctor_report *report)
{
	struct doctor_finding *finding;
	struct loop *loop = NULL;
	uint64_t disabled = 0;
	int err = loop_new(&loop);

	loop_free(loop);
	if (!err) {
		doctor_add(report, DOCTOR_OK, "io_uring", "a ring was set up");
		return;
	}
	finding = doctor_add(report, DOCTOR_BAD, "io_uring", "%s", loop_refusal(err));
	if (!doctor_read_uint("/proc/sys/kernel/io_uring_disabled", &disabled) && disabled)
		doctor_explain(finding, "sonde cannot run: nothing stands in for it",
			       "sysctl -w kernel.io_uring_disabled=0");
	else
		doctor_explain(finding, "sonde cannot run: nothing stands in for it",
			       "allow io_uring_setup, io_uring_enter and io_uring_register in the "
			       "container's seccomp profile, or run it --privileged");
}

static void check_bpf(struct doctor_report *report)
{
	struct kern_options options = { .rx = KERN_RX_TC,
					.slot_bits = TRY_SLOT_BITS,
					.guard_fd = -1 };
	struct kern *kern = NULL;
	char why[192] = "";
	int err = bpf_try_load();

	if (err) {
		doctor_explain(doctor_add(report, DOCTOR_BAD, "BPF", "bpf(2) refuses programs: %s",
					  strerror(-err)),
			       "stamps come from the socket", "grant CAP_BPF and CAP_NET_ADMIN");
		return;
	}
	err = kern_new(&kern, &options, why, sizeof(why));
	kern_free(kern);
	if (!err)
		doctor_add(report, DOCTOR_OK, "BPF", "our programs were loaded");
	else
		doctor_explain(
			doctor_add(report, DOCTOR_BAD, "BPF", "%s", *why ? why : strerror(-err)),
			"stamps come from the socket", "see BTF and rights in this report");
}

static void check_tcx(struct doctor_report *report)
{
	int has = bpf_try_tcx();

	if (has > 0)
		doctor_add(report, DOCTOR_OK, "TCX", "TC programs go away with their owner");
	else if (!has)
		doctor_explain(
			doctor_add(report, DOCTOR_WARN, "TCX", "this kernel has none"),
			"clsact is used; the guardian process has to clean up after a kill -9",
			"use Linux 6.6 or later");
}

static void check_jit(struct doctor_report *report)
{
	uint64_t jit;

	if (doctor_read_uint("/proc/sys/net/core/bpf_jit_enable", &jit))
		return;
	if (jit)
		doctor_add(report, DOCTOR_OK, "BPF JIT", "on");
	else
		doctor_explain(doctor_add(report, DOCTOR_WARN, "BPF JIT", "off"),
			       "every packet of the host passes our programs several times slower",
			       "sysctl -w net.core.bpf_jit_enable=1");
}

/* Those that are read from a register; others cost a slow bus access or an exit to the host. */
static int is_fast_clock(const char *name)
{
	static const char *const fast[] = { "tsc", "kvm-clock", "arch_sys_counter",
					    "hyperv_clocksource_tsc_page" };

	for (unsigned i = 0; i < sizeof(fast) / sizeof(fast[0]); i++)
		if (!strcmp(fast[i], name))
			return 1;
	return 0;
}

static void check_clocksource(struct doctor_report *report)
{
	char name[64];

	if (doctor_read(CLOCKSOURCE_PATH, name, sizeof(name)))
		return;
	if (is_fast_clock(name))
		doctor_add(report, DOCTOR_OK, "clock", "%s", name);
	else
		doctor_explain(
			doctor_add(report, DOCTOR_WARN, "clock", "%s", name),
			"reading it takes up to some microseconds, which every stamp carries",
			"echo tsc > %s, where it is in available_clocksource", CLOCKSOURCE_PATH);
}

static void check_time_namespace(struct doctor_report *report)
{
	int64_t offset_ns;

	if (bpf_try_clock(&offset_ns))
		return;
	if (llabs(offset_ns) < 50 * NS_PER_MS) {
		doctor_add(report, DOCTOR_OK, "time", "BPF and user space share one clock");
		return;
	}
	doctor_explain(doctor_add(report, DOCTOR_BAD, "time",
				  "BPF's clock is %+.1f s from CLOCK_MONOTONIC: a time namespace",
				  (double)offset_ns / (double)NS_PER_SEC),
		       "kernel stamps and user space's times cannot be compared",
		       "run sonde outside of the time namespace");
}

void doctor_kernel(struct doctor_report *report)
{
	check_release(report);
	check_btf(report);
	check_uring(report);
	check_bpf(report);
	check_tcx(report);
	check_jit(report);
	check_clocksource(report);
	check_time_namespace(report);
}
