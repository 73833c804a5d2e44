// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_connection.c - many connections, no descriptors, readers that stall, the unix socket. */
#undef CONNECTIONS_STALL_NS
#include "api/connection.h"
#undef CONNECTIONS_STALL_NS
#define CONNECTIONS_STALL_NS 1500000000ll /* not twenty seconds */
#include "api/connection.c"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "api_fixture.h"
#include "../tap.h"

static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

static void test_many(struct fixture *f)
{
	int fds[300], open_ones = 0, refused = 0;
	struct pollfd p;

	for (unsigned i = 0; i < 300; i++)
		fds[i] = dial(f);
	for (unsigned i = 299; i >= CONNECTIONS_MAX; i--) {
		struct response r = receive_until(fds[i], NULL);

		refused += r.status == 503 || r.ended;
		free(r.text);
	}
	for (unsigned i = 0; i < CONNECTIONS_MAX; i++) {
		p = (struct pollfd){ .fd = fds[i], .events = POLLIN };
		open_ones += poll(&p, 1, 0) == 0;
	}
	ok(open_ones == CONNECTIONS_MAX && refused == 300 - CONNECTIONS_MAX,
	   "of 300 connections %d are open, %d were told to come later", open_ones, refused);
	for (unsigned i = 0; i < 300; i++)
		close(fds[i]);
	while (status_of(get(f, "/api/v1/kinds")) != 200)
		poll(NULL, 0, 10); /* until the server has seen them go */
	ok(1, "when they are gone there is room again");
}

static int lowest_free_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

static void test_no_descriptors(struct fixture *f)
{
	struct rlimit before, tight;
	int64_t began_ns;
	int fds[4];

	getrlimit(RLIMIT_NOFILE, &before);
	tight = before;
	/* room for our four ends, none for theirs */
	for (unsigned i = 0; i < 4; i++)
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	tight.rlim_cur = (rlim_t)lowest_free_descriptor();
	setrlimit(RLIMIT_NOFILE, &tight);
	for (unsigned i = 0; i < 4; i++) {
		struct sockaddr_in sin = { .sin_family = AF_INET,
					   .sin_port = htons(f->port),
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

		connect(fds[i], (struct sockaddr *)&sin, sizeof(sin));
	}
	began_ns = cpu_ns();
	poll(NULL, 0, 1000);
	ok(cpu_ns() - began_ns < 100 * NS_PER_MS, "a second without descriptors costs %d ms of CPU",
	   (int)((cpu_ns() - began_ns) / NS_PER_MS));
	setrlimit(RLIMIT_NOFILE, &before);
	ok(status_of(get(f, "/api/v1/kinds")) == 200, "with descriptors it goes on");
	for (unsigned i = 0; i < 4; i++)
		close(fds[i]);
}

static int dial_unix(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* A list of megabytes, asked for and never read: the server's end is closed in time. */
static void stall(int fd, const char *what)
{
	static const char request[] =
		"GET /api/v1/checks?limit=10000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int64_t began_ns = clock_now_ns();
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int with_both;

	send_all(fd, request, sizeof(request) - 1);
	poll(&p, 1, WAIT_MS); /* the answer has begun: both ends are open */
	with_both = open_descriptors();
	while (open_descriptors() >= with_both && clock_now_ns() - began_ns < WAIT_MS * NS_PER_MS)
		poll(NULL, 0, 20);
	ok(open_descriptors() == with_both - 1, "who does not read is cut, %s", what);
	close(fd);
}

/* As large as checks can be, so that the list is megabytes. */
static void add_many(struct fixture *f)
{
	struct check check;
	char text[2 * CHECK_LABEL_MAX + 1];

	memset(text, '<', sizeof(text) - 1); /* six bytes each in JSON */
	text[sizeof(text) - 1] = '\0';
	for (unsigned i = 0; i < 1000; i++) {
		check_init(&check, &kind_icmp);
		check.name = strdup("large");
		check.target = strdup("127.0.0.1");
		check.id = i + 1;
		for (char key = 'a'; key < 'a' + CHECK_LABELS_MAX; key++)
			check_set_label(&check, (char[]){ key, '\0' }, text);
		fixture_put(f, &check);
		check_clear(&check);
	}
	board_add(f->board, BOARD_REGISTRY_VERSION, 1);
}

static void test_stalled_readers(struct fixture *f, const char *path)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 2048;
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(f->port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct response r = get(f, "/api/v1/checks?limit=10000");

	ok(r.status == 200 && has(&r, "\"total\":1000,") && r.len > (4u << 20),
	   "1,000 large checks are listed in %zu bytes", r.len);
	free(r.text);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	stall(fd, "TCP");
	stall(dial_unix(path), "unix");
	ok(status_of(get(f, "/api/v1/kinds")) == 200, "others are served");
}

static void test_unix(void)
{
	static const char post[] = "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\n" JSON
				   "Content-Length: 22\r\n\r\n{\"target\":\"127.0.0.1\"}";
	char listen_on[64], *path = listen_on + 5;
	const char *listen_list = listen_on;
	struct api_options options;
	struct api *second = NULL;
	struct sockaddr_un stale = { .sun_family = AF_UNIX };
	struct fixture f;
	struct response r;
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	fixture_open(&f);
	snprintf(listen_on, sizeof(listen_on), "unix:/tmp/sonde-test-%d.sock", (int)getpid());
	snprintf(stale.sun_path, sizeof(stale.sun_path), "%s", path);
	bind(fd, (struct sockaddr *)&stale, sizeof(stale));
	close(fd); /* the file stays, as after a kill */
	options = fixture_options(&f);
	options.listen = &listen_list;
	options.token = NULL;
	ok(!api_start(&f.api, &options, f.why, sizeof(f.why)), "a stale socket is replaced%s",
	   f.why);
	ok(!stat(path, &st) && (st.st_mode & 0777) == 0660, "its mode is 0660");
	ok(api_port(f.api) == 0 && !api_origin(f.api, NULL, 0), "and it has no port");
	ok(api_start(&second, &options, f.why, sizeof(f.why)) == -EADDRINUSE,
	   "a live one is not: %s", f.why);
	fd = dial_unix(path);
	send_all(fd, post, sizeof(post) - 1);
	r = receive_until(fd, NULL);
	ok(r.status == 201, "our own user writes without a token: %d", r.status);
	free(r.text);
	close(fd);
	fixture_close(&f);
	ok(stat(path, &st) && errno == ENOENT, "nothing is left behind");
}

int main(void)
{
	char listen_on[64], origin[API_ORIGIN_MAX] = "", expected[API_ORIGIN_MAX];
	const char *both[] = { "127.0.0.1:0", listen_on };
	struct api_options options;
	struct fixture f;

	snprintf(listen_on, sizeof(listen_on), "unix:/tmp/sonde-stall-%d.sock", (int)getpid());
	fixture_open(&f);
	options = fixture_options(&f);
	options.listen = both;
	options.nlisten = 2;
	ok(!api_start(&f.api, &options, f.why, sizeof(f.why)), "listening on TCP and unix%s",
	   f.why);
	f.port = api_port(f.api);
	snprintf(expected, sizeof(expected), "http://127.0.0.1:%u", f.port);
	ok(api_origin(f.api, origin, sizeof(origin)) && !strcmp(origin, expected), "as %s", origin);
	add_many(&f);
	test_many(&f);
	test_no_descriptors(&f);
	test_stalled_readers(&f, listen_on + 5);
	fixture_close(&f);
	test_unix();
	return tap_done();
}
