// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_body.c - JSON bodies, good and bad: what is taken, and what is said of the rest. */
#include "api/body.c"

#include "../tap.h"

static struct problem_errors errors;

static int parse(const char *text, struct check *check)
{
	return body_parse_check(text, strlen(text), check, &errors);
}

static void test_defaults(void)
{
	struct check check;

	ok(!parse("{\"target\":\"127.0.0.1\"}", &check), "a target is enough");
	ok(!strcmp(check.name, "127.0.0.1") && check.kind == &kind_icmp && check.icmp.size == 56 &&
		   check.interval_ns == NS_PER_SEC && check.timeout_ns == NS_PER_SEC &&
		   check.late_ns == 4 * NS_PER_SEC && check.source == CHECK_FROM_API && check.id,
	   "the rest are defaults");
	check_clear(&check);
	ok(!parse("{\"target\":\"127.0.0.1\",\"interval\":\"100ms\"}", &check) &&
		   check.timeout_ns == NS_PER_SEC,
	   "a short interval does not turn far hosts' answers into loss");
	check_clear(&check);
}

static void test_everything(void)
{
	struct check check;

	ok(!parse("{\"id\":\"gate\",\"name\":\"n\\u00e4me\",\"target\":\"::1\",\"kind\":\"icmp\","
		  "\"interval\":250000000,\"timeout\":\"1m\",\"late\":0,"
		  "\"labels\":{\"a\":\"b\",\"\\u2603\":\"\"},"
		  "\"params\":{\"size\":65507,\"ttl\":255,\"dscp\":63,\"dont_fragment\":true,"
		  "\"family\":6,\"fwmark\":4294967295,\"source\":\"::1\",\"device\":\"lo\"}}",
		  &check),
	   "every field at once");
	ok(check.id_given && check.nlabels == 2 && check.interval_ns == 250 * NS_PER_MS &&
		   check.timeout_ns == 60 * NS_PER_SEC && check.late_ns == 0 &&
		   check.icmp.size == 65507 && check.icmp.dont_fragment == 1 &&
		   check.icmp.family == CHECK_FAMILY_6 && check.icmp.fwmark == UINT32_MAX &&
		   !strcmp(check.icmp.source, "::1") && !strcmp(check.icmp.device, "lo"),
	   "each arrives where it belongs");
	check_clear(&check);
}

/* A body, and the pointer its first error must have; "" is the whole document. */
static const struct {
	const char *what, *text, *pointer;
} bad[] = {
	{ "nothing", "", "" },
	{ "null", "null", "" },
	{ "a list", "[]", "" },
	{ "a scalar", "42", "" },
	{ "a string", "\"x\"", "" },
	{ "a trailing comma", "{\"target\":\"127.0.0.1\",}", "" },
	{ "something behind", "{\"target\":\"127.0.0.1\"} x", "" },
	{ "a comment", "{/*x*/\"target\":\"127.0.0.1\"}", "" },
	{ "a byte order mark", "\xef\xbb\xbf{\"target\":\"127.0.0.1\"}", "" },
	{ "NaN", "{\"target\":\"127.0.0.1\",\"interval\":NaN}", "" },
	{ "1e999", "{\"target\":\"127.0.0.1\",\"interval\":1e999}", "" },
	{ "an integer over 64 bits", "{\"target\":\"a.b\",\"interval\":18446744073709551616}", "" },
	{ "a lone surrogate", "{\"target\":\"\\ud800\"}", "" },
	{ "a NUL escape", "{\"target\":\"a\\u0000b\"}", "" },
	{ "invalid UTF-8", "{\"target\":\"\xff\"}", "" },
	{ "an unfinished string", "{\"target\":\"a", "" },
	{ "a doubled key", "{\"target\":\"a.b\",\"target\":\"c.d\"}", "" },
	{ "a doubled label", "{\"target\":\"a.b\",\"labels\":{\"x\":\"1\",\"x\":\"2\"}}", "" },
	{ "no target", "{}", "/target" },
	{ "a target of null", "{\"target\":null}", "/target" },
	{ "an empty target", "{\"target\":\"\"}", "/target" },
	{ "256.1.1.1", "{\"target\":\"256.1.1.1\"}", "/target" },
	{ "1.2.3", "{\"target\":\"1.2.3\"}", "/target" },
	{ "2130706433", "{\"target\":\"2130706433\"}", "/target" },
	{ "[::1", "{\"target\":\"[::1\"}", "/target" },
	{ "a network", "{\"target\":\"1.2.3.4/33\"}", "/target" },
	{ "fe80::1 without a zone", "{\"target\":\"fe80::1\"}", "/target" },
	{ "multicast", "{\"target\":\"224.0.0.1\"}", "/target" },
	{ "broadcast", "{\"target\":\"255.255.255.255\"}", "/target" },
	{ "0.0.0.0", "{\"target\":\"0.0.0.0\"}", "/target" },
	{ "240/4", "{\"target\":\"240.1.1.1\"}", "/target" },
	{ "a command", "{\"target\":\"$(reboot)\"}", "/target" },
	{ "a semicolon", "{\"target\":\";id\"}", "/target" },
	{ "dots and slashes", "{\"target\":\"../x\"}", "/target" },
	{ "markup", "{\"target\":\"<img src=x onerror=alert(1)>\"}", "/target" },
	{ "a URL", "{\"target\":\"http://169.254.169.254/\"}", "/target" },
	{ "a name with a line feed", "{\"target\":\"a\\nb\"}", "/target" },
	{ "a name that begins with a hyphen", "{\"target\":\"-x\"}", "/target" },
	{ "an empty label", "{\"target\":\"a..b\"}", "/target" },
	{ "control characters in the name", "{\"target\":\"a.b\",\"name\":\"\\u001b[31m\"}",
	  "/name" },
	{ "an empty name", "{\"target\":\"a.b\",\"name\":\"\"}", "/name" },
	{ "a name that is a number", "{\"target\":\"a.b\",\"name\":7}", "/name" },
	{ "interval 0", "{\"target\":\"a.b\",\"interval\":0}", "/interval" },
	{ "interval -1", "{\"target\":\"a.b\",\"interval\":-1}", "/interval" },
	{ "interval -0.0", "{\"target\":\"a.b\",\"interval\":-0.0}", "/interval" },
	{ "interval 1e3", "{\"target\":\"a.b\",\"interval\":1e3}", "/interval" },
	{ "interval 2^53+1", "{\"target\":\"a.b\",\"interval\":9007199254740993}", "/interval" },
	{ "interval 1e-9", "{\"target\":\"a.b\",\"interval\":\"1e-9\"}", "/interval" },
	{ "interval nan", "{\"target\":\"a.b\",\"interval\":\"nan\"}", "/interval" },
	{ "interval inf", "{\"target\":\"a.b\",\"interval\":\"inf\"}", "/interval" },
	{ "interval 0x10", "{\"target\":\"a.b\",\"interval\":\"0x10s\"}", "/interval" },
	{ "interval '1 s '", "{\"target\":\"a.b\",\"interval\":\"1 s \"}", "/interval" },
	{ "interval '10 m'", "{\"target\":\"a.b\",\"interval\":\"10 m\"}", "/interval" },
	{ "interval 9223372036854775808",
	  "{\"target\":\"a.b\",\"interval\":\"9223372036854775808ns\"}", "/interval" },
	{ "timeout 0", "{\"target\":\"a.b\",\"timeout\":0}", "/timeout" },
	{ "a timeout of an hour", "{\"target\":\"a.b\",\"timeout\":\"1h\"}", "/timeout" },
	{ "a late window of an hour", "{\"target\":\"a.b\",\"late\":\"1h\"}", "/late" },
	{ "an unknown kind", "{\"target\":\"a.b\",\"kind\":\"gopher\"}", "/kind" },
	{ "an unknown field", "{\"target\":\"a.b\",\"intervall\":\"1s\"}", "/intervall" },
	{ "an unknown field with a slash", "{\"target\":\"a.b\",\"a/~b\":1}", "/a~1~0b" },
	{ "an unknown parameter", "{\"target\":\"a.b\",\"params\":{\"port\":80}}", "/params/port" },
	{ "parameters as a list", "{\"target\":\"a.b\",\"params\":[]}", "/params" },
	{ "ttl 0", "{\"target\":\"a.b\",\"params\":{\"ttl\":0}}", "/params/ttl" },
	{ "ttl 256", "{\"target\":\"a.b\",\"params\":{\"ttl\":256}}", "/params/ttl" },
	{ "ttl as text", "{\"target\":\"a.b\",\"params\":{\"ttl\":\"9\"}}", "/params/ttl" },
	{ "ttl 9.5", "{\"target\":\"a.b\",\"params\":{\"ttl\":9.5}}", "/params/ttl" },
	{ "size 65508", "{\"target\":\"a.b\",\"params\":{\"size\":65508}}", "/params/size" },
	{ "fwmark 2^32", "{\"target\":\"a.b\",\"params\":{\"fwmark\":4294967296}}",
	  "/params/fwmark" },
	{ "family 5", "{\"target\":\"a.b\",\"params\":{\"family\":5}}", "/params/family" },
	{ "a device of 16 characters",
	  "{\"target\":\"a.b\",\"params\":{\"device\":\"0123456789abcdef\"}}", "/params/device" },
	{ "a source of the other family",
	  "{\"target\":\"127.0.0.1\",\"params\":{\"source\":\"::1\"}}", "" },
	{ "a source that is no address", "{\"target\":\"a.b\",\"params\":{\"source\":\"x\"}}", "" },
	{ "labels as a list", "{\"target\":\"a.b\",\"labels\":[\"x\"]}", "/labels" },
	{ "a label that is a number", "{\"target\":\"a.b\",\"labels\":{\"x\":1}}", "/labels/x" },
	{ "a label without a name", "{\"target\":\"a.b\",\"labels\":{\"\":\"x\"}}", "/labels/" },
	{ "a label with a control character", "{\"target\":\"a.b\",\"labels\":{\"x\":\"\\u0007\"}}",
	  "/labels/x" },
	{ "an empty id", "{\"target\":\"a.b\",\"id\":\"\"}", "/id" },
	{ "an id that is a number", "{\"target\":\"a.b\",\"id\":-1}", "/id" },
};

static void test_bad(void)
{
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct check check;
		int err = parse(bad[i].text, &check);

		ok(err == -EINVAL && errors.n >= 1 &&
			   !strcmp(errors.list[0].pointer, bad[i].pointer) &&
			   *errors.list[0].detail,
		   "%s: '%s' %s", bad[i].what, err ? errors.list[0].pointer : "?",
		   err ? errors.list[0].detail : "taken");
		if (!err)
			check_clear(&check);
	}
}

static void test_sizes(void)
{
	size_t len = 1 << 20;
	char *text = malloc(len + 64);
	struct check check;
	int at;

	memset(text, '[', 100000);
	ok(body_parse_check(text, 100000, &check, &errors) == -EINVAL &&
		   strstr(errors.list[0].detail, "nested"),
	   "100,000 levels are too deep");
	at = sprintf(text, "{\"target\":\"a.b\",\"");
	memset(text + at, 'k', len);
	strcpy(text + at + len - 100, "\":1}");
	ok(body_parse_check(text, strlen(text), &check, &errors) == -EINVAL && errors.n == 1,
	   "a key of 1 MB is one error");
	at = sprintf(text, "{\"target\":\"");
	memset(text + at, 'a', 254);
	strcpy(text + at + 254, "\"}");
	ok(parse(text, &check) == -EINVAL && !strcmp(errors.list[0].pointer, "/target"),
	   "a target of 254 characters is too long");
	memset(text + at, 'a', 64);
	strcpy(text + at + 64, "\"}");
	ok(parse(text, &check) == -EINVAL, "a label of 64 characters too");
	at = sprintf(text, "{\"target\":\"a.b\",\"labels\":{");
	for (int i = 0; i < 17; i++)
		at += sprintf(text + at, "%s\"k%d\":\"v\"", i ? "," : "", i);
	strcpy(text + at, "}}");
	ok(parse(text, &check) == -EINVAL && strstr(errors.list[0].detail, "more than 16"),
	   "17 labels are too many");
	free(text);
}

static void test_all_at_once(void)
{
	struct check check;

	ok(parse("{\"target\":\"1.2.3\",\"name\":1,\"interval\":\"x\",\"timeout\":0,\"zzz\":1,"
		 "\"params\":{\"ttl\":0,\"nope\":1}}",
		 &check) == -EINVAL &&
		   errors.n == 7,
	   "seven mistakes are told at once: %u", errors.n);
	ok(!parse("{\"target\":\"a.b\",\"name\":\"<script>alert(1)</script> \xe2\x80\xae\"}",
		  &check),
	   "a name may be any text; who shows it escapes it");
	check_clear(&check);
	ok(!parse("{\"target\":\"::ffff:127.0.0.1\"}", &check), "a mapped address is one");
	check_clear(&check);
}

int main(void)
{
	test_defaults();
	test_everything();
	test_bad();
	test_sizes();
	test_all_at_once();
	return tap_done();
}
