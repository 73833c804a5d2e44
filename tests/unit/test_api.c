// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_api.c - every route of a running server, and when it refuses to start. */
#include "api/api.c"

#include "api_fixture.h"
#include "../tap.h"

static void test_reads(struct fixture *f)
{
	struct response r = get(f, "/");

	ok(r.status == 200 && has(&r, "text/html"), "the page is at /");
	ok(has(&r, "content-security-policy: default-src 'none'") && has(&r, "nosniff"),
	   "every response carries the security headers");
	free(r.text);
	r = get(f, "/api/v1/checks");
	ok(r.status == 200 &&
		   has(&r, "{\"items\":[],\"next_cursor\":null,\"total\":0,\"matched\":0}"),
	   "no checks is an empty list");
	ok(has(&r, "cache-control: no-store"), "the API is never cached");
	free(r.text);
	r = get(f, "/api/v1/kinds");
	ok(r.status == 200 && has(&r, "\"name\":\"dont_fragment\"") &&
		   has(&r, "\"type\":\"boolean\""),
	   "kinds describe their parameters");
	free(r.text);
	r = get(f, "/api/v1/suggestions");
	ok(r.status == 200 && has(&r, "{\"items\":[]}"), "no suggestions without a source of them");
	free(r.text);
	r = ask(f, "HEAD", "/api/v1/summary", "Connection: close\r\n", NULL);
	ok(r.status == 200 && !*r.body && has(&r, "content-length: "),
	   "HEAD has the length, but no body");
	free(r.text);
}

static void test_missing(struct fixture *f)
{
	struct response r = get(f, "/nothing");

	ok(r.status == 404 && has(&r, "application/problem+json") && has(&r, "\"status\":404"),
	   "an unknown path is a problem");
	free(r.text);
	ok(status_of(get(f, "/api/v1/checks/")) == 404, "no id is no check");
	ok(status_of(get(f, "/api/v1/checks/00c0ffee00c0ffe")) == 404, "15 digits are no id");
	ok(status_of(get(f, "/api/v1/checks/00C0FFEE00C0FFEE")) == 404, "nor are capitals");
	ok(status_of(get(f, "/api/v1/checks/00c0ffee00c0ffee")) == 404, "an unknown id is 404");
	ok(status_of(get(f, "/api/v1/checks/00c0ffee00c0ffee/samples")) == 404,
	   "so are its samples");
	ok(status_of(get(f, "/api/v1/checks/00c0ffee00c0ffeex")) == 404, "17 characters are no id");
	r = ask(f, "DELETE", "/api/v1/summary", AUTH, NULL);
	ok(r.status == 405 && has(&r, "allow: GET, HEAD"), "a wrong method is told the right ones");
	free(r.text);
	r = ask(f, "PUT", "/api/v1/checks", AUTH, NULL);
	ok(r.status == 405 && has(&r, "allow: GET, HEAD, POST"), "all of them");
	free(r.text);
	ok(status_of(ask(f, "POST", "/", AUTH JSON, "{}")) == 405, "the page takes no POST");
}

static void test_writes(struct fixture *f)
{
	static const char body[] = "{\"target\":\"127.0.0.2\",\"name\":\"two\",\"interval\":\"2s\","
				   "\"labels\":{\"a<b\":\"\\\"q\\\"\"},\"params\":{\"ttl\":9,"
				   "\"dont_fragment\":true,\"family\":\"4\"}}";
	char path[64] = "/api/v1/checks/";
	struct response r = ask(f, "POST", "/api/v1/checks", AUTH JSON, body);
	const char *location = strcasestr(r.text, "location: /api/v1/checks/");

	ok(r.status == 201 && location, "a new check is created, and told where it is");
	ok(has(&r, "\"ttl\":9") && has(&r, "\"dont_fragment\":true") &&
		   has(&r, "\"family\":\"4\"") && has(&r, "\"interval_ns\":2000000000") &&
		   has(&r, "\"source\":\"api\""),
	   "it is told as it was taken");
	ok(has(&r, "{\"a\\u003cb\":\"\\\"q\\\"\"}"), "labels are escaped, keys too");
	ok(has(&r, "connection: close"), "a connection that carried a body is not used again");
	if (location)
		snprintf(path, sizeof(path), "%.31s", location + strlen("location: "));
	free(r.text);
	r = get(f, path);
	ok(r.status == 200 && has(&r, "\"name\":\"two\"") && has(&r, "\"state\":\"pending\""),
	   "it is there, with its row");
	free(r.text);
	r = ask(f, "POST", "/api/v1/checks", AUTH JSON, body);
	ok(r.status == 200, "the same again is 200");
	free(r.text);
	r = ask(f, "POST", "/api/v1/checks", AUTH JSON,
		"{\"target\":\"127.0.0.2\",\"name\":\"three\",\"params\":{\"ttl\":9,"
		"\"dont_fragment\":true,\"family\":\"4\"}}");
	ok(r.status == 409, "the same id with other fields is a conflict");
	free(r.text);
	r = ask(f, "DELETE", path, AUTH, NULL);
	ok(r.status == 204 && !*r.body, "it is deleted");
	free(r.text);
	ok(status_of(get(f, path)) == 404, "and gone");
	ok(status_of(ask(f, "DELETE", path, AUTH, NULL)) == 404, "deleting it again is 404");
}

static void test_refusals_of_the_judge(struct fixture *f)
{
	static const char body[] = "{\"target\":\"127.0.0.9\"}";
	uint64_t id = fixture_add(f, "conf", "127.0.0.3", CHECK_FROM_CONFIG);
	char path[64] = "/api/v1/checks/";
	struct response r;

	check_format_id(id, path + strlen(path));
	r = ask(f, "DELETE", path, AUTH, NULL);
	ok(r.status == 403 && has(&r, "it comes from the configuration"),
	   "a check of the configuration stays");
	free(r.text);
	f->error = -ENOSPC;
	ok(status_of(ask(f, "POST", "/api/v1/checks", AUTH JSON, body)) == 507, "full is 507");
	f->error = -EBUSY;
	ok(status_of(ask(f, "POST", "/api/v1/checks", AUTH JSON, body)) == 503, "busy is 503");
	f->error = -EIO;
	ok(status_of(ask(f, "POST", "/api/v1/checks", AUTH JSON, body)) == 500,
	   "a bad disk is 500");
	f->error = 0;
}

static void test_samples(struct fixture *f)
{
	uint64_t id = fixture_add(f, "sampled", "127.0.0.4", CHECK_FROM_API);
	struct sample samples[3] = {
		{ .id = id,
		  .sent_wall_ns = 1000,
		  .rtt_ns = 5,
		  .stamp = RESULT_STAMP_XDP,
		  .ttl = 64 },
		{ .id = id, .sent_wall_ns = 2000, .attempt = 1, .class = RESULT_LOST },
		{ .id = id, .sent_wall_ns = 3000, .attempt = 2, .rtt_ns = 7 },
	};
	char path[96], base[64] = "/api/v1/checks/";
	struct response r;

	f->repository->ops->append(f->repository, samples, 3);
	f->repository->ops->commit(f->repository);
	check_format_id(id, base + strlen(base));
	snprintf(path, sizeof(path), "%s/samples?from=1000&to=3000", base);
	r = get(f, path);
	ok(r.status == 200 &&
		   has(&r, "\"rows\":[[\"1000\",0,\"ok\",5,\"xdp\",64,0],"
			   "[\"2000\",1,\"lost\",null,\"none\",0,0]],\"truncated\":false"),
	   "samples of [from, to), null where nothing came");
	free(r.text);
	snprintf(path, sizeof(path), "%s/samples?from=1000&to=9000&limit=1", base);
	r = get(f, path);
	ok(r.status == 200 && has(&r, "\"truncated\":true") && !has(&r, "\"2000\""),
	   "a limit cuts, and says so");
	free(r.text);
	snprintf(path, sizeof(path), "%s/samples?from=3000&to=1000", base);
	r = get(f, path);
	ok(r.status == 400 && has(&r, "\"pointer\":\"?from\""), "from after to is refused");
	free(r.text);
	snprintf(path, sizeof(path), "%s/samples?from=yesterday", base);
	ok(status_of(get(f, path)) == 400, "a time must be one");
	snprintf(path, sizeof(path), "%s/samples?limit=100001", base);
	ok(status_of(get(f, path)) == 400, "the limit has a limit");
	snprintf(path, sizeof(path), "%s/samples?from=0001-01-01T00:00:00Z&to=1000000000000000000",
		 base);
	ok(status_of(get(f, path)) == 400, "a time before 1677 is no int64 of ns");
	snprintf(path, sizeof(path), "%s/samples?from=1700-01-01T00:00:00Z&to=9000000000000000000",
		 base);
	ok(status_of(get(f, path)) == 200, "a range of centuries is just a range");
}

static void test_list(struct fixture *f)
{
	struct response r;
	char etag[128] = "If-None-Match: ", path[512] = "/api/v1/checks?limit=1&cursor=", *at;

	fixture_add(f, "Alpha", "127.0.0.10", CHECK_FROM_API);
	r = get(f, "/api/v1/checks?q=ALPHA&state=pending,up");
	ok(r.status == 200 && has(&r, "\"matched\":1") && has(&r, "\"total\":3") &&
		   has(&r, "\"name\":\"Alpha\""),
	   "q finds without regard to case, state filters, total counts all");
	free(r.text);
	r = get(f, "/api/v1/checks?state=down");
	ok(has(&r, "\"items\":[]") && has(&r, "\"matched\":0"), "nothing is down");
	free(r.text);
	r = get(f, "/api/v1/checks?limit=1");
	ok(has(&r, "\"name\":\"Alpha\"") && !has(&r, "\"name\":\"conf\""),
	   "a page has as many as asked for, by name");
	at = strstr(r.text, "\"next_cursor\":\"");
	if (at)
		snprintf(path + strlen(path), 320, "%.*s", (int)strcspn(at + 15, "\""), at + 15);
	free(r.text);
	r = get(f, path);
	ok(r.status == 200 && has(&r, "\"name\":\"conf\"") && !has(&r, "Alpha"),
	   "its cursor leads to the next");
	free(r.text);
	r = get(f, "/api/v1/checks?limit=3");
	ok(has(&r, "\"next_cursor\":null"), "the last page has no cursor");
	at = strcasestr(r.text, "etag: ");
	snprintf(etag + strlen(etag), 96, "%.*s\r\n", (int)strcspn(at + 6, "\r"), at + 6);
	free(r.text);
	ok(status_of(ask(f, "GET", "/api/v1/checks?limit=3", etag, NULL)) == 304,
	   "nothing new is 304");
	board_next_tick(f->board);
	ok(status_of(ask(f, "GET", "/api/v1/checks?limit=3", etag, NULL)) == 200,
	   "after a turn of the judge it is sent again");
	ok(status_of(get(f, "/api/v1/checks?limit=0")) == 400 &&
		   status_of(get(f, "/api/v1/checks?limit=-1")) == 400 &&
		   status_of(get(f, "/api/v1/checks?limit=1000000000000")) == 400 &&
		   status_of(get(f, "/api/v1/checks?limit=")) == 400,
	   "limits outside 1..10000 are refused");
	ok(status_of(get(f, "/api/v1/checks?cursor=zz")) == 400 &&
		   status_of(get(f, "/api/v1/checks?cursor=00c0ffee00c0ffeezz")) == 400 &&
		   status_of(get(f, "/api/v1/checks?cursor=00c0ffee00c0ffee61")) == 200,
	   "a cursor of strangers is refused, one of a deleted check works");
	ok(status_of(get(f, "/api/v1/checks?nope=1")) == 400 &&
		   status_of(get(f, "/api/v1/checks?q=1&q=2")) == 400 &&
		   status_of(get(f, "/api/v1/checks?state=gone")) == 400 &&
		   status_of(get(f, "/api/v1/checks?q=%00")) == 400 &&
		   status_of(get(f, "/api/v1/checks?q=%zz")) == 400,
	   "parameters that are unknown, doubled or not decodable are refused");
}

/* Every value stands under its own HELP and TYPE, counters and only they end in _total. */
static int is_clean(char *text)
{
	char name[128] = "", type[32] = "", *next;

	for (char *line = text; *line; line = next) {
		size_t len;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (sscanf(line, "# HELP %127s", name) == 1)
			continue;
		len = strlen(name);
		if (!strncmp(line, "# TYPE ", 7)) {
			int is_total = len > 6 && !strcmp(name + len - 6, "_total");

			if (strncmp(line + 7, name, len) ||
			    sscanf(line + 7 + len, " %31s", type) != 1 ||
			    is_total != !strcmp(type, "counter"))
				return printf("# %s\n", line), 0;
		} else if (strncmp(line, name, len) || (line[len] != ' ' && line[len] != '{')) {
			return printf("# %s\n", line), 0;
		}
	}
	return *name != '\0';
}

static void test_summary_and_metrics(struct fixture *f)
{
	struct response r;

	board_set(f->board, BOARD_ATTEMPTS, 100);
	board_set(f->board, BOARD_CLASS_0 + RESULT_OK, 90);
	board_set(f->board, BOARD_CLASS_0 + RESULT_LOST, 10);
	r = get(f, "/api/v1/summary");
	ok(r.status == 200 && has(&r, "\"version\":\"1.2.3\"") && has(&r, "\"loss_ratio\":0.1") &&
		   has(&r, "\"pending\":3") && has(&r, "\"floor\":null") &&
		   has(&r, "\"healthy\":true"),
	   "the summary sums up");
	free(r.text);
	r = get(f, "/metrics");
	ok(r.status == 200 && has(&r, "text/plain; version=0.0.4"), "metrics are Prometheus text");
	ok(has(&r, "sonde_attempts_total{class=\"ok\"} 90\n") &&
		   has(&r, "sonde_build_info{version=\"1.2.3\"} 1\n") &&
		   has(&r, "sonde_checks{state=\"pending\"} 3\n") &&
		   has(&r, "\nprocess_resident_memory_bytes ") && has(&r, "name=\"Alpha\""),
	   "they count what the board counts");
	ok(is_clean(r.body), "and are clean by promtool's rules");
	free(r.text);
}

static void test_health(struct fixture *f)
{
	struct response r;

	ok(status_of(get(f, "/-/healthy")) == 200, "all hearts beat: healthy");
	ok(status_of(get(f, "/-/ready")) == 200, "and ready");
	board_beat(f->board, BOARD_HEART_WRITER, 0);
	ok(status_of(get(f, "/-/healthy")) == 200 && status_of(get(f, "/-/ready")) == 503,
	   "before a thread's first turn: not ready, but not ill");
	board_beat(f->board, BOARD_HEART_JUDGE, clock_now_ns() - 11 * NS_PER_SEC);
	r = get(f, "/-/healthy");
	ok(r.status == 503 && has(&r, "judge"), "one is silent for 11 s: 503 with its name");
	free(r.text);
	fixture_beat(f, clock_now_ns());
	ok(status_of(get(f, "/-/healthy")) == 200, "it beats again: healthy");
}

static void refuses(struct fixture *f, const char *listen, const char *token, const char *word)
{
	struct api_options options = fixture_options(f);
	struct api *api = NULL;
	int err;

	options.listen = &listen;
	options.token = token;
	err = api_start(&api, &options, f->why, sizeof(f->why));
	ok(err < 0 && strstr(f->why, word), "%s refuses to start: %s", listen, f->why);
	if (!err)
		api_stop(api);
}

static void test_refusals(void)
{
	struct fixture f;
	char taken[32];

	fixture_open(&f);
	refuses(&f, "0.0.0.0:0", NULL, "token and no TLS");
	refuses(&f, "[::]:0", TOKEN, "TLS");
	refuses(&f, "198.18.0.1:7663", NULL, "token");
	refuses(&f, "localhost:7663", TOKEN, "ADDRESS:PORT");
	refuses(&f, "127.0.0.1", TOKEN, "ADDRESS:PORT");
	refuses(&f, "127.0.0.1:65536", TOKEN, "ADDRESS:PORT");
	refuses(&f, "::1:80", TOKEN, "ADDRESS:PORT");
	refuses(&f, "unix:relative", TOKEN, "absolute");
	refuses(&f, "unix:/etc/passwd", TOKEN, "exists");
	refuses(&f, "unix:/nonexistent/dir/sock", TOKEN, "No such file");
	refuses(&f, "127.0.0.1:0", "", "empty");
	fixture_start(&f);
	snprintf(taken, sizeof(taken), "127.0.0.1:%u", f.port);
	refuses(&f, taken, TOKEN, "in use");
	fixture_close(&f);
}

int main(void)
{
	struct fixture f;

	fixture_open(&f);
	fixture_start(&f);
	test_reads(&f);
	test_missing(&f);
	test_writes(&f);
	test_refusals_of_the_judge(&f);
	test_samples(&f);
	test_list(&f);
	test_summary_and_metrics(&f);
	test_health(&f);
	fixture_close(&f);
	test_refusals();
	return tap_done();
}
