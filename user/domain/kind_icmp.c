// SPDX-License-Identifier: GPL-2.0 OR MIT
/* kind_icmp.c - ICMP and ICMPv6 echo. */
#include "domain/check.h"
#include "domain/kind.h"

#define AT(field) offsetof(struct check, icmp.field)

static const char *const families[] = { "any", "4", "6", NULL };
static const char *const yes_no[] = { "false", "true", NULL };

static const struct param params[] = {
	{ .name = "size",
	  .type = PARAM_UINT32,
	  .offset = AT(size),
	  .max = CHECK_SIZE_MAX,
	  .def = 56,
	  .unit = "bytes",
	  .help = "payload of each echo request" },
	{ .name = "ttl",
	  .type = PARAM_UINT8,
	  .offset = AT(ttl),
	  .min = 1,
	  .max = 255,
	  .def = 64,
	  .help = "TTL, or hop limit, of each request" },
	{ .name = "dscp",
	  .type = PARAM_UINT8,
	  .offset = AT(dscp),
	  .max = 63,
	  .help = "differentiated services code point" },
	{ .name = "dont_fragment",
	  .type = PARAM_CHOICE,
	  .offset = AT(dont_fragment),
	  .choices = yes_no,
	  .help = "forbid fragmentation, so that a path with a smaller MTU answers with an error" },
	{ .name = "family",
	  .type = PARAM_CHOICE,
	  .offset = AT(family),
	  .choices = families,
	  .help = "address family to use when the target is a name" },
	{ .name = "fwmark",
	  .type = PARAM_UINT32,
	  .offset = AT(fwmark),
	  .max = UINT32_MAX,
	  .help = "firewall mark of each request, for policy routing" },
	{ .name = "source",
	  .type = PARAM_TEXT,
	  .offset = AT(source),
	  .max = sizeof(((struct check *)0)->icmp.source) - 1,
	  .help = "source address; empty takes the route's" },
	{ .name = "device",
	  .type = PARAM_TEXT,
	  .offset = AT(device),
	  .max = CHECK_DEVICE_MAX,
	  .help = "interface or VRF to send from; empty takes the route's" },
};

const struct kind kind_icmp = {
	.name = "icmp",
	.number = 1,
	.help = "ICMP echo, IPv4 and IPv6",
	.params = params,
	.nparams = sizeof(params) / sizeof(params[0]),
};
