// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The configuration: all of it read, every mistake told with its place. */
#include "config/config.c"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"

static char path[64];
static char *messages;

/* Read @text as a file; the errors end up in `messages`. */
static int read_text_as_file(struct config *config, const char *text, size_t len)
{
	size_t bytes;
	FILE *errors;
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600), n;

	if (write(fd, text, len) != (ssize_t)len)
		perror(path);
	close(fd);
	free(messages);
	errors = open_memstream(&messages, &bytes);
	n = config_read(config, path, errors);
	fclose(errors);
	return n;
}

static int read_as(struct config *config, const char *text)
{
	return read_text_as_file(config, text, strlen(text));
}

#define LABEL "a-label-of-fifty-characters-which-is-long-but-fine."

static void test_good(void)
{
	struct config c;

	ok(!read_as(&c, "") && !c.nchecks && c.slot_bits == 20, "an empty file is the defaults");
	ok(!read_as(&c, "server:\nchecks:\n"), "empty sections too");
	ok(!read_as(&c, "checks:\n - target: " LABEL LABEL LABEL "example\n") &&
		   strlen(c.checks[0].name) == CHECK_NAME_MAX && strlen(c.checks[0].target) == 160,
	   "a target may be longer than a name");
	config_clear(&c);
	ok(!read_as(
		   &c,
		   "defaults: {interval: 2s, labels: {site: a}, params: {ttl: 9}}\n"
		   "checks:\n"
		   " - {target: 198.18.0.1, name: x, labels: {role: r}, params: {size: 0}}\n"
		   " - {targets: [198.18.1.0/30, host.example], timeout: 250ms}\n"
		   "probing: {rate_cap: 100, rx: socket, tc: clsact, dns: [192.0.2.1, 192.0.2.2]}\n"
		   "store: {size: 64MiB, commit_interval: 100ms, dir: /x}\n"
		   "server: {listen: '127.0.0.1:1', hosts: [a, b]}\n"
		   "log: {level: debug, format: json}\n"),
	   "a full one reads");
	ok(c.nchecks == 6 && c.checks[0].interval_ns == 2 * NS_PER_SEC &&
		   c.checks[0].icmp.ttl == 9 && c.checks[0].icmp.size == 0 &&
		   c.checks[0].nlabels == 2,
	   "defaults and own values together");
	ok(!strcmp(c.checks[4].target, "198.18.1.3") && c.checks[4].timeout_ns == 250 * NS_PER_MS,
	   "networks are expanded");
	ok(c.rate_cap == 100 && c.rx == 3 && c.tc == 2 && c.journal_bytes == 64 << 20 &&
		   c.nlisten == 1 && c.nhosts == 2 && !strcmp(c.dns_servers, "192.0.2.1,192.0.2.2"),
	   "sections");
	config_clear(&c);
	ok(!config_read(&c, "user/config/sonde.example.yaml", stdout) && c.nchecks == 18,
	   "the example reads");
	config_clear(&c);
}

static void test_bad(void)
{
	static const struct row {
		const char *text, *message;
	} rows[] = {
		{ "chekcs: []",
		  ":1:1: unknown key \"chekcs\" in the file; did you mean \"checks\"?" },
		{ "checks:\n - {target: 1.2.3.4, intervall: 1s}",
		  "2:22: unknown key \"intervall\"" },
		{ "checks:\n - {target: 1.2.3.4, target: 1.2.3.5}", "duplicate key \"target\"" },
		{ "checks:\n - 5", ":2:4: checks[0] must be a mapping" },
		{ "checks:\n - {name: x}", "needs either 'target' or 'targets'" },
		{ "checks:\n - {target: 256.1.1.1}", "neither an address nor a DNS name" },
		{ "checks:\n - {target: fe80::1}", "needs its interface" },
		{ "checks:\n - {target: \"a\\nb\"}", "\\x0a" },
		{ "checks:\n - {targets: [1.2.3.4/33]}", "no network" },
		{ "checks:\n - {targets: [10.0.0.0/8]}", "more than 65536" },
		{ "checks:\n - {target: 1.1.1.1}\n - {target: 1.1.1.1}",
		  ":3:13: the same check as in line 2" },
		{ "checks:\n - {target: 1.1.1.1, interval: 0}", "no duration" },
		{ "checks:\n - {target: 1.1.1.1, interval: 1ms}", "outside 10ms to 24h" },
		{ "checks:\n - {target: 1.1.1.1, interval: -1s}", "no duration" },
		{ "checks:\n - {target: 1.1.1.1, interval: 10 ms}", "no duration" },
		{ "checks:\n - {target: 1.1.1.1, interval: nan}", "no duration" },
		{ "checks:\n - {target: 1.1.1.1, params: {ttl: 0}}", "no number from 1 to 255" },
		{ "checks:\n - {target: 1.1.1.1, params: {ttl: 0x10}}", "no number" },
		{ "checks:\n - {target: 1.1.1.1, params: {tll: 3}}", "did you mean \"ttl\"?" },
		{ "checks:\n - {target: 1.1.1.1, params: {device: aaaaaaaaaaaaaaaa}}",
		  "longer than 15" },
		{ "checks:\n - {target: 1.1.1.1, kind: icpm}", "unknown kind" },
		{ "checks:\n - {target: 1.1.1.1, params: {family: 5}}", "any, 4 or 6" },
		{ "checks:\n - {targets: [1.1.1.1], id: x}", "belong to a single" },
		{ "probing: {rate_cap: 1}\nchecks:\n - {targets: [1.1.1.0/30]}",
		  ":1:21: the checks need 4.0" },
		{ "probing: {rx: fast}", "auto, xdp, tc, socket or clock" },
		{ "server: {tls: {cert: x}}", "needs both" },
		{ "server: [", "2:1: did not find" },
		{ "server: {listen: ['127.0.0.1:1', localhost:7663]}",
		  ":1:34: listen: \"localhost:7663\" is not ADDRESS:PORT" },
		{ "server: {listen: 127.0.0.1}", "is not ADDRESS:PORT" },
		{ "server: {listen: 'unix:sock'}", "is not ADDRESS:PORT" },
		{ "probing: {dns: [192.0.2.1, ns.example.net]}",
		  ":1:28: dns: \"ns.example.net\" is not ADDRESS" },
		{ "probing: {dns: '192.0.2.1:99999'}", "is not ADDRESS" },
		{ "a: b\n---\nc: d", "a second document" },
		{ "- 1", ":1:1: the file must be a mapping" },
		{ "store: {size: 4GB}", "such as 4GiB" },
		{ "\xff\xff", "1:1" },
		{ "log: {level: \"in\\0fo\"}", "NUL" },
	};
	struct config c;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = read_as(&c, rows[i].text);

		if (!ok(n > 0 && strstr(messages, rows[i].message) && !strncmp(messages, path, 9),
			"row %u: %.90s", i, rows[i].message))
			printf("# %d: %s\n", n, messages);
		ok(!c.nchecks && !c.dns_servers, "and nothing is left of it");
	}
	ok(read_as(&c, "checks:\n - {target: 1.2.3, nam: x}\n - {interval: 1, target: "
		       "'::1'}\nlogg: 1") == 4,
	   "all errors at once");
	ok(read_text_as_file(&c, "a: \0b", 5) > 0, "a NUL in the file");
}

/* Aliases: a small file that stands for millions of nodes. */
static void test_bomb(void)
{
	char text[4096] = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
	struct config c;

	for (int i = 1; i < 12; i++)
		sprintf(text + strlen(text),
			"a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
			i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	strcat(text, "checks: *a11\n");
	ok(read_as(&c, text) > 0, "an alias bomb ends");
}

static void test_files(void)
{
	struct config c;
	char fifo[80];
	FILE *null = fopen("/dev/null", "w");

	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	mkfifo(fifo, 0600);
	ok(config_read(&c, "/nonexistent", null) < 0, "a missing file");
	ok(config_read(&c, "/tmp", null) < 0, "a directory");
	ok(config_read(&c, fifo, null) < 0, "a FIFO");
	ok(config_read(&c, "/dev/zero", null) < 0, "/dev/zero");
	unlink(fifo);
	fclose(null);
}

int main(void)
{
	snprintf(path, sizeof(path), "/tmp/sonde-test-config-%d", (int)getpid());
	test_good();
	test_bad();
	test_bomb();
	test_files();
	unlink(path);
	free(messages);
	return tap_done();
}
