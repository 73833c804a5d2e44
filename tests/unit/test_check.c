// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A check's rules, its id and its bytes. */
#include "domain/check.c"

#include "../tap.h"

static void make(struct check *check)
{
	check_init(check, &kind_icmp);
	check->target = strdup("198.18.0.1");
	check->name = strdup("gw \"1\"");
	check->icmp.size = 1472;
	check->icmp.dscp = 46;
	snprintf(check->icmp.device, sizeof(check->icmp.device), "eth0");
	check->interval_ns = 250 * NS_PER_MS;
	check_set_label(check, "role", "router");
	check_set_label(check, "site", "");
	check_set_id(check, NULL);
}

static void test_codec(void)
{
	uint8_t bytes[CHECK_ENCODED_MAX];
	struct check check, back;
	int len, cut_ok = 0;

	make(&check);
	len = check_encode(&check, bytes, sizeof(bytes));
	ok(len > 0 && !check_decode(&back, bytes, (size_t)len), "a check survives its bytes");
	ok(back.id == check.id && !strcmp(back.name, check.name) && back.icmp.size == 1472 &&
		   back.icmp.dscp == 46 && !strcmp(back.icmp.device, "eth0") &&
		   back.interval_ns == check.interval_ns && back.nlabels == 2 &&
		   !strcmp(back.labels[0].value, "router"),
	   "every field comes back");
	check_clear(&back);
	for (int cut = 0; cut < len; cut++) {
		int err = check_decode(&back, bytes, (size_t)cut);

		cut_ok += !err;
		if (!err)
			check_clear(&back);
	}
	ok(cut_ok < 16, "cut short it is refused, but where only optional fields are gone (%d)",
	   cut_ok);
	bytes[0] = 9;
	ok(check_decode(&back, bytes, (size_t)len) == -EPROTONOSUPPORT,
	   "a newer version is refused");
	ok(check_encode(&check, bytes, 20) == -ENOSPC, "no room is told");
	check_clear(&check);
}

static void test_id(void)
{
	struct check a, b;
	char text[17];
	uint64_t id;

	make(&a);
	make(&b);
	free(b.name);
	b.name = strdup("renamed");
	b.interval_ns *= 2;
	check_set_id(&b, NULL);
	ok(a.id == b.id, "a new name or interval keeps the id");
	b.icmp.size++;
	check_set_id(&b, NULL);
	ok(a.id != b.id, "another parameter changes it");
	check_format_id(a.id, text);
	ok(!check_parse_id(text, 16, &id) && id == a.id, "an id survives its text");
	ok(check_parse_id("00C0FFEE00C0FFEE", 16, &id) && check_parse_id("0123", 4, &id),
	   "upper case and short ids are refused");
	check_clear(&a);
	check_clear(&b);
}

static void test_targets(void)
{
	static const char *const good[] = { "127.0.0.1",    "::1",           "fd00::1",
					    "host.example", "_srv.example.", "a-b.c" };
	static const char *const bad[] = { "",        "256.1.1.1", "1.2.3",      "224.0.0.1",
					   "0.0.0.0", "ff02::1",   "fe80::1",    "fe80::1%nosuch",
					   "-x",      "a..b",      "$(reboot)",  "a b",
					   "x\ny",    "../x",      "240.0.0.1",  "255.255.255.255",
					   "::",      "[::1]",     "1.2.3.4/33", "host-.example" };
	struct check check;
	char why[128];

	check_init(&check, &kind_icmp);
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		check.target = (char *)good[i];
		ok(!check_validate(&check, why, sizeof(why)), "%s may be a target", good[i]);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		check.target = (char *)bad[i];
		ok(check_validate(&check, why, sizeof(why)) && *why, "row %u: %s", i, why);
	}
}

static void test_ranges(void)
{
	struct check check;
	char why[128];

	make(&check);
	ok(!check_validate(&check, why, sizeof(why)), "the sample check is valid");
	check.icmp.ttl = 0;
	ok(check_validate(&check, why, sizeof(why)) && strstr(why, "ttl"), "%s", why);
	check.icmp.ttl = 64;
	check.icmp.size = CHECK_SIZE_MAX + 1;
	ok(check_validate(&check, why, sizeof(why)) && strstr(why, "size"), "%s", why);
	check.icmp.size = 56;
	check.interval_ns = NS_PER_MS;
	ok(check_validate(&check, why, sizeof(why)) && strstr(why, "interval"), "%s", why);
	check.interval_ns = NS_PER_SEC;
	snprintf(check.icmp.source, sizeof(check.icmp.source), "fd00::1");
	ok(check_validate(&check, why, sizeof(why)) && strstr(why, "families"), "%s", why);
	check_clear(&check);
}

int main(void)
{
	test_codec();
	test_id();
	test_targets();
	test_ranges();
	return tap_done();
}
