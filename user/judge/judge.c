// SPDX-License-Identifier: GPL-2.0 OR MIT
/* judge.c - the thread: waits, drains its rings, keeps the registry; contract in judge.h. */
#include "judge/judge.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "judge/judge_internal.h"

#define WAIT_MS      50 /* so that the heart beats and nothing can be forgotten for long */
#define BATCH        256
#define RESULTS_MAX  16384 /* a turn, so that commands and the heart do not wait for ever */
#define CAP_MIN      100   /* probes per second: a handful of checks may fall on one tick */
#define STOP_WAIT_NS (2 * NS_PER_SEC)

int judge_new(struct judge **ret, const struct judge_options *options)
{
	struct judge *j = calloc(1, sizeof(*j));
	int err;

	if (!j)
		return -ENOMEM;
	j->options = *options;
	j->next_ticket = 1;
	j->floor_minute_ns = clock_now_ns();
	list_init(&j->pending);
	list_init(&j->late_orders);
	j->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = j->stop_event < 0 ? -errno : registry_new(&j->registry, board_rows(options->board));
	if (err) {
		judge_free(j);
		return err;
	}
	*ret = j;
	return 0;
}

static void free_late_orders(struct judge *j)
{
	struct late_order *late;

	while (!list_is_empty(&j->late_orders)) {
		late = container_of(j->late_orders.next, struct late_order, link);
		list_remove(&late->link);
		if (late->order.check)
			check_clear(late->order.check);
		free(late->order.check);
		free(late);
	}
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	request_free_all(j);
	free_late_orders(j);
	registry_free(j->registry);
	if (j->stop_event >= 0)
		close(j->stop_event);
	free(j);
}

/* To the probe thread, in order; what does not fit now goes with a later turn. */
static void send_order(struct judge *j, const struct flow_order *order)
{
	struct late_order *late;

	if (list_is_empty(&j->late_orders) && !ring_push(j->options.flow_orders, order)) {
		eventfd_write(j->options.flow_event, 1);
		return;
	}
	late = malloc(sizeof(*late));
	if (!late)
		abort(); /* a registry that disagrees with the probe thread would lie for ever */
	late->order = *order;
	list_add_tail(&j->late_orders, &late->link);
}

static void send_late_orders(struct judge *j)
{
	struct late_order *late;
	int sent = 0;

	while (!list_is_empty(&j->late_orders)) {
		late = container_of(j->late_orders.next, struct late_order, link);
		if (ring_push(j->options.flow_orders, &late->order))
			break;
		list_remove(&late->link);
		free(late);
		sent = 1;
	}
	if (sent)
		eventfd_write(j->options.flow_event, 1);
}

/* Rate and cap follow the registry. */
static void publish_rate(struct judge *j)
{
	uint64_t nano = registry_rate_nano(j->registry), cap = j->options.rate_cap;

	if (!cap)
		cap = nano * 2 / NS_PER_SEC > CAP_MIN ? nano * 2 / NS_PER_SEC : CAP_MIN;
	board_set(j->options.board, BOARD_CHECKS, registry_count(j->registry));
	board_set(j->options.board, BOARD_RATE_MILLI, nano / 1000000);
	board_set(j->options.board, BOARD_RATE_CAP, cap);
	if (cap == j->cap)
		return;
	j->cap = cap;
	send_order(j, &(struct flow_order){ .type = FLOW_CAP, .rate_cap = cap });
}

int judge_fits_cap(const struct judge *j, uint64_t more_nano)
{
	return !j->options.rate_cap ||
	       registry_rate_nano(j->registry) + more_nano <= j->options.rate_cap * NS_PER_SEC;
}

/* Registry, board and probe thread learn of @check; the rate is published by the caller. */
static int insert(struct judge *j, struct check *check, int at_once, uint32_t *ret_index)
{
	struct check *copy = malloc(sizeof(*copy));
	struct entry *entry;
	int err;

	if (!copy)
		return -ENOMEM;
	err = check_copy(copy, check);
	if (!err) {
		err = registry_add(j->registry, check, ret_index);
		if (err)
			check_clear(copy);
	}
	if (err) {
		free(copy);
		return err;
	}
	entry = registry_at(j->registry, *ret_index);
	entry->row.changed = board_tick(j->options.board);
	board_write_row(j->options.board, *ret_index, &entry->row);
	send_order(j, &(struct flow_order){ .type = FLOW_ADD,
					    .index = *ret_index,
					    .generation = entry->generation,
					    .at_once = (uint32_t)at_once,
					    .check = copy });
	return 0;
}

int judge_insert(struct judge *j, struct check *check, uint32_t *ret_index)
{
	int err = insert(j, check, 1, ret_index);

	if (!err)
		publish_rate(j);
	return err;
}

void judge_drop(struct judge *j, uint32_t index)
{
	struct entry *entry = registry_at(j->registry, index);

	send_order(j, &(struct flow_order){ .type = FLOW_DELETE,
					    .index = index,
					    .generation = entry->generation });
	entry->row = (struct board_row){ .generation = entry->generation, .state = BOARD_FREE };
	board_write_row(j->options.board, index, &entry->row);
	registry_remove(j->registry, index);
	publish_rate(j);
}

/* Cut at @room - 1 bytes, never inside a UTF-8 character. */
static void copy_text(char *to, size_t room, const char *from)
{
	size_t len = strlen(from);

	if (len >= room)
		for (len = room - 1; len && ((unsigned char)from[len] & 0xc0) == 0x80;)
			len--;
	memcpy(to, from, len);
	to[len] = '\0';
}

void judge_emit(struct judge *j, uint32_t index, enum board_event_kind kind, uint8_t old_state,
		uint8_t class)
{
	const struct entry *entry = registry_at(j->registry, index);
	const struct check *check = entry->check;
	struct board_event event = { .id = check->id,
				     .wall_ns = clock_wall_ns(),
				     .kind = (uint8_t)kind,
				     .old_state = old_state,
				     .state = entry->state.now,
				     .class = class,
				     .row = index };

	copy_text(event.text, sizeof(event.text), check->name);
	board_emit(j->options.board, &event);
}

int judge_load(struct judge *j, const struct check *checks, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct check *copy;
		uint32_t index;
		int err;

		if (!judge_fits_cap(j, registry_rate_of(&checks[i])))
			return -E2BIG;
		copy = malloc(sizeof(*copy));
		err = copy ? check_copy(copy, &checks[i]) : -ENOMEM;
		if (!err) {
			err = insert(j, copy, 0, &index);
			if (err)
				check_clear(copy);
		}
		if (err) {
			free(copy);
			return err;
		}
	}
	publish_rate(j);
	return 0;
}

/* Return: 1 when some are left. */
static int drain_results(struct judge *j)
{
	struct result results[BATCH];
	uint32_t n, done = 0;

	while (done < RESULTS_MAX && (n = ring_pop(j->options.results, results, BATCH))) {
		for (uint32_t i = 0; i < n; i++)
			account_result(j, &results[i]);
		done += n;
	}
	return done >= RESULTS_MAX;
}

static void drain_done(struct judge *j)
{
	struct store_order orders[BATCH];
	uint32_t n;

	while ((n = ring_pop(j->options.store_done, orders, BATCH)) > 0)
		for (uint32_t i = 0; i < n; i++)
			request_done(j, &orders[i]);
}

/* What there is to do now; rows that change in it carry the new tick. Return: 1 for more. */
static int turn(struct judge *j)
{
	int64_t now_ns = clock_now_ns();
	int is_more;

	board_next_tick(j->options.board);
	board_beat(j->options.board, BOARD_HEART_JUDGE, now_ns);
	drain_done(j);
	for (int i = 0; i < BATCH && !request_receive(j); i++)
		;
	is_more = drain_results(j);
	send_late_orders(j);
	account_floor(j, now_ns);
	board_set(j->options.board, BOARD_RESULTS_DROPPED, ring_dropped(j->options.results));
	return is_more;
}

static int stop_asked(const struct judge *j)
{
	eventfd_t value;

	return !eventfd_read(j->stop_event, &value);
}

static void *judge_main(void *arg)
{
	struct judge *j = arg;
	struct pollfd fds[] = { { .fd = j->options.results_event, .events = POLLIN },
				{ .fd = j->options.done_event, .events = POLLIN },
				{ .fd = j->options.commands, .events = POLLIN },
				{ .fd = j->stop_event, .events = POLLIN } };
	int64_t give_up_ns;
	eventfd_t value;
	int is_more = 0;

	while (!stop_asked(j)) {
		if (poll(fds, 4, is_more ? 0 : WAIT_MS) > 0) {
			/* eventfds are non-blocking: reading an idle one does nothing */
			eventfd_read(j->options.results_event, &value);
			eventfd_read(j->options.done_event, &value);
			if (fds[2].revents & (POLLHUP | POLLERR))
				fds[2].fd = -1; /* the web is gone; probing goes on */
		}
		is_more = turn(j);
	}
	/* what the writer still works on gets its answer */
	give_up_ns = clock_now_ns() + STOP_WAIT_NS;
	do {
		is_more = turn(j);
	} while (is_more || (!list_is_empty(&j->pending) && clock_now_ns() < give_up_ns &&
			     poll(&fds[1], 1, WAIT_MS) >= 0));
	return NULL;
}

int judge_start(struct judge *j)
{
	int err = -pthread_create(&j->thread, NULL, judge_main, j);

	if (err)
		return err;
	pthread_setname_np(j->thread, "sonde-judge");
	j->is_running = 1;
	return 0;
}

void judge_stop(struct judge *j)
{
	if (!j->is_running)
		return;
	eventfd_write(j->stop_event, 1);
	pthread_join(j->thread, NULL);
	j->is_running = 0;
}
