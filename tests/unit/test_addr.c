// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Addresses and networks. */
#include "base/addr.c"

#include "../tap.h"

static void test_text(void)
{
	static const char *const same[] = { "1.2.3.4", "::1", "fd00::1", "2001:db8::a:0:0:1" };
	static const char *const bad[] = { "",           "1.2.3", "0177.0.0.1", "0x7f000001",
					   "2130706433", "::g",   "1.2.3.4%lo", "[::1]",
					   "1.2.3.4 ",   "::1%lo" };
	struct addr addr;
	char text[ADDR_TEXT_MAX];

	for (unsigned i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		ok(!addr_parse(same[i], &addr), "%s parses", same[i]);
		addr_format(&addr, text);
		ok(!strcmp(text, same[i]), "and prints as %s", text);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(addr_parse(bad[i], &addr) == -EINVAL, "'%s' is no address", bad[i]);
	ok(!addr_parse("::ffff:1.2.3.4", &addr) && addr_is_v4(&addr), "mapped is IPv4");
	ok(addr_parse("fe80::1", &addr) == -EDESTADDRREQ, "link-local wants a zone");
	ok(!addr_parse("fe80::1%lo", &addr) && addr.scope == 1, "zone by name");
	ok(!addr_parse("fe80::1%1", &addr) && addr.scope == 1, "zone by number");
	ok(addr_parse("fe80::1%nosuch", &addr) == -ENODEV, "no such zone");
}

static void test_nets(void)
{
	struct addr_net net;
	struct addr addr;
	char text[ADDR_TEXT_MAX];

	ok(!addr_parse_net("198.18.3.4/15", &net) && addr_net_size(&net) == 131072, "size");
	addr = addr_net_at(&net, 65536 + 258);
	addr_format(&addr, text);
	ok(!strcmp(text, "198.19.1.2"), "the 65,794th is %s", text);
	ok(addr_net_has(&net, &addr), "and inside");
	ok(!addr_parse("198.20.0.0", &addr) && !addr_net_has(&net, &addr), "the next is not");
	ok(!addr_parse_net("fd00::/64", &net) && addr_net_size(&net) == UINT64_MAX, "huge");
	addr = addr_net_at(&net, 0x1ffffull);
	addr_format(&addr, text);
	ok(!strcmp(text, "fd00::1:ffff"), "%s", text);
	ok(addr_parse_net("1.2.3.4/33", &net) == -ERANGE &&
		   addr_parse_net("::/129", &net) == -ERANGE,
	   "prefix too long");
	ok(addr_parse_net("1.2.3.4/", &net) == -EINVAL &&
		   addr_parse_net("1.2.3.4/x", &net) == -EINVAL &&
		   addr_parse_net("1.2.3.4/-1", &net) == -EINVAL,
	   "no prefix");
}

static void test_ports(void)
{
	static const struct {
		const char *text;
		int port; /* -2: refused */
	} rows[] = {
		{ "192.0.2.1", -1 },
		{ "192.0.2.1:53", 53 },
		{ "2001:db8::1", -1 },
		{ "[2001:db8::1]", -1 },
		{ "[::1]:0", 0 },
		{ "[2001:db8::1]:65535", 65535 },
		{ "", -2 },
		{ ":", -2 },
		{ ":53", -2 },
		{ "192.0.2.1:", -2 },
		{ "192.0.2.1:65536", -2 },
		{ "192.0.2.1:-1", -2 },
		{ "192.0.2.1:5 ", -2 },
		{ "[192.0.2.1]:53", -2 },
		{ "[::1", -2 },
		{ "[::1]53", -2 },
		{ "[]:53", -2 },
		{ "name:53", -2 },
		{ "::1]:53", -2 },
		{ "192.0.2.1:000053", -2 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr addr;
		int port = 0, err = addr_parse_port(rows[i].text, &addr, &port);

		ok(rows[i].port == -2 ? err == -EINVAL : !err && port == rows[i].port,
		   "\"%s\" has port %d", rows[i].text, rows[i].port);
	}
}

static void test_unicast(void)
{
	static const char *const not [] = { "0.0.0.0",         "224.0.0.1", "240.0.0.1",
					    "255.255.255.255", "::",        "ff02::1" };
	struct addr addr;

	for (unsigned i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
		ok(!addr_parse(not [i], &addr) && !addr_is_unicast(&addr), "%s is not unicast",
		   not [i]);
	ok(!addr_parse("127.0.0.1", &addr) && addr_is_unicast(&addr) && addr_is_loopback(&addr),
	   "127.0.0.1 is, and loopback");
	ok(!addr_parse("::1", &addr) && addr_is_loopback(&addr), "so is ::1");
	ok(!addr_parse("128.0.0.1", &addr) && !addr_is_loopback(&addr), "128.0.0.1 is not");
}

int main(void)
{
	test_text();
	test_nets();
	test_ports();
	test_unicast();
	return tap_done();
}
