// SPDX-License-Identifier: GPL-2.0 OR MIT
/* refusal.c - errors of bpf(2) and what usually is behind them. */
#include "kern/refusal.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What loading TC and XDP programs takes; PERFMON because ours compare packet pointers. */
static const struct {
	unsigned number;
	const char *name;
} needed[] = {
	{ CAP_BPF, "CAP_BPF" },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ CAP_PERFMON, "CAP_PERFMON" },
};

static uint64_t own_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

static int is_missing(uint64_t capabilities, unsigned number)
{
	if (number != CAP_NET_ADMIN && capabilities >> CAP_SYS_ADMIN & 1)
		return 0; /* it includes the newer two */
	return !(capabilities >> number & 1);
}

static void describe_rights(uint64_t capabilities, char *text, size_t bytes)
{
	char names[64] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (is_missing(capabilities, needed[i].number))
			used += snprintf(names + used, sizeof(names) - used, "%s%s",
					 used ? ", " : "", needed[i].name);
	if (used)
		snprintf(text, bytes, "BPF is refused: missing %s", names);
	else
		snprintf(text, bytes,
			 "BPF is refused although no capability is missing: "
			 "a seccomp profile or kernel lockdown forbids it");
}

void refusal_describe(int err, uint64_t capabilities, char *ret_text, size_t text_bytes)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		describe_rights(capabilities, ret_text, text_bytes);
		break;
	case ENOSYS:
		snprintf(ret_text, text_bytes,
			 "BPF is refused: the kernel, or a seccomp profile, has no bpf()");
		break;
	case ENOMEM:
		snprintf(ret_text, text_bytes,
			 "BPF is refused: not enough memory for the slots "
			 "and rings; fewer slot bits need less");
		break;
	default:
		snprintf(ret_text, text_bytes,
			 "BPF is refused: %s; --log-level debug shows what the kernel says",
			 strerror(-err));
	}
}

void refusal_explain(int err, char *ret_text, size_t text_bytes)
{
	refusal_describe(err, own_capabilities(), ret_text, text_bytes);
}
