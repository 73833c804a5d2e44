/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* decide.c - shares side by side on the way to a million; a throw falls into one of them. */
#include "decide.h"

#include <math.h>
#include <stddef.h>

#include "draw.h"

enum salt {
	SALT_FAULT, /* as in respond.bpf.c, so that both responders agree */
	SALT_RANDOM,
	SALT_JITTER,
	SALT_DELAY,
	SALT_PHASE,
};

static double unit(uint64_t thrown)
{
	return (double)(thrown >> 11) / (double)(1ull << 53);
}

static int is_down(const struct rule *rule, uint64_t phase, int64_t since_start_ns)
{
	uint64_t at;

	if (!rule->flap_period_ns)
		return 0;
	at = ((uint64_t)since_start_ns + phase % rule->flap_period_ns) % rule->flap_period_ns;
	return (double)at >= (double)rule->flap_period_ns * rule->flap_up_share / LAB_MILLION;
}

static enum fault pick(const struct rule *rule, uint32_t at, const struct rule_error **ret_error)
{
	for (int fault = FAULT_LOSS; fault < FAULT_ERROR; fault++) {
		if (at < rule->share[fault])
			return fault;
		at -= rule->share[fault];
	}
	for (unsigned i = 0; i < rule->nerrors; i++) {
		if (at < rule->errors[i].share) {
			*ret_error = &rule->errors[i];
			return FAULT_ERROR;
		}
		at -= rule->errors[i].share;
	}
	return FAULT_NONE;
}

static int64_t jitter(const struct rule *rule, uint64_t thrown)
{
	double a = unit(thrown), b = unit(lab_mix(thrown));

	if (!rule->jitter_ns)
		return 0;
	if (!rule->jitter_is_normal)
		return (int64_t)((2 * a - 1) * (double)rule->jitter_ns);
	/* Box and Muller 1958; 1 - a is never 0. */
	return (int64_t)(sqrt(-2 * log(1 - a)) * cos(2 * M_PI * b) * (double)rule->jitter_ns);
}

/* Well inside the window that is meant: its first and last tenth are the prober's to judge. */
static int64_t delay(const struct rule *rule, enum fault fault, int64_t usual_ns, double u,
		     const struct decide_window *window)
{
	double late = (double)window->late_ns;

	switch (fault) {
	case FAULT_REORDER:
		return usual_ns + rule->reorder_ns;
	case FAULT_LATE:
		return rule->late_ns ?: window->timeout_ns + (int64_t)(late * (0.1 + 0.8 * u));
	case FAULT_EXPIRED:
		return rule->expired_ns ?: window->timeout_ns + (int64_t)(late * (1.2 + 0.3 * u));
	default:
		return usual_ns;
	}
}

static unsigned replies_of(const struct rule *rule, enum fault fault)
{
	switch (fault) {
	case FAULT_LOSS:
	case FAULT_BLACKHOLE:
	case FAULT_DOWN:
		return 0;
	case FAULT_DUPLICATE:
		return 1 + rule->copies;
	default:
		return 1;
	}
}

struct decision decide(const struct rule *rule, uint64_t seed, const struct addr *host,
		       uint32_t attempt, int64_t since_start_ns, const struct decide_window *window)
{
	struct decision d = { .replies = 1,
			      .random = lab_throw(seed, host->bytes, attempt, SALT_RANDOM) };
	int64_t usual_ns;

	if (!rule)
		return d;
	if (rule->is_blackhole)
		d.fault = FAULT_BLACKHOLE;
	else if (is_down(rule, lab_throw(seed, host->bytes, 0, SALT_PHASE), since_start_ns))
		d.fault = FAULT_DOWN;
	else
		d.fault = pick(
			rule,
			lab_scale(lab_throw(seed, host->bytes, attempt, SALT_FAULT), LAB_MILLION),
			&d.error);
	usual_ns =
		rule->delay_ns + jitter(rule, lab_throw(seed, host->bytes, attempt, SALT_JITTER));
	d.delay_ns = delay(rule, d.fault, usual_ns < 0 ? 0 : usual_ns,
			   unit(lab_throw(seed, host->bytes, attempt, SALT_DELAY)), window);
	d.replies = replies_of(rule, d.fault);
	return d;
}
