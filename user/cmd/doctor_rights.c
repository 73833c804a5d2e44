// SPDX-License-Identifier: GPL-2.0 OR MIT
/* doctor_rights.c - capabilities, by what each is good for. */
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/doctor.h"

struct right {
	int capability;
	const char *name;
	enum doctor_level lack;
	const char *cost;
};

static const struct right rights[] = {
	{ CAP_NET_RAW, "CAP_NET_RAW", DOCTOR_BAD, "no raw socket, so nothing can be probed" },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN", DOCTOR_BAD,
	  "no TC or XDP program can be attached: stamps come from the socket; no --fwmark" },
	{ CAP_BPF, "CAP_BPF", DOCTOR_BAD,
	  "no BPF program can be loaded: stamps come from the socket" },
	{ CAP_PERFMON, "CAP_PERFMON", DOCTOR_WARN,
	  "the verifier is stricter with BPF programs and may refuse them" },
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN", DOCTOR_WARN,
	  "no namespace for the built-in responder of 'sonde serve'" },
};

int doctor_has_right(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	memset(data, 0, sizeof(data));
	if (syscall(SYS_capget, &header, data))
		return 0;
	return data[capability / 32].effective >> capability % 32 & 1;
}

/* Since Linux 5.8 CAP_SYS_ADMIN contains these two. */
static int has_right(const struct right *right)
{
	if (doctor_has_right(right->capability))
		return 1;
	return (right->capability == CAP_BPF || right->capability == CAP_PERFMON) &&
	       doctor_has_right(CAP_SYS_ADMIN);
}

void doctor_rights(struct doctor_report *report)
{
	for (unsigned i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		const struct right *right = &rights[i];

		if (has_right(right))
			doctor_add(report, DOCTOR_OK, "rights", "%s", right->name);
		else
			doctor_explain(
				doctor_add(report, right->lack, "rights", "no %s", right->name),
				right->cost, "run as root, or in a container with --privileged");
	}
}
