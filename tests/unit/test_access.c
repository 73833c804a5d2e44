// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_access.c - who may do what: listeners, methods, tokens, and where to listen at all. */
#include "api/access.c"

#include "../tap.h"

#define TOKEN "0123456789abcdef"

static struct head_text text(const char *s)
{
	return (struct head_text){ s, s ? strlen(s) : 0 };
}

/* Rows: where, method, token header, content type, may the unix peer write -> status. */
static const struct {
	enum access_listener listener;
	const char *method, *authorization, *type;
	int has_token, may_write, is_public, status;
} rows[] = {
	{ ACCESS_LOOPBACK, "GET", NULL, NULL, 1, 0, 0, 0 },
	{ ACCESS_LOOPBACK, "HEAD", NULL, NULL, 0, 0, 0, 0 },
	{ ACCESS_LOOPBACK, "GET", "Bearer wrong", NULL, 1, 0, 0, 401 },
	{ ACCESS_LOOPBACK, "GET", "Bearer wrong", NULL, 0, 0, 0, 0 },
	{ ACCESS_LOOPBACK, "GET", "Bearer wrong", NULL, 1, 0, 1, 0 },
	{ ACCESS_LOOPBACK, "POST", NULL, "application/json", 1, 0, 0, 401 },
	{ ACCESS_LOOPBACK, "POST", NULL, "application/json", 0, 0, 0, 403 },
	{ ACCESS_LOOPBACK, "POST", "Bearer " TOKEN, "application/json", 1, 0, 0, 0 },
	{ ACCESS_LOOPBACK, "POST", "bearer " TOKEN, "Application/JSON;charset=utf-8", 1, 0, 0, 0 },
	{ ACCESS_LOOPBACK, "POST", "Bearer " TOKEN, "text/plain", 1, 0, 0, 415 },
	{ ACCESS_LOOPBACK, "POST", "Bearer " TOKEN, NULL, 1, 0, 0, 415 },
	{ ACCESS_LOOPBACK, "POST", "Bearer " TOKEN "x", "application/json", 1, 0, 0, 401 },
	{ ACCESS_LOOPBACK, "POST", "Bearer 0123456789abcde", "application/json", 1, 0, 0, 401 },
	{ ACCESS_LOOPBACK, "POST", "Bearer", "application/json", 1, 0, 0, 401 },
	{ ACCESS_LOOPBACK, "POST", "", "application/json", 1, 0, 0, 401 },
	{ ACCESS_LOOPBACK, "DELETE", "Bearer " TOKEN, NULL, 1, 0, 0, 0 },
	{ ACCESS_LOOPBACK, "DELETE", NULL, NULL, 1, 0, 0, 401 },
	{ ACCESS_LOOPBACK, "DELETE", NULL, NULL, 1, 1, 0, 401 },
	{ ACCESS_UNIX, "GET", NULL, NULL, 1, 0, 0, 0 },
	{ ACCESS_UNIX, "POST", NULL, "application/json", 1, 1, 0, 0 },
	{ ACCESS_UNIX, "POST", NULL, "application/json", 0, 1, 0, 0 },
	{ ACCESS_UNIX, "POST", NULL, "text/plain", 0, 1, 0, 415 },
	{ ACCESS_UNIX, "POST", NULL, "application/json", 1, 0, 0, 401 },
	{ ACCESS_UNIX, "POST", NULL, "application/json", 0, 0, 0, 403 },
	{ ACCESS_UNIX, "POST", "Bearer " TOKEN, "application/json", 1, 0, 0, 0 },
	{ ACCESS_UNIX, "POST", "Bearer wrong", "application/json", 1, 1, 0, 401 },
	{ ACCESS_BEYOND, "GET", NULL, NULL, 1, 0, 0, 401 },
	{ ACCESS_BEYOND, "GET", NULL, NULL, 1, 0, 1, 0 },
	{ ACCESS_BEYOND, "GET", "Bearer " TOKEN, NULL, 1, 0, 0, 0 },
	{ ACCESS_BEYOND, "POST", "Bearer " TOKEN, "application/json", 1, 0, 0, 0 },
	{ ACCESS_BEYOND, "POST", NULL, "application/json", 1, 1, 0, 401 },
};

static void test_matrix(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct access_request request = { .listener = rows[i].listener,
						  .may_write = rows[i].may_write,
						  .method = text(rows[i].method),
						  .host = text("localhost"),
						  .authorization = text(rows[i].authorization),
						  .content_type = text(rows[i].type),
						  .is_public = rows[i].is_public };
		const char *why = "";
		struct access access;
		int status;

		access_init(&access, rows[i].has_token ? TOKEN : NULL, NULL, 0);
		status = access_check(&access, &request, &why);
		ok(status == rows[i].status, "row %u, %s: %d %s", i, rows[i].method, status, why);
		access_clear(&access);
	}
}

static void test_hosts_of_addresses(void)
{
	static const struct {
		const char *local, *host;
		int is_ours;
	} hosts[] = {
		{ "198.18.0.1", "198.18.0.1:7663", 1 },
		{ "198.18.0.1", "198.18.0.2", 0 },
		{ "198.18.0.1", "[198.18.0.1]", 0 },
		{ "fd00::1", "[fd00::1]:7663", 1 },
		{ "fd00::1", "[fd00:0::1]", 1 },
		{ "fd00::1", "fd00::1", 0 },
		{ "::1", "[::1]", 1 },
		{ "::1", "localhost", 1 },
		{ "::1", "[localhost]", 0 },
		{ "127.0.0.1", "[::ffff:127.0.0.1]", 0 },
		{ "127.0.0.1", "0x7f000001", 0 },
		{ "127.0.0.1", "127.1", 0 },
		{ "127.0.0.1", "Other.Example", 1 },
		{ "127.0.0.1", "other.example.", 0 },
	};
	static const char *const ours[] = { "other.example" };
	struct access access;

	access_init(&access, NULL, ours, 1);
	for (unsigned i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct access_request request = { .method = text("GET"),
						  .host = text(hosts[i].host) };
		const char *why;

		addr_parse(hosts[i].local, &request.local);
		ok(access_check(&access, &request, &why) == (hosts[i].is_ours ? 0 : 421),
		   "Host %s at %s", hosts[i].host, hosts[i].local);
	}
	access_clear(&access);
}

static void test_listening(void)
{
	char why[256];

	ok(!access_may_listen("x", ACCESS_LOOPBACK, NULL, 0, why, sizeof(why)), "loopback: always");
	ok(!access_may_listen("x", ACCESS_UNIX, NULL, 0, why, sizeof(why)), "unix: always");
	ok(access_may_listen("x", ACCESS_BEYOND, NULL, 0, why, sizeof(why)) == -EACCES &&
		   strstr(why, "no token and no TLS"),
	   "beyond, neither: %s", why);
	ok(access_may_listen("x", ACCESS_BEYOND, TOKEN, 0, why, sizeof(why)) == -EACCES, "%s", why);
	ok(access_may_listen("x", ACCESS_BEYOND, NULL, 1, why, sizeof(why)) == -EACCES, "%s", why);
	ok(access_may_listen("x", ACCESS_BEYOND, "short", 1, why, sizeof(why)) == -EACCES, "%s",
	   why);
	ok(!access_may_listen("x", ACCESS_BEYOND, TOKEN, 1, why, sizeof(why)), "beyond, both");
}

int main(void)
{
	test_matrix();
	test_hosts_of_addresses();
	test_listening();
	return tap_done();
}
