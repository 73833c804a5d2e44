/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * emulate.c - sonde-lab emulate: the far end for everything that needs time.
 *
 * Requests come out of a BPF ring with the stamp of their arrival; answers wait
 * in a heap and leave in batches, each stamped again at TC egress. Both stamps
 * are taken on the device itself, so a hold time is what the wire saw, however
 * late this process woke up.
 */
#include "lab.h"

#include <endian.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "decide.h"
#include "emulate.h"
#include "frame.h"
#include "ordinals.h"
#include "replies.h"
#include "tap.h"
#include "truth.h"

/* The lab's next hop is the router that sends ICMP errors. */
#define ROUTER4 "198.19.255.2"
#define ROUTER6 "fd00:51:ffff::2"

struct options {
	const char *interface, *rules_path, *truth_path;
	uint64_t seed;
	int64_t duration_ns; /* 0: until a signal */
	struct decide_window window;
};

struct emulator {
	struct options options;
	struct rules rules;
	struct addr router4, router6;
	struct tap *tap;
	struct sender *sender;
	struct replies waiting;
	struct ordinals ordinals;
	FILE *truth;
	int64_t start_ns;
	uint64_t requests, packets, faults[FAULT_MAX];
	int err; /* the first one that matters; ends the loop */
};

static int usage(void)
{
	fprintf(stderr,
		"usage: sonde-lab emulate --iface NAME [--rules FILE] [--truth FILE] [--seed N]\n"
		"                         [--duration D] [--timeout D] [--late-window D]\n"
		"  --timeout, --late-window  those of the prober (1s, 4s): what is late or lost\n"
		"                            depends on them\n");
	return EXIT_USAGE;
}

static int parse_options(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "iface", 1, NULL, 'i' },       { "rules", 1, NULL, 'r' },
		{ "truth", 1, NULL, 't' },       { "seed", 1, NULL, 's' },
		{ "duration", 1, NULL, 'd' },    { "timeout", 1, NULL, 'T' },
		{ "late-window", 1, NULL, 'L' }, { 0 },
	};
	int c, err = 0;

	while (!err && (c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (c) {
		case 'i':
			options->interface = optarg;
			break;
		case 'r':
			options->rules_path = optarg;
			break;
		case 't':
			options->truth_path = optarg;
			break;
		case 's':
			err = lab_number(optarg, UINT64_MAX, &options->seed);
			break;
		case 'd':
			err = clock_parse_duration(optarg, &options->duration_ns);
			break;
		case 'T':
			err = clock_parse_duration(optarg, &options->window.timeout_ns);
			break;
		case 'L':
			err = clock_parse_duration(optarg, &options->window.late_ns);
			break;
		default:
			err = -EINVAL;
		}
	return err || optind < argc || !options->interface ? -EINVAL : 0;
}

static void finish(struct emulator *e, struct reply *reply)
{
	struct truth *truth = reply->owner;

	if (e->truth)
		truth_write(e->truth, truth, &e->options.window);
	free(truth);
	free(reply);
}

static void on_sent(void *arg, struct reply *reply, int64_t sent_ns)
{
	struct emulator *e = arg;
	struct truth *truth = reply->owner;

	if (sent_ns) {
		if (!truth->sent++)
			truth->reply_ns = sent_ns;
		e->packets++;
	}
	if (!--reply->copies)
		finish(e, reply);
}

static void flush(struct emulator *e)
{
	int err = sender_flush(e->sender);

	if (err && !e->err)
		e->err = err;
}

static void send_now(struct emulator *e, struct reply *reply)
{
	for (unsigned copies = reply->copies; copies; copies--) {
		if (!sender_has_room(e->sender))
			flush(e);
		sender_add(e->sender, reply);
	}
}

static void release_due(struct emulator *e, int64_t now_ns)
{
	const struct reply *first;

	while ((first = replies_first(&e->waiting)) && first->due_ns <= now_ns)
		send_now(e, replies_pop(&e->waiting));
}

static void shape_error(struct emulator *e, struct reply *reply, struct truth *truth,
			const struct rule_error *error)
{
	struct frame_room room = { .pad = { 0 } };
	struct frame frame;

	frame_parse(&frame, reply->bytes, reply->len);
	truth->type = error->type;
	truth->code = error->code;
	truth->is_error_known = frame_error_names_probe(frame.is_v6, error);
	reply->len = frame_error(&frame, error, frame.is_v6 ? &e->router6 : &e->router4, &room);
	memcpy(reply->bytes, room.bytes, reply->len);
}

/* Make of the copied request the reply that was decided on. */
static void shape_reply(struct reply *reply, struct truth *truth, uint64_t random)
{
	struct frame frame;
	struct addr source;

	frame_parse(&frame, reply->bytes, reply->len);
	frame_to_reply(&frame);
	if (truth->fault == FAULT_CORRUPT) {
		truth->is_valid = random & 1;
		if (frame_corrupt(&frame, random))
			truth->fault = FAULT_NONE; /* too short to be damaged behind its identity */
	} else if (truth->fault == FAULT_WRONG_SOURCE) {
		source = truth->host;
		source.bytes[15] ^= 1;
		frame_set_source(&frame, &source);
	}
}

static int identify(struct emulator *e, const struct frame *frame, struct truth *truth)
{
	struct sonde_payload payload;
	unsigned len;

	truth->host = frame_destination(frame);
	truth->id = frame_id(frame);
	truth->seq = frame_sequence(frame);
	if (!frame_is_sonde(frame))
		return ordinals_next(&e->ordinals, &truth->host, &truth->attempt);
	memcpy(&payload, frame_payload(frame, &len), sizeof(payload));
	truth->attempt = be32toh(payload.attempt);
	return 0;
}

static struct reply *plan(struct emulator *e, const struct frame *frame, struct truth *truth)
{
	/* An error is longer than what it quotes, by an IP and an ICMP header. */
	struct reply *reply = malloc(sizeof(*reply) + frame->len + 64);
	struct decision d;

	if (!reply)
		return NULL;
	d = decide(rules_find(&e->rules, &truth->host), e->options.seed, &truth->host,
		   truth->attempt, truth->request_ns - e->start_ns, &e->options.window);
	truth->fault = d.fault;
	truth->planned = d.replies;
	truth->reply_ns = truth->request_ns + d.delay_ns;
	reply->due_ns = truth->reply_ns;
	reply->owner = truth;
	reply->copies = d.replies;
	reply->len = frame->len;
	memcpy(reply->bytes, frame->bytes, frame->len);
	if (d.fault == FAULT_ERROR)
		shape_error(e, reply, truth, d.error);
	else if (d.replies)
		shape_reply(reply, truth, d.random);
	return reply;
}

static void answer(struct emulator *e, const struct frame *frame, int64_t request_ns,
		   int64_t now_ns)
{
	struct truth *truth = calloc(1, sizeof(*truth));
	struct reply *reply = NULL;

	if (truth) {
		truth->request_ns = request_ns;
		if (!identify(e, frame, truth))
			reply = plan(e, frame, truth);
	}
	if (!reply) {
		free(truth);
		e->err = -ENOMEM;
		return;
	}
	e->requests++;
	e->faults[truth->fault]++;
	if (!reply->copies)
		finish(e, reply);
	else if (reply->due_ns <= now_ns)
		send_now(e, reply);
	else if (replies_push(&e->waiting, reply)) {
		finish(e, reply);
		e->err = -ENOMEM;
	}
}

static int on_request(void *arg, void *data, size_t size)
{
	struct emulate_short *taken = data; /* the long one begins with the same fields */
	struct emulator *e = arg;
	int64_t now_ns = clock_now_ns();
	struct frame frame;

	(void)size;
	if (!frame_parse(&frame, taken->bytes, taken->len) && frame_is_request(&frame))
		answer(e, &frame, taken->rx_ns, now_ns);
	release_due(e, now_ns);
	return 0;
}

/* Return: ns to wait at most, of the next reply and the end of the run; -1 for ever. */
static int64_t time_left(const struct emulator *e, int64_t now_ns)
{
	const struct reply *first = replies_first(&e->waiting);
	int64_t end_ns = e->options.duration_ns ? e->start_ns + e->options.duration_ns : INT64_MAX;
	int64_t due_ns = first && first->due_ns < end_ns ? first->due_ns : end_ns;

	if (due_ns == INT64_MAX)
		return -1;
	return due_ns > now_ns ? due_ns - now_ns : 0;
}

static void run(struct emulator *e, int signals)
{
	struct pollfd fds[] = { { .fd = tap_fd(e->tap), .events = POLLIN },
				{ .fd = signals, .events = POLLIN } };
	int64_t now_ns = e->start_ns, wait_ns;
	struct timespec wait;

	while (!e->err && !fds[1].revents &&
	       (!e->options.duration_ns || now_ns < e->start_ns + e->options.duration_ns)) {
		wait_ns = time_left(e, now_ns);
		wait = (struct timespec){ .tv_sec = wait_ns / NS_PER_SEC,
					  .tv_nsec = wait_ns % NS_PER_SEC };
		if (ppoll(fds, 2, wait_ns < 0 ? NULL : &wait, NULL) < 0 && errno != EINTR)
			e->err = -errno;
		tap_consume(e->tap);
		now_ns = clock_now_ns();
		release_due(e, now_ns);
		flush(e);
	}
	for (struct reply *reply; (reply = replies_pop(&e->waiting));)
		finish(e, reply);
}

static int read_rules(struct emulator *e)
{
	const char *path = e->options.rules_path;
	FILE *in;
	int err;

	if (!path)
		return 0;
	in = fopen(path, "re");
	if (!in)
		return lab_fail(path, -errno);
	err = rules_read(in, path, stderr, &e->rules);
	fclose(in);
	return err < 0 ? lab_fail(path, err) : err > 0;
}

static int start(struct emulator *e)
{
	int err = read_rules(e);

	if (err)
		return err;
	addr_parse(ROUTER4, &e->router4);
	addr_parse(ROUTER6, &e->router6);
	if (e->options.truth_path) {
		err = truth_open(&e->truth, e->options.truth_path);
		if (err)
			return lab_fail(e->options.truth_path, err);
	}
	err = tap_open(&e->tap, e->options.interface, on_request, e);
	if (err)
		return lab_fail(e->options.interface, err);
	err = sender_new(&e->sender, tap_ifindex(e->tap), tap_sent(e->tap), on_sent, e);
	if (err)
		return lab_fail("packet socket", err);
	prctl(PR_SET_TIMERSLACK, 1); /* answers leave when they are due, not 50 us later */
	e->start_ns = clock_now_ns();
	return 0;
}

static void report(struct emulator *e)
{
	struct json out;

	json_init(&out);
	json_object(&out);
	json_key(&out, "requests");
	json_uint(&out, e->requests);
	json_key(&out, "packets");
	json_uint(&out, e->packets);
	json_key(&out, "no_room");
	json_int(&out, tap_no_room(e->tap));
	for (int fault = 0; fault < FAULT_MAX; fault++) {
		json_key(&out, rules_fault_name(fault));
		json_uint(&out, e->faults[fault]);
	}
	json_object_end(&out);
	printf("%.*s\n", (int)out.len, out.text);
	json_clear(&out);
}

static int stop(struct emulator *e)
{
	int err = 0;

	sender_free(e->sender);
	tap_close(e->tap);
	if (e->truth)
		err = truth_close(e->truth);
	replies_clear(&e->waiting);
	ordinals_clear(&e->ordinals);
	rules_clear(&e->rules);
	return err;
}

int emulate_main(int argc, char **argv)
{
	struct emulator e = { .options = { .seed = 1,
					   .window = { .timeout_ns = NS_PER_SEC,
						       .late_ns = 4 * NS_PER_SEC } } };
	int signals, status, err;

	if (parse_options(&e.options, argc, argv))
		return usage();
	signals = lab_signals();
	if (signals < 0)
		return lab_fail("signalfd", signals);
	status = start(&e);
	if (!status) {
		lab_ready();
		run(&e, signals);
		report(&e);
		if (e.err)
			status = lab_fail("emulating", e.err);
	}
	err = stop(&e);
	close(signals);
	return err ? lab_fail(e.options.truth_path, err) : status;
}
