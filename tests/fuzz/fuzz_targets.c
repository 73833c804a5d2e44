// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A list of targets made of any bytes: no crash, no leak, and what was taken can be named. */
// LINK: user/cmd/ping_targets.c user/domain/check.c user/domain/kind.c user/domain/kind_icmp.c
// LINK: user/base/addr.c user/base/clock.c user/base/json.c user/base/log.c user/base/random.c -lm
#include "cmd/ping_targets.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_bad(void *arg, unsigned line, const char *why)
{
	unsigned *count = arg;

	if (!line || !*why)
		abort();
	++*count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct check_icmp icmp = { .size = 56, .ttl = 64 };
	struct ping_targets targets;
	char name[ADDR_TEXT_MAX];
	unsigned bad = 0;
	FILE *in;
	int err;

	if (!size)
		return 0;
	in = fmemopen((void *)(uintptr_t)data, size, "r");
	ping_targets_init(&targets, &icmp);
	err = ping_targets_read(&targets, in, on_bad, &bad);
	if (!err != !bad)
		abort();
	for (uint32_t i = 0; i < targets.count; i += 1 + targets.count / 64)
		if (!*ping_targets_name(&targets, i, name) ||
		    strlen(ping_targets_name(&targets, i, name)) > CHECK_TARGET_MAX)
			abort();
	ping_targets_clear(&targets);
	fclose(in);
	return 0;
}
