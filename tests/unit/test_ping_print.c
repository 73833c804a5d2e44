/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Results in, lines out, byte for byte; JSON tells each attempt once. */
#include "cmd/ping_print.c"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"

#define LATE_NS (1000 * NS_PER_MS)

static struct check_icmp icmp = { .ttl = 64, .size = 56 };
static struct ping_targets targets;
static struct output out;
static struct ping_print *print;

static void begin(int is_json, int has_lines, unsigned count, const char *const *names)
{
	struct ping_print_options options = { .is_json = is_json,
					      .has_lines = has_lines,
					      .size = 56,
					      .late_ns = LATE_NS,
					      .out = &out,
					      .targets = &targets };
	char why[256];

	ping_targets_init(&targets, &icmp);
	for (unsigned i = 0; i < count; i++)
		ping_targets_add(&targets, names[i], why, sizeof(why));
	output_init(&out, -1);
	ping_print_new(&print, &options);
}

static void end(void)
{
	ping_print_free(print);
	output_clear(&out);
	ping_targets_clear(&targets);
}

/* What was printed since the last call. */
static const char *said(void)
{
	static char text[16384];
	size_t len = out.len - out.at;

	memcpy(text, out.text ? out.text + out.at : "", len);
	text[len] = '\0';
	out.at = out.len = 0;
	return text;
}

static void feed(int64_t now_ns, struct result result)
{
	ping_print_result(print, &result, now_ns);
}

static struct result answer(uint32_t flow, uint32_t attempt, int64_t rtt_ns)
{
	return (struct result){ .flow = flow,
				.attempt = attempt,
				.class = RESULT_OK,
				.stamp = RESULT_STAMP_TC,
				.ttl = 63,
				.rtt_ns = rtt_ns,
				.submit_delay_ns = 2100 };
}

static struct result closed(uint32_t flow, uint32_t attempt, enum result_class class)
{
	return (struct result){ .flow = flow, .attempt = attempt, .class = class };
}

static int says(const char *expected)
{
	const char *text = said();

	if (strcmp(text, expected))
		printf("# said:     %s# expected: %s", text, expected);
	return !strcmp(text, expected);
}

static void test_text(void)
{
	static const char *const names[] = { "127.0.0.1", "example.org" };

	begin(0, 1, 2, names);
	feed(0, answer(0, 0, 22700));
	ok(says("127.0.0.1   : [0], 64 bytes, 0.023 ms (0.023 avg, 0% loss)\n"), "an answer");
	feed(0, answer(0, 1, 1500000));
	ok(says("127.0.0.1   : [1], 64 bytes, 1.500 ms (0.761 avg, 0% loss)\n"), "and another");
	feed(0, closed(1, 0, RESULT_LOST));
	ok(says("example.org : [0], timed out (NaN avg, 100% loss)\n"), "a loss");
	feed(0, closed(0, 2, RESULT_LOST));
	ok(says("127.0.0.1   : [2], timed out (0.761 avg, 33% loss)\n"), "loss is rounded down");
	feed(0, (struct result){ .flow = 1,
				 .kind = RESULT_AMEND,
				 .class = RESULT_LATE,
				 .rtt_ns = 700 * NS_PER_MS,
				 .stamp = RESULT_STAMP_TC });
	ok(says("example.org : [0], late, 700.000 ms (NaN avg, 100% loss)\n"),
	   "late is still loss");
	ping_print_summary(print);
	ok(says("\n127.0.0.1   : xmt/rcv/%loss = 3/2/33%, min/avg/max = 0.023/0.761/1.500\n"
		"example.org : xmt/rcv/%loss = 1/0/100%\n"
		"\n2 targets, 1 answered; 4 sent, 2 answers, 50% loss; 1 late\n"
		"rtt min/avg/p50/p99/max = 0.023/0.761/1.499/1.499/1.500 ms, stamps tc\n"),
	   "the summary, and the whole");
	end();
}

static void test_failures(void)
{
	static const char *const names[] = { "10.0.0.1" };
	struct result error = closed(0, 0, RESULT_ICMP_ERROR);
	struct addr router = addr_from_v4(htonl(0x0a0000fe));

	begin(0, 1, 1, names);
	error.icmp_type = 3;
	error.icmp_code = 1;
	memcpy(error.from, router.bytes, 16);
	feed(0, error);
	ok(says("10.0.0.1 : [0], host unreachable from 10.0.0.254 (NaN avg, 100% loss)\n"),
	   "an ICMP error names itself and its sender");
	error.icmp_code = 4;
	error.mtu = 1400;
	feed(0, error);
	ok(says("10.0.0.1 : [0], fragmentation needed from 10.0.0.254, MTU 1400 (NaN avg, 100% "
		"loss)\n"),
	   "too big a packet tells the MTU");
	error = closed(0, 1, RESULT_SEND_ERROR);
	error.error = ENETUNREACH;
	feed(0, error);
	ok(says("10.0.0.1 : [1], not sent: Network is unreachable (NaN avg, 100% loss)\n"),
	   "a failed send is no loss of the network's");
	for (unsigned class = 0; class < RESULT_CLASS_MAX; class ++) {
		feed(0, closed(0, 2, (enum result_class) class));
		ok(!strstr(said(), "(null)"), "class %s has words", result_class_name(class));
	}
	for (unsigned packet = 0; packet < RESULT_PACKET_MAX; packet++) {
		struct result stray = { .kind = RESULT_PACKET, .class = (uint8_t)packet };

		feed(0, stray);
		ok(!strstr(said(), "(null)"), "packet %s has words", result_packet_name(packet));
	}
	end();
}

static void test_nothing_sent(void)
{
	static const char *const names[] = { "nosuch.example", "10.0.0.1" };

	begin(0, 1, 2, names);
	feed(0, closed(0, 0, RESULT_RESOLVE_ERROR));
	ok(says("nosuch.example : [0], not sent: no address\n"),
	   "without a packet there is no mean and no loss to tell");
	feed(0, closed(1, 0, RESULT_NOT_SENT));
	said();
	ping_print_summary(print);
	ok(says("\nnosuch.example : xmt/rcv/%loss = 0/0/-, 1 not sent\n"
		"10.0.0.1       : xmt/rcv/%loss = 0/0/-, 1 not sent\n"
		"\n2 targets, 0 answered; 0 sent; 1 not_sent, 1 resolve_error\n"),
	   "nor in the summary");
	end();
}

static void test_dropped(void)
{
	static const char *const names[] = { "10.0.0.1" };

	begin(0, 0, 1, names);
	feed(0, answer(0, 0, NS_PER_MS));
	feed(0, closed(0, 1, RESULT_DROPPED));
	feed(0, closed(0, 2, RESULT_NOT_SENT));
	ping_print_summary(print);
	ok(says("\n10.0.0.1 : xmt/rcv/%loss = 2/1/0%, min/avg/max = 1.000/1.000/1.000, "
		"1 not sent, 1 dropped\n"),
	   "what we dropped was sent, and is no loss");
	end();
}

static void test_strays(void)
{
	static const char *const names[] = { "10.0.0.1" };
	struct result stray = { .kind = RESULT_PACKET, .class = RESULT_DUPLICATE };

	begin(0, 1, 1, names);
	feed(0, answer(0, 0, NS_PER_MS));
	said();
	feed(0, stray);
	ok(says("10.0.0.1 : [0], duplicate (1.000 avg, 0% loss)\n"),
	   "a duplicate has no time of its own");
	stray.class = RESULT_WRONG_SOURCE;
	feed(0, stray);
	ok(says("10.0.0.1 : [0], an answer from another address (1.000 avg, 0% loss)\n"),
	   "nor is it known whose address another one was");
	end();
}

static void test_quiet(void)
{
	static const char *const names[] = { "10.0.0.1" };

	begin(0, 0, 1, names);
	feed(0, answer(0, 0, 1000));
	ok(says(""), "quiet says nothing before the end");
	for (unsigned i = 1; i < 20; i++)
		feed(0, answer(0, i, 1000));
	ping_print_summary(print);
	ok(says("\n10.0.0.1 : xmt/rcv/%loss = 20/20/0%, min/avg/max = 0.001/0.001/0.001\n"
		"\n1 targets, 1 answered; 20 sent, 20 answers, 0% loss\n"
		"rtt min/avg/p50/p99/max = 0.001/0.001/0.001/0.001/0.001 ms, stamps tc\n"),
	   "many answers of one target get percentiles too");
	end();
}

static void test_json(void)
{
	static const char *const names[] = { "10.0.0.1" };
	struct result late = { .kind = RESULT_AMEND,
			       .attempt = 1,
			       .rtt_ns = 800 * NS_PER_MS,
			       .stamp = RESULT_STAMP_TC,
			       .ttl = 60 };
	struct result stray = { .kind = RESULT_PACKET, .class = RESULT_DUPLICATE };

	begin(1, 1, 1, names);
	feed(0, answer(0, 0, 23000));
	ok(says("{\"target\":\"10.0.0.1\",\"addr\":\"10.0.0.1\",\"seq\":0,\"class\":\"ok\","
		"\"rtt_ns\":23000,\"submit_delay_ns\":2100,\"ts\":\"tc\",\"ttl\":63}\n"),
	   "an answer is told at once");
	feed(0, closed(0, 1, RESULT_LOST));
	feed(0, closed(0, 2, RESULT_LOST));
	feed(0, stray);
	ping_print_turn(print, LATE_NS);
	ok(says(""), "a loss waits for its late window");
	feed(LATE_NS, late);
	ok(says("{\"target\":\"10.0.0.1\",\"addr\":\"10.0.0.1\",\"seq\":1,\"class\":\"late\","
		"\"rtt_ns\":800000000,\"submit_delay_ns\":0,\"ts\":\"tc\",\"ttl\":60}\n"),
	   "and is told once, as late");
	ping_print_turn(print, LATE_NS + HOLD_SLACK_NS);
	ok(says("{\"target\":\"10.0.0.1\",\"addr\":\"10.0.0.1\",\"seq\":2,\"class\":\"lost\","
		"\"rtt_ns\":null,\"submit_delay_ns\":0,\"ts\":\"none\",\"ttl\":null}\n"),
	   "or as lost");
	late.attempt = 2;
	feed(LATE_NS * 2, late);
	ok(says(""), "an amendment after that changes nothing");
	feed(LATE_NS * 2, closed(0, 3, RESULT_LOST));
	ping_print_summary(print);
	ok(strstr(said(), "\"seq\":3,\"class\":\"lost\""), "the end is the end of every window");
	ok(print->tally->sums.class[RESULT_LATE] == 1 &&
		   print->tally->sums.class[RESULT_LOST] == 2 &&
		   print->tally->sums.packet[RESULT_DUPLICATE] == 1,
	   "the sums agree with what was told");
	end();
}

/* Is every line valid JSON, by somebody else's reading? */
static int is_valid_json(const char *text)
{
	FILE *python =
		popen("python3 -c 'import json,sys\nfor l in sys.stdin: json.loads(l)'", "w");

	fputs(text, python);
	return pclose(python) == 0;
}

static void test_json_reasons(void)
{
	static const char *const names[] = { "fd00::1", "name" };
	struct result error = closed(0, 0, RESULT_ICMP_ERROR);
	const char *text;

	begin(1, 1, 2, names);
	error.icmp_type = 1;
	error.icmp_code = 3;
	error.from[0] = 0xfd;
	feed(0, error);
	error = closed(1, 0, RESULT_SEND_ERROR);
	error.error = ENOBUFS;
	feed(0, error);
	ping_print_summary(print);
	text = said();
	ok(strstr(text, "\"icmp_type\":1,\"icmp_code\":3,\"from\":\"fd00::\""),
	   "an ICMP error's reason");
	ok(strstr(text, "\"target\":\"name\",\"addr\":null"), "no address is null");
	ok(strstr(text, "\"error\":\"No buffer space available\""), "a send error's reason");
	ok(strstr(text, "{\"summary\":true,\"targets\":2,\"targets_answered\":0,\"attempts\":2,"
			"\"sent\":1,"
			"\"ok\":0,\"lost\":0,\"late\":0,\"icmp_error\":1,") &&
		   strstr(text, "\"loss_ratio\":1,\"rtt_min_ns\":null,"),
	   "the sums, and no RTT without an answer");
	ok(is_valid_json(text), "Python reads all of it");
	end();
}

static void test_many(void)
{
	static const char *const names[] = { "10.0.0.0/16" };
	uint64_t told = 0;

	begin(1, 1, 1, names);
	for (uint32_t attempt = 0; attempt < 2; attempt++)
		for (uint32_t i = 0; i < 65536; i++)
			feed(attempt, closed(i, attempt, RESULT_LOST));
	for (uint32_t i = 0; i < 65536; i += 2) {
		struct result late = {
			.kind = RESULT_AMEND, .flow = i, .attempt = i / 2 % 2, .rtt_ns = 1
		};

		feed(2, late);
	}
	ping_print_summary(print);
	for (size_t i = out.at; i < out.len; i++)
		told += out.text[i] == '\n';
	ok(told == 131072 + 1, "65,536 targets, each attempt told once, and the summary");
	ok(print->tally->sums.class[RESULT_LATE] == 32768, "half of the targets had one late");
	end();
}

int main(void)
{
	test_text();
	test_failures();
	test_nothing_sent();
	test_dropped();
	test_strays();
	test_quiet();
	test_json();
	test_json_reasons();
	test_many();
	return tap_done();
}
