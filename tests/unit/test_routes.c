// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_routes.c - bad requests of every kind against a running server: each gets a clear
 * status, nothing changes, and the server goes on. */
#include "api/routes.c"

#include "api_fixture.h"
#include "../tap.h"

#define LONG 9000

/* Raw bytes and the statuses that may answer them; 0 stands for a closed connection. */
static const struct {
	const char *what, *bytes;
	int status, other;
} raw[] = {
	{ "two Content-Lengths",
	  "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON AUTH
	  "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
	  400, 400 },
	{ "Content-Length and Transfer-Encoding",
	  "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON AUTH
	  "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	  400, 400 },
	{ "Transfer-Encoding in HTTP/1.0",
	  "POST /api/v1/checks HTTP/1.0\r\nHost: localhost\r\n" JSON AUTH
	  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	  400, 400 },
	{ "a Transfer-Encoding that is not chunked",
	  "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON AUTH
	  "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	  400, 400 },
	{ "a signed Content-Length",
	  "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON AUTH
	  "Content-Length: +2\r\n\r\n{}",
	  400, 0 },
	{ "two Hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400,
	  400 },
	{ "no Host", "GET / HTTP/1.1\r\n\r\n", 400, 400 },
	{ "a Host of strangers", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, 421 },
	{ "an empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", 421, 421 },
	{ "an empty method", " / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 0 },
	{ "a lower-case method", "get / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, 401 },
	{ "TRACE", "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, 401 },
	{ "CONNECT", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 400 },
	{ "OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, 401 },
	{ "an absolute target", "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400,
	  400 },
	{ "a NUL escape in the path", "GET /metrics%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 404,
	  404 },
	{ "escaped dots", "GET /%2e%2e%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404,
	  404 },
	{ "backslashes", "GET /..%5c..%5cetc HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, 404 },
	{ "dots", "GET /./metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, 404 },
	{ "two slashes", "GET //metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, 404 },
	{ "a wrong escape", "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, 404 },
	{ "raw bytes above ASCII", "GET /\xc0\xae HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 400 },
	{ "bare line feeds", "GET / HTTP/1.1\nHost: localhost\n\n", 400, 400 },
	{ "a folded line", "GET / HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n", 400, 400 },
	{ "a header without a name", "GET / HTTP/1.1\r\nHost: localhost\r\n: b\r\n\r\n", 400, 0 },
	{ "a blank before the colon", "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400, 0 },
	{ "no version", "GET /\r\nHost: localhost\r\n\r\n", 400, 0 },
	{ "version 9.9", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 505, 400 },
	{ "the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505 },
	{ "an upgrade to HTTP/2",
	  "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
	  "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
	  200, 200 },
	{ "a TLS hello", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n\r\n", 400, 0 },
	{ "a body of 1 GiB announced",
	  "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON AUTH
	  "Content-Length: 1073741824\r\n\r\n",
	  413, 413 },
	{ "a Content-Length of 2^64",
	  "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON AUTH
	  "Content-Length: 18446744073709551616\r\n\r\n",
	  400, 413 },
	{ "a chunk of 2^64",
	  "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON AUTH
	  "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n{}\r\n0\r\n\r\n",
	  400, 413 },
	{ "a negative chunk",
	  "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON AUTH
	  "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
	  400, 400 },
	{ "an expectation nobody knows",
	  "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON AUTH
	  "Expect: a miracle\r\nContent-Length: 2\r\n\r\n{}",
	  417, 417 },
	{ "a chunked body",
	  "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON AUTH
	  "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
	  400, 400 },
};

static void test_raw(struct fixture *f)
{
	for (unsigned i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		struct response r = ask_raw(f, raw[i].bytes, strlen(raw[i].bytes));

		ok(r.status == raw[i].status || r.status == raw[i].other, "%s: %d", raw[i].what,
		   r.status);
		/* what h2o cannot parse at all it refuses by itself, in a line of plain text */
		if (r.status >= 400)
			ok((has(&r, "application/problem+json") && has(&r, "nosniff")) ||
				   !strcmp(r.body, "Bad Request"),
			   "%s: told as a problem", raw[i].what);
		free(r.text);
	}
}

/* Headers of a POST or GET and what comes of them. */
static const struct {
	const char *what, *method, *path, *headers, *body;
	int status;
} access_rows[] = {
	{ "no token", "POST", "/api/v1/checks", JSON, "{}", 401 },
	{ "an empty token", "POST", "/api/v1/checks", JSON "Authorization: Bearer \r\n", "{}",
	  401 },
	{ "a token wrong by one", "POST", "/api/v1/checks",
	  JSON "Authorization: Bearer a-token-of-sixteen-or-morf\r\n", "{}", 401 },
	{ "another scheme", "POST", "/api/v1/checks", JSON "Authorization: Basic YTpi\r\n", "{}",
	  401 },
	{ "a token twice", "POST", "/api/v1/checks", JSON AUTH AUTH, "{}", 400 },
	{ "a scheme in lower case", "POST", "/api/v1/checks",
	  JSON "Authorization: bearer " TOKEN "\r\n", "{}", 400 },
	{ "a token in the query", "POST", "/api/v1/checks?token=" TOKEN, JSON, "{}", 401 },
	{ "a wrong token on a read", "GET", "/api/v1/summary", "Authorization: Bearer x\r\n", NULL,
	  401 },
	{ "text/plain", "POST", "/api/v1/checks", AUTH "Content-Type: text/plain\r\n", "{}", 415 },
	{ "a form", "POST", "/api/v1/checks",
	  AUTH "Content-Type: application/x-www-form-urlencoded\r\n", "a=b", 415 },
	{ "multipart", "POST", "/api/v1/checks",
	  AUTH "Content-Type: multipart/form-data; boundary=x\r\n", "--x--", 415 },
	{ "no Content-Type", "POST", "/api/v1/checks", AUTH, "{}", 415 },
	{ "application/jsonx", "POST", "/api/v1/checks", AUTH "Content-Type: application/jsonx\r\n",
	  "{}", 415 },
	{ "JSON with a charset", "POST", "/api/v1/checks",
	  AUTH "Content-Type: application/json; charset=utf-8\r\n", "{}", 400 },
	{ "a gzip body", "POST", "/api/v1/checks", AUTH JSON "Content-Encoding: gzip\r\n",
	  "\x1f\x8b\x08", 400 },
	{ "a preflight", "OPTIONS", "/api/v1/checks",
	  "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n", NULL, 401 },
	{ "a foreign form post", "POST", "/api/v1/checks",
	  "Origin: null\r\nContent-Type: text/plain\r\n", "{}", 401 },
	{ "an empty body", "POST", "/api/v1/checks", AUTH JSON, "", 400 },
	{ "a query that nobody reads", "POST", "/api/v1/checks?x=1", AUTH JSON, "{}", 400 },
	{ "a stream of nonsense ids", "GET", "/api/v1/stream?ids=1,2", "", NULL, 400 },
	{ "a stream with another view", "GET", "/api/v1/stream?view=all", "", NULL, 400 },
	{ "a stream resumed from nonsense", "GET", "/api/v1/stream", "Last-Event-ID: x\r\n", NULL,
	  400 },
};

static void test_access(struct fixture *f)
{
	for (unsigned i = 0; i < sizeof(access_rows) / sizeof(access_rows[0]); i++) {
		struct response r = ask(f, access_rows[i].method, access_rows[i].path,
					access_rows[i].headers, access_rows[i].body);

		ok(r.status == access_rows[i].status, "%s: %d", access_rows[i].what, r.status);
		ok(!has(&r, TOKEN), "%s: the token is never told", access_rows[i].what);
		free(r.text);
	}
}

static void test_hosts(struct fixture *f)
{
	static const struct {
		const char *host;
		int status;
	} hosts[] = {
		{ "localhost", 200 },
		{ "LOCALHOST:1", 200 },
		{ "127.0.0.1", 200 },
		{ "127.0.0.1:7663", 200 },
		{ "sonde.example", 200 },
		{ "sonde.example:80", 200 },
		{ "127.0.0.2", 421 },
		{ "[::1]", 421 },
		{ "[127.0.0.1]", 421 },
		{ "localhost.evil", 421 },
		{ "127.0.0.1.evil", 421 },
		{ "localhost:", 421 },
		{ "localhost:8o", 421 },
		{ "localhost:123456", 421 },
		{ "2130706433", 421 },
		{ "a@localhost", 421 },
		{ "[::1", 421 },
		{ "evil.sonde.example", 421 },
		{ "localhost\tevil", 421 },
	};

	for (unsigned i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		char text[128];
		int status;

		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", hosts[i].host);
		status = status_of(ask_raw(f, text, strlen(text)));
		ok(status == hosts[i].status, "Host '%s': %d", hosts[i].host, status);
	}
}

static void test_long(struct fixture *f)
{
	char *text = malloc(1 << 20);
	int len = snprintf(text, 64, "GET /");
	struct response r;

	memset(text + len, 'a', LONG);
	strcpy(text + len + LONG, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
	ok(status_of(ask_raw(f, text, strlen(text))) == 404, "a path of 9 KB is nowhere");
	strcpy(text, "GET / HTTP/1.1\r\nHost: localhost\r\nA: ");
	len = (int)strlen(text);
	memset(text + len, 'b', 400000);
	strcpy(text + len + 400000, "\r\n\r\n");
	r = ask_raw(f, text, strlen(text));
	ok(r.status == 431 || r.ended, "a head of 400 KB is too long: %d", r.status);
	free(r.text);
	len = snprintf(text, 64, "GET / HTTP/1.1\r\nHost: localhost\r\n");
	for (int i = 0; i < 101; i++)
		len += snprintf(text + len, 32, "A: b\r\n");
	strcpy(text + len, "\r\n");
	ok(status_of(ask_raw(f, text, strlen(text))) == 400, "101 headers are refused");
	memset(text, 'M', 1000);
	strcpy(text + 1000, " / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	r = ask_raw(f, text, strlen(text));
	ok(r.status == 401 || r.status == 405 || r.status == 400, "a method of 1 KB: %d", r.status);
	free(r.text);
	free(text);
}

static void test_pipeline(struct fixture *f)
{
	static const char one[] = "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n";
	static const char last[] =
		"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	static const char smuggle[] =
		"POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" AUTH JSON
		"Content-Length: 2\r\n\r\n{}GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
	char *text = malloc(1000 * sizeof(one) + sizeof(last)), *at;
	struct response r;
	int fd = dial(f), n = 0;

	for (int i = 0; i < 1000; i++)
		memcpy(text + (size_t)i * (sizeof(one) - 1), one, sizeof(one) - 1);
	strcpy(text + 1000 * (sizeof(one) - 1), last);
	send_all(fd, text, strlen(text));
	r = receive_until(fd, "404 Not Found");
	for (at = r.text; (at = strstr(at, "HTTP/1.1 200 OK")); at++)
		n++;
	ok(n == 1000, "a pipeline of 1,000 requests is answered in order: %d", n);
	free(r.text);
	close(fd);
	free(text);
	fd = dial(f);
	send_all(fd, smuggle, strlen(smuggle));
	r = receive_until(fd, "sonde_build_info");
	ok(r.ended && r.status == 400 && !has(&r, "sonde_build_info"),
	   "what follows a body is never read as a request");
	free(r.text);
	close(fd);
}

int main(void)
{
	struct fixture f;

	fixture_open(&f);
	fixture_start(&f);
	test_raw(&f);
	test_access(&f);
	test_hosts(&f);
	test_long(&f);
	test_pipeline(&f);
	ok(f.asked == 0, "none of this reached the judge");
	ok(status_of(get(&f, "/-/healthy")) == 200, "and the server goes on");
	fixture_close(&f);
	return tap_done();
}
