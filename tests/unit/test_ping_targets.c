/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Names, addresses, networks and lists; everything that only looks like one is refused. */
#include "cmd/ping_targets.c"

#include "../tap.h"

static struct check_icmp icmp = { .ttl = 64, .size = 56 };
static char why[512];

static int add(struct ping_targets *targets, const char *text)
{
	*why = '\0';
	return ping_targets_add(targets, text, why, sizeof(why));
}

static void test_right_ones(void)
{
	struct ping_targets targets;
	char text[ADDR_TEXT_MAX];

	ping_targets_init(&targets, &icmp);
	ok(!add(&targets, "127.0.0.1") && !add(&targets, "::1") && !add(&targets, "example.org.") &&
		   !add(&targets, "fe80::1%lo"),
	   "an IPv4 address, an IPv6 one, a name, a link-local address with its zone");
	ok(targets.count == 4 && targets.names == 1 && !targets.at[2].has_addr, "one is a name");
	ok(!strcmp(ping_targets_name(&targets, 1, text), "::1"), "they keep the user's spelling");
	ok(!add(&targets, "198.18.7.9/30") && targets.count == 8, "a /30 is four addresses");
	ok(!strcmp(ping_targets_name(&targets, 4, text), "198.18.7.8") &&
		   !strcmp(ping_targets_name(&targets, 7, text), "198.18.7.11"),
	   "from the first to the last");
	ok(!add(&targets, "fd00::/126") && targets.count == 12 &&
		   !strcmp(ping_targets_name(&targets, 11, text), "fd00::3"),
	   "IPv6 networks as well");
	ok(!add(&targets, "127.0.0.1") && targets.count == 13, "twice is twice");
	ok(ping_targets_widest(&targets) == (int)strlen("example.org."), "the widest name");
	ping_targets_clear(&targets);
}

static void test_wrong_ones(void)
{
	static const char *const wrong[] = {
		"",
		"256.1.1.1",
		"1.2.3",
		"0177.0.0.1",
		"2130706433",
		"[::1",
		"1.2.3.4/33",
		"::/129",
		"1.2.3.4/",
		"1.2.3.4/-1",
		"1.2.3.4/8x",
		"/8",
		"a/24",
		"fe80::1",
		"fe80::1%nosuch",
		"fe80::/126",
		"224.0.0.1",
		"255.255.255.255",
		"0.0.0.0",
		"240.0.0.1",
		"ff02::1",
		"::",
		"224.0.0.0/30",
		"a..b",
		"-x",
		"x-",
		"a b",
		"$(reboot)",
		";id",
		"../x",
		"a\nb",
		"a\x1b[31m",
		"\xff\xfe",
		"a.b.c.d.e.f!",
		"1.2.3.4%lo",
	};
	struct ping_targets targets;

	ping_targets_init(&targets, &icmp);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(add(&targets, wrong[i]) == -EINVAL && *why,
		   "wrong target %u is refused, with a reason", i);
	ok(targets.count == 0, "none of them was taken");
	ping_targets_clear(&targets);
}

static void test_lengths(void)
{
	char name[300], label[70];
	struct ping_targets targets;

	ping_targets_init(&targets, &icmp);
	for (unsigned i = 0; i < sizeof(name); i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[253] = '\0';
	ok(!add(&targets, name), "a name of 253 characters is one");
	name[253] = 'a';
	name[254] = '\0';
	ok(add(&targets, name) == -EINVAL, "one of 254 is none");
	memset(label, 'b', sizeof(label));
	label[63] = '\0';
	ok(!add(&targets, label), "a label of 63 characters is one");
	label[63] = 'b';
	label[64] = '\0';
	ok(add(&targets, label) == -EINVAL, "one of 64 is none");
	ping_targets_clear(&targets);
}

static void test_limits(void)
{
	struct ping_targets targets;

	ping_targets_init(&targets, &icmp);
	ok(add(&targets, "10.0.0.0/8") == -E2BIG && strstr(why, "1048576"), "a /8 is too much");
	ok(add(&targets, "fd00::/64") == -E2BIG, "an IPv6 /64 is far too much");
	ok(!add(&targets, "10.0.0.0/16") && targets.count == 65536, "a /16 is 65536 targets");
	ok(!add(&targets, "10.16.0.0/13") && add(&targets, "10.32.0.0/13") == -E2BIG,
	   "the limit holds for the sum");
	ping_targets_clear(&targets);
}

static void test_family(void)
{
	struct check_icmp only6 = icmp;
	struct ping_targets targets;

	only6.family = CHECK_FAMILY_6;
	ping_targets_init(&targets, &only6);
	ok(add(&targets, "127.0.0.1") == -EINVAL && strstr(why, "-6"), "-6 refuses IPv4");
	ok(add(&targets, "10.0.0.0/30") == -EINVAL, "networks as well");
	ok(!add(&targets, "::1"), "and takes IPv6");
	ping_targets_clear(&targets);
}

static unsigned bad_lines[8], bad_count;

static void on_bad(void *arg, unsigned line, const char *reason)
{
	(void)arg;
	(void)reason;
	if (bad_count < 8)
		bad_lines[bad_count] = line;
	bad_count++;
}

static int read_list(struct ping_targets *targets, const char *text, size_t len)
{
	FILE *in = fmemopen((char *)text, len, "r");
	int err;

	bad_count = 0;
	ping_targets_init(targets, &icmp);
	err = ping_targets_read(targets, in, on_bad, NULL);
	fclose(in);
	return err;
}

#define READ(targets, text) read_list(targets, text, sizeof(text) - 1)

static void test_lists(void)
{
	struct ping_targets targets;
	char text[ADDR_TEXT_MAX];
	static char endless[4096];

	ok(!READ(&targets, "# all of them\n10.0.0.1 10.0.0.2# two\r\n\n\t10.1.0.0/31#net\nlast") &&
		   targets.count == 5,
	   "words, comments, CRLF, blank lines, no final newline");
	ok(!strcmp(ping_targets_name(&targets, 4, text), "last"), "in their order");
	ping_targets_clear(&targets);
	ok(READ(&targets, "10.0.0.1\n1.2.3\n# x\n10.0.0.2 a..b\n10.0.0.3\n") == -EINVAL &&
		   bad_count == 2 && bad_lines[0] == 2 && bad_lines[1] == 4,
	   "every mistake is told with its line");
	ping_targets_clear(&targets);
	ok(READ(&targets, "10.0.0.1\0x\n") == -EINVAL, "a zero byte is a mistake");
	ping_targets_clear(&targets);
	ok(!READ(&targets, " \n#\n") && targets.count == 0, "a list may name nothing");
	memset(endless, 'a', sizeof(endless));
	ok(read_list(&targets, endless, sizeof(endless)) == -EINVAL && bad_count == 1,
	   "what is longer than any target ends the reading");
	ping_targets_clear(&targets);
}

int main(void)
{
	test_right_ones();
	test_wrong_ones();
	test_lengths();
	test_limits();
	test_family();
	test_lists();
	return tap_done();
}
