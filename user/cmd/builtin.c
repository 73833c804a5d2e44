// SPDX-License-Identifier: GPL-2.0 OR MIT
/* builtin.c - the contract is in builtin.h. */
#include "cmd/builtin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "domain/kind.h"

static int add(struct config *config, const char *name, const char *id, const char *target,
	       const char *role)
{
	struct check *checks =
		realloc(config->checks, (config->nchecks + 1) * sizeof(*config->checks));
	struct check *check;
	int err;

	if (!checks)
		return -ENOMEM;
	config->checks = checks;
	check = &checks[config->nchecks];
	check_init(check, &kind_icmp);
	check->source = CHECK_BUILT_IN;
	check->name = strdup(name);
	check->target = strdup(target);
	err = check->name && check->target ? check_set_label(check, "builtin", role) : -ENOMEM;
	if (err) {
		check_clear(check);
		return err;
	}
	/* the responder's address may differ from start to start; its history goes on */
	check_set_id(check, id);
	config->nchecks++;
	return 0;
}

int builtin_add(struct config *config, const struct responder *responder)
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX];
	int err = add(config, "loopback", "builtin loopback 4", "127.0.0.1", "loopback");

	if (!err)
		err = add(config, "loopback (IPv6)", "builtin loopback 6", "::1", "loopback");
	if (err || !responder)
		return err;
	addr_format(responder_address4(responder), v4);
	err = add(config, "built-in responder", "builtin responder 4", v4, "responder");
	if (err || !responder_address6(responder)) /* none where the host has IPv6 off */
		return err;
	addr_format(responder_address6(responder), v6);
	err = add(config, "built-in responder (IPv6)", "builtin responder 6", v6, "responder");
	return err;
}
