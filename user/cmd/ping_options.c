// SPDX-License-Identifier: GPL-2.0 OR MIT
/* ping_options.c - the contract is in ping_options.h. */
#include "cmd/ping_options.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/rung.h"
#include "kern/kern.h"
#include "probe/engine.h"

#define AT(field) offsetof(struct ping_options, field)

/* fping waits for -p with -c, but never longer than this, and 500 ms without. */
#define TIMEOUT_LEAST_NS (500 * NS_PER_MS)
#define TIMEOUT_MOST_NS  (2000 * NS_PER_MS)
#define SLOT_BITS_LEAST  10u
#define SLOT_BITS_MOST   22u

static const char *const log_names[] = { "error", "warn", "info", "debug", NULL };
static const char *const verdict_names[] = { "drop", "pass", NULL };

static const struct option_spec specs[] = {
	{ OPTION_HEADING, 0, NULL, NULL, 0, 0, 0, NULL,
	  "How many, how often (times in ms, or 2s, 50us):" },
	{ OPTION_UINT32, 'c', "count", "N", AT(count), 1, UINT32_MAX, NULL,
	  "probes per target (5)" },
	{ OPTION_FLAG, 'l', "loop", NULL, AT(is_endless), 0, 1, NULL,
	  "for ever, until Ctrl-C; Ctrl-\\ prints a summary meanwhile" },
	{ OPTION_MS, 'p', "period", "MS", AT(period_ns), NS_PER_MS, CHECK_INTERVAL_MAX_NS, NULL,
	  "between two probes of one target (1000)" },
	{ OPTION_MS, 'i', "interval", "MS", AT(spacing_ns), 0, 60000 * NS_PER_MS, NULL,
	  "between any two packets (10); 0: as the rate cap allows" },
	{ OPTION_MS, 't', "timeout", "MS", AT(timeout_ns), CHECK_TIMEOUT_MIN_NS,
	  CHECK_TIMEOUT_MAX_NS, NULL, "until a probe is lost (the period, but 500 to 2000)" },
	{ OPTION_MS, 0, "late", "MS", AT(late_ns), 0, CHECK_TIMEOUT_MAX_NS, NULL,
	  "after that an answer is late instead of lost (1000)" },
	{ OPTION_UINT32, 0, "rate-cap", "N", AT(rate_cap), 1, 10000000, NULL,
	  "packets per second, never more (100000)" },
	{ OPTION_HEADING, 0, NULL, NULL, 0, 0, 0, NULL, "What is sent:" },
	{ OPTION_UINT32, 'b', "size", "BYTES", AT(size), 0, CHECK_SIZE_MAX, NULL,
	  "echo payload (56)" },
	{ OPTION_FLAG, '4', NULL, NULL, AT(family), 0, CHECK_FAMILY_4, NULL, "IPv4 only" },
	{ OPTION_FLAG, '6', NULL, NULL, AT(family), 0, CHECK_FAMILY_6, NULL, "IPv6 only" },
	{ OPTION_UINT32, 'H', "ttl", "N", AT(ttl), 1, 255, NULL, "TTL or hop limit (64)" },
	{ OPTION_UINT32, 0, "dscp", "N", AT(dscp), 0, 63, NULL, "differentiated services (0)" },
	{ OPTION_FLAG, 'M', "df", NULL, AT(dont_fragment), 0, 1, NULL, "forbid fragmentation" },
	{ OPTION_TEXT, 'S', "source", "ADDR", AT(source), 0, 0, NULL, "source address" },
	{ OPTION_TEXT, 'I', "interface", "IF", AT(interface), 0, 0, NULL,
	  "interface or VRF to send through" },
	{ OPTION_UINT32, 'k', "fwmark", "N", AT(fwmark), 0, UINT32_MAX, NULL, "firewall mark (0)" },
	{ OPTION_TEXT, 0, "dns", "LIST", AT(dns_servers), 0, 0, NULL,
	  "resolvers: 192.0.2.1,[2001:db8::1]:53 (/etc/resolv.conf)" },
	{ OPTION_HEADING, 0, NULL, NULL, 0, 0, 0, NULL, "What is printed:" },
	{ OPTION_FLAG, 'q', "quiet", NULL, AT(is_quiet), 0, 1, NULL, "only the summary" },
	{ OPTION_FLAG, 'v', "verbose", NULL, AT(is_verbose), 0, 1, NULL,
	  "a line a probe also with more than 64 targets" },
	{ OPTION_FLAG, 'J', "json", NULL, AT(is_json), 0, 1, NULL,
	  "an object a probe, a last one with \"summary\": true" },
	{ OPTION_HEADING, 0, NULL, NULL, 0, 0, 0, NULL, "How it is measured:" },
	{ OPTION_CHOICE, 0, "rx", "HOW", AT(rx), 0, 0, rung_rx_names,
	  "auto, xdp, tc, socket or clock: who stamps answers (auto)" },
	{ OPTION_CHOICE, 0, "tc", "HOW", AT(tc), 0, 0, rung_tc_names,
	  "auto, tcx or clsact: how TC programs are attached (auto)" },
	{ OPTION_CHOICE, 0, "verdict", "WHAT", AT(verdict), 0, 0, verdict_names,
	  "drop or pass: whether tcpdump and others see answers too (drop)" },
	{ OPTION_CHOICE, 0, "log-level", "HOW", AT(log_level), 0, 0, log_names,
	  "error, warn, info or debug: what else is told, on standard error (warn)" },
};

const struct options ping_command = {
	.command = "ping",
	.usage = "[OPTION]... TARGET...",
	.about = "Probe targets by ICMP echo, stamped in the kernel, and print what came back.\n\n"
		 "TARGET is a name, an address, a network as 198.18.0.0/24 (every address of it),\n"
		 "or - for a list on standard input, # starting a comment.",
	.notes = "Exit code: 0 every target answered, 1 some did not, 2 usage, 4 a system call\n"
		 "failed or a right is missing ('sonde doctor' tells).",
	.specs = specs,
	.nspecs = sizeof(specs) / sizeof(specs[0]),
};

static int fill_interface(const struct ping_options *options, struct check_icmp *icmp)
{
	char quoted[OPTIONS_QUOTED];

	if (!options->interface)
		return 0;
	if (!if_nametoindex(options->interface)) {
		options_error(&ping_command, "--interface: there is no interface %s",
			      options_quote(options->interface, quoted, sizeof(quoted)));
		return -EINVAL;
	}
	snprintf(icmp->device, sizeof(icmp->device), "%s", options->interface);
	return 0;
}

static int fill_source(const struct ping_options *options, struct check_icmp *icmp)
{
	char quoted[OPTIONS_QUOTED];
	struct addr addr;

	if (!options->source)
		return 0;
	if (strlen(options->source) >= sizeof(icmp->source) || addr_parse(options->source, &addr)) {
		options_error(&ping_command, "--source: %s is no address",
			      options_quote(options->source, quoted, sizeof(quoted)));
		return -EINVAL;
	}
	snprintf(icmp->source, sizeof(icmp->source), "%s", options->source);
	/* a name must then resolve to an address of the same family */
	if (icmp->family == CHECK_FAMILY_ANY)
		icmp->family = addr_is_v4(&addr) ? CHECK_FAMILY_4 : CHECK_FAMILY_6;
	return 0;
}

int ping_options_parse(struct ping_options *options, struct check_icmp *icmp, int argc, char **argv)
{
	int operands;

	*options = (struct ping_options){
		.count = 5,
		.size = 56,
		.ttl = 64,
		.rate_cap = 100000,
		.log_level = LOG_WARN,
		.spacing_ns = 10 * NS_PER_MS,
		.period_ns = 1000 * NS_PER_MS,
		.late_ns = 1000 * NS_PER_MS,
	};
	operands = options_parse(&ping_command, argc, argv, options);
	if (operands < 0)
		return operands;
	if (options->is_endless)
		options->count = 0;
	*icmp = (struct check_icmp){
		.size = options->size,
		.ttl = (uint8_t)options->ttl,
		.dscp = (uint8_t)options->dscp,
		.dont_fragment = (uint8_t)options->dont_fragment,
		.family = (uint8_t)options->family,
		.fwmark = options->fwmark,
	};
	if (fill_interface(options, icmp) || fill_source(options, icmp))
		return -EINVAL;
	if (!operands) {
		options_error(&ping_command, "a target is missing; see 'sonde help ping'");
		return -EINVAL;
	}
	return operands;
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* How many probes wait for an answer or for the end of their late window at once. */
static uint64_t most_open(const struct ping_plan *plan, const struct ping_options *options,
			  uint32_t targets)
{
	int64_t open_ns = plan->timeout_ns + options->late_ns;
	uint64_t per_target = (uint64_t)(open_ns / plan->period_ns) + 2;

	if (options->count && options->count < per_target)
		per_target = options->count;
	return per_target * targets;
}

void ping_plan(struct ping_plan *plan, const struct ping_options *options, uint32_t targets)
{
	plan->spacing_ns = NS_PER_SEC / options->rate_cap;
	if (plan->spacing_ns < options->spacing_ns)
		plan->spacing_ns = options->spacing_ns;
	plan->period_ns = plan->spacing_ns * targets;
	if (plan->period_ns < options->period_ns)
		plan->period_ns = options->period_ns;
	plan->timeout_ns = options->timeout_ns
				   ? options->timeout_ns
				   : clamp(options->period_ns, TIMEOUT_LEAST_NS, TIMEOUT_MOST_NS);
	plan->slot_bits = SLOT_BITS_LEAST;
	while (plan->slot_bits < SLOT_BITS_MOST &&
	       1ull << plan->slot_bits < 2 * most_open(plan, options, targets))
		plan->slot_bits++;
}
