// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_refusal.c - the sentences for people who lack a right. */
#include "kern/refusal.c"

#include "../tap.h"

#define BIT(number) (1ull << (number))

static void expect(int err, uint64_t capabilities, const char *text)
{
	char got[256];

	refusal_describe(err, capabilities, got, sizeof(got));
	ok(strstr(got, text), "%s", got);
}

int main(void)
{
	char tiny[8];

	expect(-EPERM, 0, "missing CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON");
	expect(-EPERM, BIT(CAP_NET_ADMIN) | BIT(CAP_PERFMON), "missing CAP_BPF");
	expect(-EACCES, BIT(CAP_BPF) | BIT(CAP_PERFMON), "missing CAP_NET_ADMIN");
	expect(-EPERM, BIT(CAP_BPF) | BIT(CAP_NET_ADMIN), "missing CAP_PERFMON");
	expect(-EPERM, BIT(CAP_SYS_ADMIN), "missing CAP_NET_ADMIN");
	expect(-EPERM, BIT(CAP_SYS_ADMIN) | BIT(CAP_NET_ADMIN), "seccomp");
	expect(-ENOSYS, ~0ull, "no bpf()");
	expect(-ENOMEM, ~0ull, "memory");
	expect(-EINVAL, ~0ull, "Invalid argument");
	refusal_describe(-EPERM, 0, tiny, sizeof(tiny));
	ok(strlen(tiny) == 7, "a short buffer is cut, not overrun");
	return tap_done();
}
