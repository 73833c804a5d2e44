// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * ping_run.c - the contract is in ping_run.h.
 *
 * Every target's flow starts at its own place in the round; a name's when it has been resolved.
 */
#include "cmd/ping_run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "cmd/cmd.h"
#include "cmd/ping_names.h"
#include "cmd/ping_print.h"
#include "cmd/ping_progress.h"
#include "sched/prober.h"

#define LINES_TARGETS_MAX 64  /* with more of them the summary is what one wants to read */
#define PREPARED_MAX      64  /* more targets than that have a long period anyway */
#define STARTS_A_TURN     128 /* some milliseconds */
#define LEAST_AHEAD_NS    (10 * NS_PER_MS)
#define MOST_AHEAD_NS     (3 * TURN_NS)
#define TURN_NS           (100 * NS_PER_MS)

struct ping {
	struct ping_job *job;
	struct output out;
	struct loop *loop;
	struct prober *prober;
	struct ping_names *names;
	struct ping_print *print;
	struct ping_progress progress;
	int64_t start_ns;
	uint32_t next;     /* target whose flow is started next */
	uint64_t first_id; /* of the flows; random, so that two pingers differ */
	int is_over, has_said_rung, error;
};

void ping_say(const char *what, const char *why)
{
	char escaped[OPTIONS_QUOTED];

	options_escape(why, escaped, sizeof(escaped));
	if (what)
		options_error(&ping_command, "%s: %s", what, escaped);
	else
		options_error(&ping_command, "%s", escaped);
}

/* When target @i is next due: its place in the round, in the first round not yet past. */
static int64_t first_due_ns(const struct ping *ping, uint32_t i)
{
	int64_t due_ns = ping->start_ns + i * ping->job->plan.spacing_ns;
	int64_t past_ns = clock_now_ns() - due_ns;

	if (past_ns > 0)
		due_ns += (past_ns / ping->job->plan.period_ns + 1) * ping->job->plan.period_ns;
	return due_ns;
}

static void fill_spec(const struct ping *ping, uint32_t i, struct flow_spec *spec)
{
	*spec = (struct flow_spec){
		.index = i,
		.generation = 1,
		.id = ping->first_id + i,
		.icmp = ping->job->icmp,
		.interval_ns = ping->job->plan.period_ns,
		.timeout_ns = ping->job->plan.timeout_ns,
		.late_ns = ping->job->options.late_ns,
		.count = ping->job->options.count,
	};
	addr_format(&ping->job->targets.at[i].addr, spec->target);
}

/*
 * Show the engine a target in advance. Attaching to the interface towards it takes tens of
 * milliseconds, in which a short period would go by.
 */
static int prepare_flow(struct ping *ping, uint32_t i)
{
	struct flow_spec spec;
	int err;

	fill_spec(ping, i, &spec);
	err = engine_add(prober_engine(ping->prober), &spec);
	if (!err)
		engine_delete(prober_engine(ping->prober), i);
	return err;
}

static int start_flow(struct ping *ping, uint32_t i)
{
	struct flow_spec spec;

	fill_spec(ping, i, &spec);
	spec.first_due_ns = first_due_ns(ping, i);
	return prober_add(ping->prober, &spec);
}

static void fail(struct ping *ping, int err)
{
	ping->is_over = 1;
	ping->error = err;
}

static void on_name(void *arg, uint32_t i, const char *error)
{
	struct ping *ping = arg;
	struct result result = { .flow = i, .class = RESULT_RESOLVE_ERROR };
	int err;

	if (!error) {
		err = prepare_flow(ping, i);
		if (!err && i < ping->next)
			err = start_flow(ping, i);
		if (err)
			fail(ping, err);
		return;
	}
	ping_say(ping->job->targets.at[i].name, error);
	ping_print_result(ping->print, &result, clock_now_ns());
}

/* The clock starts when the first targets have been prepared. */
static int prepare_flows(struct ping *ping)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < ping->job->targets.count && i < PREPARED_MAX; i++)
		if (ping->job->targets.at[i].has_addr)
			err = prepare_flow(ping, i);
	ping->start_ns = clock_now_ns() + LEAST_AHEAD_NS;
	return err;
}

/*
 * Start the flows that are soon due. Where starting takes longer than the packets are apart, the
 * round stretches: what is late to begin with would crowd it, or in an endless run be skipped.
 * Return: 1 when there are more to be started now, 0, or -errno.
 */
static int start_flows(struct ping *ping)
{
	int64_t now_ns = clock_now_ns(), due_ns;
	uint32_t started = 0;
	int err = 0;

	for (; !err && ping->next < ping->job->targets.count; ping->next++) {
		if (!ping->job->targets.at[ping->next].has_addr)
			continue; /* its name is being resolved: on_name() will see to it */
		if (started++ == STARTS_A_TURN)
			return 1;
		due_ns = ping->start_ns + ping->next * ping->job->plan.spacing_ns;
		if (due_ns > now_ns + MOST_AHEAD_NS)
			break;
		if (due_ns < now_ns + LEAST_AHEAD_NS)
			ping->start_ns += now_ns + LEAST_AHEAD_NS - due_ns;
		err = start_flow(ping, ping->next);
	}
	return err;
}

static void on_result(void *arg, const struct result *result)
{
	struct ping *ping = arg;

	ping_print_result(ping->print, result, clock_now_ns());
}

/* The rung asked for was not to be had: results say it one by one, this says why, once. */
static void say_rung(struct ping *ping)
{
	struct engine *engine = prober_engine(ping->prober);
	const char *why = kern_why(engine_kern(engine)), *rung = engine_rx_name(engine);
	char what[48];

	if (ping->has_said_rung || !*why)
		return;
	ping->has_said_rung = 1;
	snprintf(what, sizeof(what), "stamps come from the %s", rung);
	ping_say(strcmp(rung, "xdp") && strcmp(rung, "tc") ? what : NULL, why);
}

static void on_turn(void *arg, int64_t now_ns)
{
	struct ping *ping = arg;

	say_rung(ping);
	ping_print_turn(ping->print, now_ns);
	ping_progress_turn(&ping->progress, ping_print_tally(ping->print), now_ns);
	output_offer(&ping->out);
	if (ping->out.error)
		fail(ping, ping->out.error);
}

static void on_signal(void *arg, int signal)
{
	struct ping *ping = arg;

	if (signal == SIGQUIT)
		ping_print_interim(ping->print);
	else
		ping->is_over = 1;
}

static int open_prober(struct ping *ping, int guard_fd, char *why, unsigned why_bytes)
{
	const struct ping_options *options = &ping->job->options;
	struct prober_options prober = {
		.engine = {
			.rx = (enum engine_rx)options->rx,
			.tc = (enum kern_tc)options->tc,
			.slot_bits = ping->job->plan.slot_bits,
			.guard_fd = guard_fd,
			.verdict_pass = options->verdict,
			.dns_servers = options->dns_servers,
			.on_result = on_result,
			.arg = ping,
		},
		.rate_cap = options->rate_cap,
		.max_flows = ping->job->targets.count,
		.on_turn = on_turn,
		.arg = ping,
	};

	return prober_new(&ping->prober, ping->loop, &prober, why, why_bytes);
}

/* When the last probe will have been lost or answered; 0: never, or in centuries. */
static int64_t expected_end_ns(const struct ping *ping)
{
	const struct ping_plan *plan = &ping->job->plan;
	uint32_t count = ping->job->options.count;

	if (!count || count > INT64_MAX / 4 / plan->period_ns)
		return 0;
	return ping->start_ns + plan->period_ns * (count - 1) +
	       plan->spacing_ns * ping->job->targets.count + plan->timeout_ns;
}

static int open_print(struct ping *ping)
{
	const struct ping_options *options = &ping->job->options;
	struct ping_print_options print = {
		.is_json = options->is_json,
		.has_lines = !options->is_quiet && (options->is_json || options->is_verbose ||
						    ping->job->targets.count <= LINES_TARGETS_MAX),
		.size = options->size,
		.late_ns = options->late_ns,
		.out = &ping->out,
		.targets = &ping->job->targets,
	};
	int err = ping_print_new(&ping->print, &print);

	ping_progress_start(&ping->progress, !print.has_lines || !isatty(STDOUT_FILENO),
			    ping->start_ns, expected_end_ns(ping),
			    (uint64_t)options->count * ping->job->targets.count);
	return err;
}

/* Loop, printing and prober, in this order. A failure is said. */
static int open_all(struct ping *ping, int guard_fd)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	char why[256] = "";
	int err = loop_new(&ping->loop);

	if (err) {
		ping_say(NULL, loop_refusal(err));
		return err;
	}
	ping->start_ns = clock_now_ns();
	err = loop_signals(ping->loop, signals, sizeof(signals) / sizeof(signals[0]), on_signal,
			   ping);
	if (!err)
		err = random_bytes(&ping->first_id, sizeof(ping->first_id));
	if (!err)
		err = open_print(ping);
	if (!err)
		err = open_prober(ping, guard_fd, why, sizeof(why));
	if (!err && ping->job->targets.names)
		err = ping_names_new(&ping->names, ping->loop, &ping->job->targets,
				     ping->job->options.dns_servers, on_name, ping, why,
				     sizeof(why));
	if (err)
		ping_say(NULL, *why ? why : strerror(-err));
	return err;
}

static int is_done(const struct ping *ping)
{
	return ping->is_over ||
	       (ping->next == ping->job->targets.count &&
		(!ping->names || !ping_names_pending(ping->names)) && prober_is_idle(ping->prober));
}

static int run(struct ping *ping)
{
	int err = prepare_flows(ping);

	while (!err && !is_done(ping)) {
		err = start_flows(ping);
		if (err >= 0)
			err = loop_turn(ping->loop, clock_now_ns() + (err ? 0 : TURN_NS));
	}
	if (!err)
		err = ping->error;
	ping_progress_end(&ping->progress);
	if (err && err != ping->out.error)
		ping_say(NULL, strerror(-err));
	return err;
}

/* The kernel is left clean before anything may wait for a slow reader; then Ctrl-C just ends us. */
static void close_kernel_side(struct ping *ping)
{
	sigset_t none;

	ping_names_free(ping->names);
	prober_free(ping->prober);
	loop_free(ping->loop);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int finish_output(struct ping *ping)
{
	int err = output_flush(&ping->out);

	if (err && err != -EPIPE)
		ping_say("standard output", strerror(-err));
	return err;
}

int ping_run(struct ping_job *job, int guard_fd)
{
	struct ping ping = { .job = job };
	int err, is_open;
	uint32_t answered = 0;

	output_init(&ping.out, STDOUT_FILENO);
	err = open_all(&ping, guard_fd);
	is_open = !err;
	if (is_open)
		err = run(&ping);
	close_kernel_side(&ping);
	if (is_open) {
		ping_print_summary(ping.print);
		answered = ping_tally_answered(ping_print_tally(ping.print));
		if (finish_output(&ping))
			err = ping.out.error;
	}
	ping_print_free(ping.print);
	output_clear(&ping.out);
	if (err)
		return CMD_SYSTEM;
	return answered == job->targets.count ? CMD_OK : CMD_UNANSWERED;
}
