/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * api_fixture.h - a web server on 127.0.0.1, port 0, with a board, a repository in memory and a
 * judge that does what it is told: answers, refuses, is silent or hangs up.
 */
#ifndef TESTS_UNIT_API_FIXTURE_H
#define TESTS_UNIT_API_FIXTURE_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/api.h"
#include "base/clock.h"
#include "domain/command.h"
#include "domain/kind.h"

#define TOKEN    "a-token-of-sixteen-or-more"
#define AUTH     "Authorization: Bearer " TOKEN "\r\n"
#define JSON     "Content-Type: application/json\r\n"
#define ROWS     131072
#define WAIT_MS  8000
#define RESPONSE (64u << 20)

struct fixture {
	struct board *board;
	struct repository *repository;
	struct api *api;
	pthread_t judge;
	int ours, theirs; /* ends of the command socket */
	uint16_t port;
	uint32_t rows;      /* in use */
	_Atomic int silent; /* the judge reads, but does not answer */
	_Atomic int error;  /* what it answers, 0: it does what is asked */
	_Atomic int asked;  /* commands seen */
	char why[256];
};

static struct api_options fixture_options(struct fixture *f)
{
	static const char *const listen[] = { "127.0.0.1:0" };
	static const char *const hosts[] = { "sonde.example" };

	return (struct api_options){ .board = f->board,
				     .repository = f->repository,
				     .commands = f->theirs,
				     .listen = listen,
				     .nlisten = 1,
				     .hosts = hosts,
				     .nhosts = 1,
				     .token = TOKEN,
				     .rate_cap = 1000,
				     .version = "1.2.3" };
}

static void fixture_beat(struct fixture *f, int64_t at_ns)
{
	for (unsigned i = 0; i <= BOARD_HEART_WRITER; i++)
		board_beat(f->board, i, at_ns);
}

static void fixture_row(struct fixture *f, uint32_t row, uint64_t id, unsigned state,
			uint32_t attempts)
{
	struct board_row r = { .generation = 1,
			       .id = id,
			       .sent_wall_ns = 1767323045000000000ll,
			       .rtt_ns = 23412,
			       .attempts = attempts,
			       .lost = attempts ? 1 : 0,
			       .recent = 0xfffffffdu,
			       .rtt_mean_ns = 23500,
			       .rtt_deviation_ns = 410,
			       .state = (uint8_t)state,
			       .class = RESULT_OK,
			       .stamp = RESULT_STAMP_TC,
			       .ttl = 64 };

	board_write_row(f->board, row, &r);
}

static void fixture_event(struct fixture *f, unsigned kind, uint64_t id, uint32_t row)
{
	struct board_event e = { .id = id,
				 .wall_ns = clock_wall_ns(),
				 .kind = (uint8_t)kind,
				 .old_state = BOARD_PENDING,
				 .state = BOARD_UP,
				 .row = row };

	snprintf(e.text, sizeof(e.text), "event");
	board_emit(f->board, &e);
}

/* What the judge and the writer do together, without the events. */
static uint64_t fixture_put(struct fixture *f, const struct check *check)
{
	f->repository->ops->put_check(f->repository, check);
	f->repository->ops->commit(f->repository);
	fixture_row(f, f->rows++, check->id, BOARD_PENDING, 0);
	board_set(f->board, BOARD_CHECKS, f->rows);
	return check->id;
}

__attribute__((unused)) static uint64_t fixture_add(struct fixture *f, const char *name,
						    const char *target, int source)
{
	struct check check;
	uint64_t id;

	check_init(&check, &kind_icmp);
	check.name = strdup(name);
	check.target = strdup(target);
	check.source = (uint8_t)source;
	check_set_id(&check, NULL);
	id = fixture_put(f, &check);
	board_add(f->board, BOARD_REGISTRY_VERSION, 1);
	check_clear(&check);
	return id;
}

static int judge_register(struct fixture *f, const struct command *command, uint64_t *id)
{
	struct check check, there;

	if (check_decode(&check, command->body, command->bytes))
		return -EIO;
	*id = check.id;
	if (!f->repository->ops->get_check(f->repository, check.id, &there)) {
		check_clear(&there);
		check_clear(&check);
		return -EEXIST;
	}
	fixture_put(f, &check);
	board_add(f->board, BOARD_REGISTRY_VERSION, 1);
	fixture_event(f, BOARD_EVENT_REGISTERED, check.id, f->rows - 1);
	check_clear(&check);
	return 0;
}

static int judge_delete(struct fixture *f, uint64_t id)
{
	struct board_row row, none = { .generation = 2 };
	struct check there;
	int is_config;

	if (f->repository->ops->get_check(f->repository, id, &there))
		return -ENOENT;
	is_config = there.source == CHECK_FROM_CONFIG;
	check_clear(&there);
	if (is_config)
		return -EPERM;
	f->repository->ops->delete_check(f->repository, id);
	f->repository->ops->commit(f->repository);
	for (uint32_t i = 0; i < f->rows; i++)
		if (!board_read_row(f->board, i, &row) && row.id == id)
			board_write_row(f->board, i, &none);
	board_add(f->board, BOARD_REGISTRY_VERSION, 1);
	fixture_event(f, BOARD_EVENT_DELETED, id, 0);
	return 0;
}

static void *judge_run(void *arg)
{
	struct fixture *f = arg;
	static struct command command;
	struct command_answer answer;

	while (recv(f->ours, &command, sizeof(command), 0) > 0) {
		answer = (struct command_answer){ .ticket = command.ticket,
						  .id = command.id,
						  .error = f->error };
		f->asked++;
		if (f->silent)
			continue;
		if (!answer.error)
			answer.error = command.type == COMMAND_REGISTER_CHECK
					       ? judge_register(f, &command, &answer.id)
					       : judge_delete(f, command.id);
		if (answer.error == -EPERM)
			snprintf(answer.why, sizeof(answer.why), "it comes from the configuration");
		send(f->ours, &answer, sizeof(answer), MSG_NOSIGNAL);
	}
	return NULL;
}

static void fixture_open(struct fixture *f)
{
	int pair[2];

	memset(f, 0, sizeof(*f));
	if (board_new(&f->board, ROWS) || memory_repository_new(&f->repository) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		exit(1);
	f->ours = pair[0];
	f->theirs = pair[1];
	fixture_beat(f, clock_now_ns());
	pthread_create(&f->judge, NULL, judge_run, f);
}

__attribute__((unused)) static void fixture_start(struct fixture *f)
{
	struct api_options options = fixture_options(f);

	if (api_start(&f->api, &options, f->why, sizeof(f->why))) {
		printf("Bail out! %s\n", f->why);
		exit(1);
	}
	f->port = api_port(f->api);
}

static void fixture_close(struct fixture *f)
{
	api_stop(f->api);
	shutdown(f->ours, SHUT_RDWR);
	pthread_join(f->judge, NULL);
	close(f->ours);
	close(f->theirs);
	f->repository->ops->close(f->repository);
	board_free(f->board);
}

__attribute__((unused)) static int dial(const struct fixture *f)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(f->port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&sin, sizeof(sin))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void send_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

struct response {
	int status; /* 0: the connection ended without one */
	int ended;  /* the server closed */
	size_t len;
	char *text, *body; /* terminated */
};

static int is_complete(struct response *r)
{
	const char *length;
	size_t head;

	r->body = strstr(r->text, "\r\n\r\n");
	if (!r->body)
		return 0;
	r->body += 4;
	head = (size_t)(r->body - r->text);
	r->status = atoi(r->text + 9);
	length = strcasestr(r->text, "\r\ncontent-length: ");
	if (length && length < r->body)
		return r->len >= head + strtoul(length + 18, NULL, 10);
	return r->status == 204 || r->status == 304;
}

/* Read one response, or until @until appears in it. */
static struct response receive_until(int fd, const char *until)
{
	struct response r = { .text = calloc(1, 65536) };
	size_t room = 65536;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	r.body = r.text;
	while (r.len < RESPONSE && poll(&p, 1, WAIT_MS) == 1) {
		if (room - r.len < 65536) {
			room *= 2;
			r.text = realloc(r.text, room);
			r.body = r.text;
		}
		n = recv(fd, r.text + r.len, room - r.len - 1, 0);
		if (n <= 0) {
			r.ended = 1;
			break;
		}
		r.len += (size_t)n;
		r.text[r.len] = '\0';
		if (until ? strstr(r.text, until) != NULL : is_complete(&r))
			break;
	}
	is_complete(&r);
	return r;
}

/* One raw request on a connection of its own. */
static struct response ask_raw(const struct fixture *f, const char *bytes, size_t len)
{
	int fd = dial(f);
	struct response r;

	send_all(fd, bytes, len);
	r = receive_until(fd, NULL);
	close(fd);
	return r;
}

/* METHOD PATH with further header lines and a body. */
static struct response ask(const struct fixture *f, const char *method, const char *path,
			   const char *headers, const char *body)
{
	size_t room = 1024 + strlen(path) + strlen(headers) + (body ? strlen(body) : 0);
	char *text = malloc(room), length[64] = "";
	struct response r;

	if (body)
		snprintf(length, sizeof(length), "Content-Length: %zu\r\n", strlen(body));
	snprintf(text, room, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n%s", method, path,
		 headers, length, body ? body : "");
	r = ask_raw(f, text, strlen(text));
	free(text);
	return r;
}

__attribute__((unused)) static struct response get(const struct fixture *f, const char *path)
{
	return ask(f, "GET", path, "", NULL);
}

/* The status alone; the response is freed. */
__attribute__((unused)) static int status_of(struct response r)
{
	free(r.text);
	return r.status;
}

__attribute__((unused)) static int has(const struct response *r, const char *text)
{
	return strcasestr(r->text, text) != NULL;
}

#endif /* TESTS_UNIT_API_FIXTURE_H */
