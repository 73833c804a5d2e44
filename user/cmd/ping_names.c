// SPDX-License-Identifier: GPL-2.0 OR MIT
/* ping_names.c - the contract is in ping_names.h. */
#include "cmd/ping_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probe/resolve.h"

struct pending_name {
	struct resolve_user user;
	struct ping_names *names;
	uint32_t target;
};

struct ping_names {
	struct resolve *resolve;
	struct ping_targets *targets;
	ping_names_fn fn;
	void *arg;
	uint32_t pending;
	struct pending_name of[];
};

static void on_answer(struct resolve_user *user)
{
	struct pending_name *pending = container_of(user, struct pending_name, user);
	struct ping_names *names = pending->names;
	struct ping_target *target = &names->targets->at[pending->target];
	int state = resolve_state(user);
	const struct addr *addresses;
	unsigned count;

	if (state == -EINPROGRESS)
		return;
	addresses = resolve_addresses(user, &count);
	if (!state && count) {
		target->addr = addresses[0];
		target->has_addr = 1;
	}
	resolve_unwatch(names->resolve, user);
	names->pending--;
	names->fn(names->arg, pending->target, target->has_addr ? NULL : resolve_error_text(state));
}

static int watch_all(struct ping_names *names, unsigned family)
{
	uint32_t next = 0;
	int err = 0;

	for (uint32_t i = 0; !err && i < names->targets->count; i++) {
		struct pending_name *pending = &names->of[next];

		if (names->targets->at[i].has_addr)
			continue;
		pending->user.fn = on_answer;
		pending->names = names;
		pending->target = i;
		err = resolve_watch(names->resolve, &pending->user, names->targets->at[i].name,
				    family);
		next++;
	}
	names->pending = next;
	return err;
}

int ping_names_new(struct ping_names **ret, struct loop *loop, struct ping_targets *targets,
		   const char *servers, ping_names_fn fn, void *arg, char *why, unsigned why_bytes)
{
	struct resolve_options options = { .servers = servers };
	struct ping_names *names;
	int err;

	names = calloc(1, sizeof(*names) + targets->names * sizeof(names->of[0]));
	if (!names) {
		snprintf(why, why_bytes, "out of memory");
		return -ENOMEM;
	}
	names->targets = targets;
	names->fn = fn;
	names->arg = arg;
	err = resolve_new(&names->resolve, loop, &options, why, why_bytes);
	if (!err) {
		err = watch_all(names, targets->icmp->family);
		if (err)
			snprintf(why, why_bytes, "%s", strerror(-err));
	}
	if (err) {
		ping_names_free(names);
		return err;
	}
	*ret = names;
	return 0;
}

void ping_names_free(struct ping_names *names)
{
	if (!names)
		return;
	resolve_free(names->resolve);
	free(names);
}

uint32_t ping_names_pending(const struct ping_names *names)
{
	return names->pending;
}
