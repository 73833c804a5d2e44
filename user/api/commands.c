// SPDX-License-Identifier: GPL-2.0 OR MIT
/* commands.c - the contract is in commands.h. */
#include "api/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/reply.h"
#include "api/write.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "domain/command.h"

struct commands {
	h2o_socket_t *sock; /* NULL: the judge is gone */
	struct repository *repository;
	struct list waiting; /* oldest first */
	uint64_t last_ticket;
};

/* A request that waits. It lives until its answer or its deadline, whatever becomes of @req. */
struct waiter {
	struct list link;
	h2o_req_t *req; /* NULL: the client has gone */
	struct waiter **guard;
	uint64_t ticket;
	int64_t deadline_ns;
	uint32_t type; /* enum command_type */
	struct check check;
};

/* h2o frees the request: its memory takes the guard along, which tells the waiter. */
static void on_request_gone(void *guard)
{
	struct waiter *waiter = *(struct waiter **)guard;

	if (!waiter)
		return;
	waiter->req = NULL;
	waiter->guard = NULL;
}

static struct waiter *waiter_new(struct commands *c, h2o_req_t *req, uint32_t type)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->req = req;
	w->type = type;
	w->ticket = ++c->last_ticket;
	w->deadline_ns = clock_now_ns() + COMMANDS_TIMEOUT_NS;
	w->guard = h2o_mem_alloc_shared(&req->pool, sizeof(*w->guard), on_request_gone);
	*w->guard = w;
	list_add_tail(&c->waiting, &w->link);
	return w;
}

/* The waiter's end. Return: the request to answer, NULL when it is gone. */
static h2o_req_t *waiter_release(struct waiter *w)
{
	h2o_req_t *req = w->req;

	if (w->guard)
		*w->guard = NULL;
	list_remove(&w->link);
	check_clear(&w->check);
	free(w);
	return req;
}

static void refuse(struct waiter *w, int status, const char *why)
{
	h2o_req_t *req = waiter_release(w);

	if (!req)
		return;
	if (status == 503)
		reply_header(req, "retry-after", "1");
	reply_problem(req, status, why, NULL);
}

static void send_check(struct waiter *w, int status)
{
	struct json body;
	h2o_req_t *req;

	json_init(&body);
	write_check(&body, &w->check, NULL);
	json_raw(&body, "\n", 1);
	if (status == 201 && w->req) {
		char location[64] = "/api/v1/checks/";

		check_format_id(w->check.id, location + strlen(location));
		reply_header(w->req, "location", location);
	}
	req = waiter_release(w);
	if (req)
		reply_json(req, status, &body);
	json_clear(&body);
}

static int are_labels_equal(const struct check *a, const struct check *b)
{
	for (unsigned i = 0; i < a->nlabels; i++) {
		unsigned j = 0;

		while (j < b->nlabels && (strcmp(a->labels[i].key, b->labels[j].key) ||
					  strcmp(a->labels[i].value, b->labels[j].value)))
			j++;
		if (j == b->nlabels)
			return 0;
	}
	return a->nlabels == b->nlabels;
}

/* Everything a client can set; where a check came from is not his. */
static int are_equal(const struct check *a, const struct check *b)
{
	return a->kind == b->kind && !strcmp(a->name, b->name) && !strcmp(a->target, b->target) &&
	       a->interval_ns == b->interval_ns && a->timeout_ns == b->timeout_ns &&
	       a->late_ns == b->late_ns && a->icmp.size == b->icmp.size &&
	       a->icmp.ttl == b->icmp.ttl && a->icmp.dscp == b->icmp.dscp &&
	       a->icmp.dont_fragment == b->icmp.dont_fragment && a->icmp.family == b->icmp.family &&
	       a->icmp.fwmark == b->icmp.fwmark && !strcmp(a->icmp.source, b->icmp.source) &&
	       !strcmp(a->icmp.device, b->icmp.device) && are_labels_equal(a, b);
}

static void answer_existing(struct commands *c, struct waiter *w)
{
	struct check there;
	int err = c->repository->ops->get_check(c->repository, w->check.id, &there);

	if (!err && are_equal(&there, &w->check)) {
		check_clear(&w->check);
		w->check = there;
		send_check(w, 200);
		return;
	}
	if (!err)
		check_clear(&there);
	refuse(w, 409, "a check with this id is there already, and differs");
}

static void answer_error(struct waiter *w, const struct command_answer *answer)
{
	char why[sizeof(answer->why)];
	int status = 500;

	if (answer->error == -ENOENT)
		status = 404;
	else if (answer->error == -EPERM)
		status = 403;
	else if (answer->error == -ENOSPC)
		status = 507;
	else if (answer->error == -EBUSY)
		status = 503;
	snprintf(why, sizeof(why), "%.*s", (int)sizeof(answer->why) - 1, answer->why);
	refuse(w, status, *why ? why : strerror(-answer->error));
}

static void on_answer(struct commands *c, const struct command_answer *answer)
{
	struct waiter *w;
	struct list *l = c->waiting.next;

	while (l != &c->waiting && container_of(l, struct waiter, link)->ticket != answer->ticket)
		l = l->next;
	if (l == &c->waiting)
		return; /* too late: its deadline has passed */
	w = container_of(l, struct waiter, link);
	if (answer->error == -EEXIST && w->type == COMMAND_REGISTER_CHECK) {
		answer_existing(c, w);
	} else if (answer->error) {
		answer_error(w, answer);
	} else if (w->type == COMMAND_REGISTER_CHECK) {
		send_check(w, 201);
	} else {
		h2o_req_t *req = waiter_release(w);

		if (req)
			reply_empty(req, 204);
	}
}

/* Nobody will answer any more. */
static void lose_judge(struct commands *c)
{
	if (c->sock) {
		h2o_socket_read_stop(c->sock);
		h2o_socket_close(c->sock);
		c->sock = NULL;
	}
	while (!list_is_empty(&c->waiting))
		refuse(container_of(c->waiting.next, struct waiter, link), 503,
		       "the prober does not take commands now");
}

static void on_readable(h2o_socket_t *sock, const char *err)
{
	struct commands *c = sock->data;
	struct command_answer answer;
	ssize_t n;

	(void)err; /* recv() tells more */
	for (;;) {
		n = recv(h2o_socket_get_fd(sock), &answer, sizeof(answer), MSG_DONTWAIT);
		if (n == (ssize_t)sizeof(answer))
			on_answer(c, &answer);
		else if (n < 0 && errno == EINTR)
			continue;
		else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		else
			break;
	}
	log_event(LOG_ERROR, "the prober has closed the command socket", "received=%zd", n);
	lose_judge(c);
}

static void pass_on(struct commands *c, struct waiter *w, struct command *command)
{
	size_t bytes = COMMAND_HEAD_BYTES + command->bytes;
	ssize_t n;

	command->ticket = w->ticket;
	command->type = w->type;
	if (!c->sock) {
		refuse(w, 503, "the prober does not take commands now");
		return;
	}
	n = send(h2o_socket_get_fd(c->sock), command, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == (ssize_t)bytes)
		return;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		refuse(w, 503, "too many commands wait; try again");
	else
		refuse(w, 503, "the prober does not take commands now");
}

void commands_register(struct commands *c, h2o_req_t *req, struct check *check)
{
	struct command command = { .id = check->id };
	struct waiter *w = waiter_new(c, req, COMMAND_REGISTER_CHECK);
	int len;

	if (!w) {
		check_clear(check);
		reply_problem(req, 503, "out of memory", NULL);
		return;
	}
	w->check = *check;
	memset(check, 0, sizeof(*check));
	len = check_encode(&w->check, command.body, sizeof(command.body));
	if (len < 0) {
		refuse(w, 400, "the check is too large");
		return;
	}
	command.bytes = (uint32_t)len;
	pass_on(c, w, &command);
}

void commands_delete(struct commands *c, h2o_req_t *req, uint64_t id)
{
	struct command command = { .id = id };
	struct waiter *w = waiter_new(c, req, COMMAND_DELETE_CHECK);

	if (w)
		pass_on(c, w, &command);
	else
		reply_problem(req, 503, "out of memory", NULL);
}

void commands_expire(struct commands *c, int64_t now_ns)
{
	while (!list_is_empty(&c->waiting)) {
		struct waiter *oldest = container_of(c->waiting.next, struct waiter, link);

		if (oldest->deadline_ns > now_ns)
			return;
		refuse(oldest, 504, "the prober did not answer in time; the change may still come");
	}
}

int commands_new(struct commands **ret, h2o_loop_t *loop, int fd, struct repository *repository)
{
	struct commands *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	list_init(&c->waiting);
	c->repository = repository;
	c->sock = h2o_evloop_socket_create(loop, fd, H2O_SOCKET_FLAG_DONT_READ);
	c->sock->data = c;
	h2o_socket_read_start(c->sock, on_readable);
	*ret = c;
	return 0;
}

void commands_stop(struct commands *c)
{
	lose_judge(c);
}

void commands_free(struct commands *c)
{
	free(c);
}
