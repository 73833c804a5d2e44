// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_hosts.c - the hosts file as users write it. */
#include "probe/hosts.c"

#include <unistd.h>

#include "../tap.h"

static struct hosts *read_text(const char *text)
{
	char path[] = "/tmp/test_hosts.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct hosts *hosts = NULL;

	fputs(text, file);
	fclose(file);
	hosts_new(&hosts, path);
	unlink(path);
	return hosts;
}

/* "a b" of the addresses found. */
static const char *find(const struct hosts *hosts, const char *name, unsigned family)
{
	static char text[8 * ADDR_TEXT_MAX];
	struct addr addrs[8];
	unsigned n = hosts_find(hosts, name, family, addrs, 8);

	text[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		if (i)
			strcat(text, " ");
		addr_format(&addrs[i], text + strlen(text));
	}
	return text;
}

static void test_file(void)
{
	struct hosts *hosts = read_text("# comment\n"
					"\n"
					"198.18.0.1 one Uno # 198.18.0.9 nine\r\n"
					"  \tfd00::1\tone one.example.\n"
					"198.18.0.2 one\n"
					"198.18.0.3\n"
					"not-an-address two\n"
					"198.18.0.4 four"); /* no final newline */

	ok(!strcmp(find(hosts, "one", CHECK_FAMILY_ANY), "198.18.0.1 fd00::1 198.18.0.2"),
	   "all addresses of a name, in the file's order");
	ok(!strcmp(find(hosts, "one", CHECK_FAMILY_4), "198.18.0.1 198.18.0.2"), "IPv4 alone");
	ok(!strcmp(find(hosts, "one", CHECK_FAMILY_6), "fd00::1"), "IPv6 alone");
	ok(!strcmp(find(hosts, "UNO", CHECK_FAMILY_ANY), "198.18.0.1"), "case does not matter");
	ok(!strcmp(find(hosts, "one.example", CHECK_FAMILY_ANY), "fd00::1") &&
		   !strcmp(find(hosts, "uno.", CHECK_FAMILY_ANY), "198.18.0.1"),
	   "nor does a final dot, on either side");
	ok(!strcmp(find(hosts, "four", CHECK_FAMILY_ANY), "198.18.0.4"), "the last line counts");
	ok(!*find(hosts, "nine", CHECK_FAMILY_ANY) && !*find(hosts, "two", CHECK_FAMILY_ANY),
	   "comments and lines without an address do not");
	ok(!*find(hosts, "on", CHECK_FAMILY_ANY) && !*find(hosts, ".", CHECK_FAMILY_ANY) &&
		   !*find(hosts, "", CHECK_FAMILY_ANY),
	   "part of a name is no name");
	hosts_free(hosts);
}

static void test_localhost(void)
{
	struct hosts *hosts = NULL, *file;

	ok(!hosts_new(&hosts, "/nonexistent/hosts"), "a missing file is an empty one");
	ok(!strcmp(find(hosts, "localhost", CHECK_FAMILY_ANY), "127.0.0.1 ::1"), "localhost");
	ok(!strcmp(find(hosts, "a.b.LocalHost.", CHECK_FAMILY_4), "127.0.0.1"), "and all below it");
	ok(!*find(hosts, "mylocalhost", CHECK_FAMILY_ANY), "but not what only sounds like it");
	file = read_text("127.0.0.2 localhost\n");
	ok(!strcmp(find(file, "localhost", CHECK_FAMILY_4), "127.0.0.2"),
	   "the file has precedence");
	hosts_free(file);
	hosts_free(hosts);
	hosts_free(NULL);
}

static void test_large(void)
{
	size_t room = 1 << 21, len = 0;
	char *text = malloc(room), name[64];
	struct hosts *hosts;
	unsigned right = 0;

	for (unsigned i = 0; i < 50000; i++)
		len += (size_t)snprintf(text + len, room - len, "198.18.%u.%u h%u\n", i / 256,
					i % 256, i);
	hosts = read_text(text);
	for (unsigned i = 0; i < 50000; i++) {
		snprintf(text, room, "198.18.%u.%u", i / 256, i % 256);
		snprintf(name, sizeof(name), "h%u", i);
		right += !strcmp(find(hosts, name, CHECK_FAMILY_ANY), text);
	}
	ok(right == 50000, "fifty thousand lines, each found");
	hosts_free(hosts);
	free(text);
}

int main(void)
{
	test_file();
	test_localhost();
	test_large();
	return tap_done();
}
