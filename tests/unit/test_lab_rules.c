/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Rules of the lab: every key, every refusal with its place, the longest prefix. */
#include "../../tools/lab/rules.c"

#include <stdio.h>

#include "../tap.h"

static char errors[4096];

/* Return: what rules_read() does; the errors are in `errors`. */
static int read_text(const char *text, struct rules *ret)
{
	FILE *in = fmemopen((void *)text, strlen(text), "r");
	FILE *out = fmemopen(errors, sizeof(errors), "w");
	int err = rules_read(in, "f", out, ret);

	fputc(0, out);
	fclose(in);
	fclose(out);
	return err;
}

static void refuses(const char *text, const char *want)
{
	struct rules rules = { 0 };
	int err = read_text(text, &rules);

	if (!ok(err == 1 && !strcmp(errors, want), "%.*s", (int)strcspn(want, "\n"), want))
		printf("# %d: %s", err, errors);
	rules_clear(&rules);
}

static void test_keys(void)
{
	struct rules rules = { 0 };
	const struct rule *r;

	ok(!read_text("# a comment\n\n"
		      "198.18.0.0/16\tloss=10% duplicate=5%:3 corrupt=0.25% wrong_source=1% "
		      "reorder=2%:20ms late=1%:1500ms expired=1.0001% delay=5ms "
		      "jitter=normal:1ms error=1%:3/4:quote=28:mtu=1400 error=2%:11/0 "
		      "flap=10s:40% # and so on\n",
		      &rules) &&
		   rules.count == 1,
	   "a line with every key is read");
	r = rules.rule;
	ok(r->bits == 112 && r->share[FAULT_LOSS] == 100000 && r->share[FAULT_CORRUPT] == 2500 &&
		   r->share[FAULT_EXPIRED] == 10001,
	   "shares are exact");
	ok(r->copies == 3 && r->reorder_ns == 20000000 && r->late_ns == 1500000000 &&
		   !r->expired_ns && r->delay_ns == 5000000 && r->jitter_ns == 1000000 &&
		   r->jitter_is_normal,
	   "counts and durations are taken");
	ok(r->nerrors == 2 && r->errors[0].quote_bytes == 28 && r->errors[0].mtu == 1400 &&
		   r->errors[1].type == 11 && r->share[FAULT_ERROR] == 30000,
	   "several errors add up");
	ok(r->flap_period_ns == 10000000000 && r->flap_up_share == 400000, "flapping is taken");
	ok(rules_need_time(r), "and needs time");
	rules_clear(&rules);
}

static void test_refusals(void)
{
	refuses("198.18.0.0/33 loss=1%\n", "f:1:1: '198.18.0.0/33' is no address and no network\n");
	refuses("\n1.2.3 loss=1%\n", "f:2:1: '1.2.3' is no address and no network\n");
	refuses("1.2.3.4 lost=1%\n", "f:1:9: unknown key 'lost'\n");
	refuses("1.2.3.4 loss\n", "f:1:9: loss needs a value\n");
	refuses("1.2.3.4 blackhole=1\n", "f:1:9: blackhole takes no value\n");
	refuses("1.2.3.4 loss=1% loss=2%\n", "f:1:17: loss stands there twice\n");
	refuses("1.2.3.4 loss=1\n", "f:1:14: '1' is no share such as 10% or 0.25%\n");
	refuses("1.2.3.4 loss=.5%\n", "f:1:14: '.5%' is no share such as 10% or 0.25%\n");
	refuses("1.2.3.4 loss=-1%\n", "f:1:14: '-1%' is no share such as 10% or 0.25%\n");
	refuses("1.2.3.4 loss=0.00001%\n", "f:1:14: '0.00001%' is no share such as 10% or 0.25%\n");
	refuses("1.2.3.4 loss=101%\n", "f:1:14: '101%' is more than 100%\n");
	refuses("1.2.3.4 loss=60% late=41%\n",
		"f:1:1: the shares of this line add up to more than 100%\n");
	refuses("1.2.3.4 delay=5\n",
		"f:1:15: '5' is no duration such as 20ms, of an hour at most\n");
	refuses("1.2.3.4 delay=2h\n",
		"f:1:15: '2h' is no duration such as 20ms, of an hour at most\n");
	refuses("1.2.3.4 jitter=gamma:5ms\n", "f:1:16: jitter is uniform or normal, not 'gamma'\n");
	refuses("1.2.3.4 error=1%:3\n", "f:1:15: error needs type and code, such as 1%:3/1\n");
	refuses("1.2.3.4 error=1%:256/0\n", "f:1:18: '256' is more than 255\n");
	refuses("1.2.3.4 error=1%:x/0\n", "f:1:18: 'x' is no whole number\n");
	refuses("1.2.3.4 error=1%:3/1:ttl=3\n",
		"f:1:22: an error has quote= and mtu=, not 'ttl=3'\n");
	refuses("1.2.3.4 error=1%:3/1:quote=0\n", "f:1:22: an error quotes one byte or more\n");
	refuses("1.2.3.4 duplicate=1%:0\n", "f:1:22: a duplicate has one copy or more\n");
	refuses("1.2.3.4 flap=10s\n", "f:1:14: flap needs a period and a share, such as 10s:50%\n");
	refuses("1.2.3.4 flap=0s:5%\n", "f:1:14: a period of nothing\n");
	refuses("1.2.3.4 error=1%:3/1 closed\n", "f:1:22: closed and error exclude each other\n");
}

static void test_all_errors(void)
{
	struct rules rules = { 0 };
	static char line[2 * LINE_MAX_BYTES];

	ok(read_text("1.2.3.4 a=1 b=2\nx\n::1 loss=1%\n", &rules) == 3 &&
		   strstr(errors, "f:1:9:") && strstr(errors, "f:1:13:") &&
		   strstr(errors, "f:2:1:"),
	   "all errors are told at once");
	memset(line, 'x', sizeof(line) - 1);
	ok(read_text(line, &rules) > 0 && strstr(errors, "longer than"),
	   "an endless line is refused");
	ok(!read_text("", &rules) && !rules.count, "an empty file is no rules");
	rules_clear(&rules);
}

static unsigned found_loss(const struct rules *rules, const char *text)
{
	struct addr addr;
	const struct rule *rule;

	addr_parse(text, &addr);
	rule = rules_find(rules, &addr);
	return rule ? rule->share[FAULT_LOSS] / 10000 : 0;
}

static void test_longest(void)
{
	struct rules rules = { 0 };

	ok(!read_text("198.18.0.0/15 loss=1%\n198.18.4.0/24 loss=2%\n198.18.4.9 loss=3%\n"
		      "fd00:51::/32 loss=4%\nfd00:51:1::/48 loss=5%\nfd00:51:1::7 loss=6%\n"
		      "198.18.4.77/31 loss=7%\n",
		      &rules),
	   "prefixes of both families are read");
	ok(found_loss(&rules, "198.19.255.255") == 1 && found_loss(&rules, "198.18.4.8") == 2 &&
		   found_loss(&rules, "198.18.4.9") == 3 &&
		   found_loss(&rules, "198.18.4.76") == 7 && found_loss(&rules, "198.18.4.78") == 2,
	   "the longest IPv4 prefix counts");
	ok(found_loss(&rules, "fd00:51:2::1") == 4 && found_loss(&rules, "fd00:51:1::8") == 5 &&
		   found_loss(&rules, "fd00:51:1::7") == 6,
	   "the longest IPv6 prefix counts");
	ok(!found_loss(&rules, "198.20.0.0") && !found_loss(&rules, "fd00:52::1"),
	   "outside of all there is no rule");
	rules_clear(&rules);
}

int main(void)
{
	test_keys();
	test_refusals();
	test_all_errors();
	test_longest();
	return tap_done();
}
