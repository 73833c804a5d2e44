// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * request.c - a command on its way: received, checked, made durable by the
 * writer, applied, answered. Exactly one answer each.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "domain/command.h"
#include "domain/order.h"
#include "judge/judge_internal.h"

struct request {
	struct list link;
	uint64_t ticket;       /* ours, comes back from the writer */
	uint64_t asker_ticket; /* the asker's */
	uint32_t type;         /* enum command_type */
	uint64_t id;
	struct check *check; /* registration only */
};

static void answer(struct judge *judge, uint64_t ticket, uint64_t id, int error, const char *why)
{
	struct command_answer a = { .ticket = ticket, .id = id, .error = error };

	snprintf(a.why, sizeof(a.why), "%s", why);
	/* The asker reads its socket before all else; if it is gone there is nobody to tell. */
	(void)!send(judge->options.commands, &a, sizeof(a), MSG_NOSIGNAL);
}

static void request_free(struct request *request)
{
	list_remove(&request->link);
	if (request->check)
		check_clear(request->check);
	free(request->check);
	free(request);
}

void request_free_all(struct judge *judge)
{
	while (!list_is_empty(&judge->pending))
		request_free(container_of(judge->pending.next, struct request, link));
}

static int is_pending(const struct judge *judge, uint64_t id)
{
	for (struct list *l = judge->pending.next; l != &judge->pending; l = l->next)
		if (container_of(l, struct request, link)->id == id)
			return 1;
	return 0;
}

/* What is on its way to the registry: it will be durable before it is in there. */
static uint32_t sum_registrations(const struct judge *judge, uint64_t *ret_rate_nano)
{
	const struct request *request;
	uint32_t n = 0;

	*ret_rate_nano = 0;
	for (struct list *l = judge->pending.next; l != &judge->pending; l = l->next) {
		request = container_of(l, struct request, link);
		if (!request->check)
			continue;
		*ret_rate_nano += registry_rate_of(request->check);
		n++;
	}
	return n;
}

/* Hand the change to the writer; @check becomes the request's. */
static int submit(struct judge *judge, const struct command *command, uint64_t id,
		  struct check *check)
{
	struct request *request = calloc(1, sizeof(*request));
	struct store_order order = { .ticket = judge->next_ticket,
				     .type = check ? STORE_PUT : STORE_DELETE,
				     .id = id,
				     .check = check };

	if (!request)
		return -ENOMEM;
	*request = (struct request){ .ticket = judge->next_ticket++,
				     .asker_ticket = command->ticket,
				     .type = command->type,
				     .id = id };
	if (ring_push(judge->options.store_orders, &order)) {
		free(request);
		return -EBUSY;
	}
	request->check = check;
	list_add_tail(&judge->pending, &request->link);
	eventfd_write(judge->options.store_event, 1);
	return 0;
}

static const char under_way[] = "a change of this check is under way; try again";

/* Why @check may not be registered; 0 when it may. */
static int refuse(const struct judge *judge, const struct check *check, char *why, size_t room)
{
	uint64_t rate_nano;
	uint32_t index, n = sum_registrations(judge, &rate_nano);

	if (check_validate(check, why, room))
		return -EINVAL;
	/* whether it will be there, and whether it is equal, only the writer's answer tells */
	if (is_pending(judge, check->id)) {
		snprintf(why, room, "%s", under_way);
		return -EBUSY;
	}
	if (!registry_find(judge->registry, check->id, &index)) {
		snprintf(why, room, "a check with this id is there already");
		return -EEXIST;
	}
	if (registry_count(judge->registry) + n >= board_rows(judge->options.board)) {
		snprintf(why, room, "the table is full: %u checks",
			 board_rows(judge->options.board));
		return -ENOSPC;
	}
	if (!judge_fits_cap(judge, rate_nano + registry_rate_of(check))) {
		snprintf(why, room, "it would exceed the rate cap of %llu probes per second",
			 (unsigned long long)judge->options.rate_cap);
		return -ENOSPC;
	}
	return 0;
}

static void begin_register(struct judge *judge, const struct command *command)
{
	struct check *check = calloc(1, sizeof(*check));
	char why[512] = "out of memory";
	int err = check ? check_decode(check, command->body, command->bytes) : -ENOMEM;

	if (err && err != -ENOMEM)
		snprintf(why, sizeof(why), "the check could not be decoded");
	if (!err) {
		check->source = CHECK_FROM_API;
		err = refuse(judge, check, why, sizeof(why));
		if (!err) {
			err = submit(judge, command, check->id, check);
			snprintf(why, sizeof(why), "too many changes are waiting; try again");
		}
		if (!err)
			return;
		answer(judge, command->ticket, check->id, err, why);
		check_clear(check);
	} else {
		answer(judge, command->ticket, 0, err, why);
	}
	free(check);
}

static void begin_delete(struct judge *judge, const struct command *command)
{
	const char *why = "there is no check with this id";
	int err = -ENOENT;
	uint32_t index;

	if (is_pending(judge, command->id)) {
		err = -EBUSY;
		why = under_way;
	} else if (!registry_find(judge->registry, command->id, &index)) {
		err = -EPERM;
		why = "it comes from the configuration and can only be removed there";
		if (registry_at(judge->registry, index)->check->source == CHECK_FROM_API) {
			err = submit(judge, command, command->id, NULL);
			why = "too many changes are waiting; try again";
		}
	}
	if (err)
		answer(judge, command->ticket, command->id, err, why);
}

int request_receive(struct judge *judge)
{
	struct command command;
	ssize_t n = recv(judge->options.commands, &command, sizeof(command), MSG_DONTWAIT);

	if (n < 0)
		return errno == EINTR ? 0 : -EAGAIN;
	if (n == 0)
		return -EAGAIN; /* the web end is closed: nothing more will come */
	if (n < COMMAND_HEAD_BYTES || command.bytes > sizeof(command.body) ||
	    (size_t)n != COMMAND_HEAD_BYTES + command.bytes)
		return 0; /* not from our web: no ticket to answer to */
	switch (command.type) {
	case COMMAND_REGISTER_CHECK:
		begin_register(judge, &command);
		break;
	case COMMAND_DELETE_CHECK:
		begin_delete(judge, &command);
		break;
	default:
		answer(judge, command.ticket, command.id, -EOPNOTSUPP, "unknown command");
	}
	return 0;
}

static struct request *find_request(struct judge *judge, uint64_t ticket)
{
	for (struct list *l = judge->pending.next; l != &judge->pending; l = l->next)
		if (container_of(l, struct request, link)->ticket == ticket)
			return container_of(l, struct request, link);
	return NULL;
}

/* Durable: now it may be seen. */
static int apply(struct judge *judge, struct request *request)
{
	uint32_t index;
	int err;

	if (request->type == COMMAND_REGISTER_CHECK) {
		err = judge_insert(judge, request->check, &index);
		if (err)
			return err;
		request->check = NULL;
		judge_emit(judge, index, BOARD_EVENT_REGISTERED, BOARD_FREE, 0);
	} else {
		err = registry_find(judge->registry, request->id, &index);
		if (err)
			return err;
		judge_emit(judge, index, BOARD_EVENT_DELETED, BOARD_FREE, 0);
		judge_drop(judge, index);
	}
	board_add(judge->options.board, BOARD_REGISTRY_VERSION, 1);
	return 0;
}

void request_done(struct judge *judge, const struct store_order *order)
{
	struct request *request = find_request(judge, order->ticket);
	int err = order->error;

	if (!request)
		return;
	if (!err)
		err = apply(judge, request);
	answer(judge, request->asker_ticket, request->id, err,
	       order->error ? "it could not be made durable"
	       : err        ? "the table is full"
			    : "");
	request_free(request);
}
