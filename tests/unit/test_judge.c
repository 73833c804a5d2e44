// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The judge between its rings: the test plays probe thread, writer and web. */
#include "judge/judge.c"

#include <sys/socket.h>

#include "domain/command.h"
#include "domain/kind.h"

#include "../tap.h"

static struct judge_options options;
static int web;

static struct ring *new_ring(uint32_t n, uint32_t bytes)
{
	struct ring *r = NULL;

	ring_new(&r, n, bytes);
	return r;
}

static void set_up(struct judge **judge, uint64_t rate_cap)
{
	int pair[2];

	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	web = pair[0];
	options = (struct judge_options){
		.results = new_ring(64, sizeof(struct result)),
		.flow_orders = new_ring(2, sizeof(struct flow_order)),
		.samples = new_ring(1024, sizeof(struct sample)),
		.store_orders = new_ring(16, sizeof(struct store_order)),
		.store_done = new_ring(16, sizeof(struct store_order)),
		.results_event = eventfd(0, EFD_NONBLOCK),
		.flow_event = eventfd(0, EFD_NONBLOCK),
		.store_event = eventfd(0, 0),
		.done_event = eventfd(0, EFD_NONBLOCK),
		.commands = pair[1],
		.rate_cap = rate_cap,
		.epoch = 9,
	};
	board_new(&options.board, 8);
	ok(!judge_new(judge, &options) && !judge_start(*judge), "the judge starts");
}

static void tear_down(struct judge *judge)
{
	struct flow_order order;

	judge_stop(judge);
	judge_free(judge);
	while (ring_pop(options.flow_orders, &order, 1)) {
		if (order.check)
			check_clear(order.check);
		free(order.check);
	}
	board_free(options.board);
	ring_free(options.results);
	ring_free(options.flow_orders);
	ring_free(options.samples);
	ring_free(options.store_orders);
	ring_free(options.store_done);
	close(options.results_event);
	close(options.flow_event);
	close(options.store_event);
	close(options.done_event);
	close(options.commands);
	close(web);
}

static void fill_registration(struct command *command, const char *target)
{
	struct check check;

	check_init(&check, &kind_icmp);
	check.target = strdup(target);
	check_set_id(&check, NULL);
	command->bytes = (uint32_t)check_encode(&check, command->body, sizeof(command->body));
	check_clear(&check);
}

static struct command_answer ask(uint32_t type, const char *target, uint64_t id, int store_error)
{
	struct command command = { .ticket = 42, .type = type, .id = id };
	struct command_answer answer = { .error = 1 };
	struct store_order order;
	eventfd_t value;
	struct pollfd either[2] = { { .fd = web, .events = POLLIN },
				    { .fd = options.store_event, .events = POLLIN } };

	if (target)
		fill_registration(&command, target);
	send(web, &command, COMMAND_HEAD_BYTES + command.bytes, 0);
	poll(either, 2, 5000);
	if (either[1].revents) { /* play the writer */
		eventfd_read(options.store_event, &value);
		if (ring_pop(options.store_orders, &order, 1) == 1) {
			order.error = store_error;
			ring_push(options.store_done, &order);
			eventfd_write(options.done_event, 1);
		}
	}
	recv(web, &answer, sizeof(answer), 0);
	return answer;
}

/* The next order for the probe thread that is no change of the cap. */
static struct flow_order next_order(void)
{
	struct flow_order order = { .type = 0 };
	struct pollfd fd = { .fd = options.flow_event, .events = POLLIN };

	for (int i = 0; i < 100; i++) {
		while (ring_pop(options.flow_orders, &order, 1))
			if (order.type != FLOW_CAP)
				return order;
		poll(&fd, 1, 50);
	}
	order.type = 0;
	return order;
}

static void send_result(uint32_t index, uint32_t generation, uint32_t attempt, uint8_t class)
{
	struct result r = { .flow = index,
			    .flow_generation = generation,
			    .attempt = attempt,
			    .class = class,
			    .rtt_ns = 5000,
			    .stamp = RESULT_STAMP_TC };

	ring_push(options.results, &r);
	eventfd_write(options.results_event, 1);
}

static void wait_attempts(uint64_t n)
{
	int64_t until = clock_now_ns() + 5 * NS_PER_SEC;

	while (board_get(options.board, BOARD_ATTEMPTS) < n && clock_now_ns() < until)
		poll(NULL, 0, 1);
}

static void test_life(void)
{
	struct command_answer a;
	struct flow_order order;
	struct board_event event;
	struct board_row row;
	struct sample sample = { .id = 0 };
	struct judge *judge;
	uint64_t id;

	set_up(&judge, 0);
	a = ask(COMMAND_REGISTER_CHECK, "198.18.0.1", 0, 0);
	id = a.id;
	ok(!a.error && a.ticket == 42 && id, "registered and answered");
	order = next_order();
	ok(order.type == FLOW_ADD && order.check && order.check->id == id,
	   "the probe thread is told");
	check_clear(order.check);
	free(order.check);
	send_result(order.index, order.generation, 0, RESULT_OK);
	wait_attempts(1);
	board_read_row(options.board, order.index, &row);
	ok(row.id == id && row.state == BOARD_UP && row.rtt_ns == 5000 && row.attempts == 1,
	   "a row");
	ok(ring_pop(options.samples, &sample, 1) == 1 && sample.id == id && sample.epoch == 9,
	   "a sample");
	ok(!board_read_event(options.board, 2, &event) && event.kind == BOARD_EVENT_STATE &&
		   event.state == BOARD_UP && event.old_state == BOARD_PENDING && event.id == id,
	   "an event");
	send_result(order.index, order.generation + 1, 1, RESULT_OK);
	send_result(order.index, order.generation, 1, RESULT_LOST);
	wait_attempts(2);
	board_read_row(options.board, order.index, &row);
	ok(row.attempts == 2 && row.lost == 1, "another tenant's result is not counted");
	ok(ask(COMMAND_REGISTER_CHECK, "198.18.0.1", 0, 0).error == -EEXIST, "not twice");
	ok(!ask(COMMAND_DELETE_CHECK, NULL, id, 0).error, "deleted");
	board_read_row(options.board, order.index, &row);
	ok(row.state == BOARD_FREE, "the row is free");
	ok(next_order().type == FLOW_DELETE, "the probe thread is told");
	ok(ask(COMMAND_DELETE_CHECK, NULL, id, 0).error == -ENOENT, "not there any more");
	tear_down(judge);
}

static void test_refusals(void)
{
	struct command_answer a;
	struct command junk = { .type = 99, .ticket = 5 };
	struct judge *judge;

	set_up(&judge, 1);
	a = ask(COMMAND_REGISTER_CHECK, "198.18.0.2", 0, -ENOSPC);
	ok(a.error == -ENOSPC && strstr(a.why, "durable"), "what is not durable is not there: %s",
	   a.why);
	ok(!board_get(options.board, BOARD_CHECKS), "and not registered");
	ok(!ask(COMMAND_REGISTER_CHECK, "198.18.0.3", 0, 0).error, "one fits the cap");
	a = ask(COMMAND_REGISTER_CHECK, "198.18.0.4", 0, 0);
	ok(a.error == -ENOSPC && strstr(a.why, "cap"), "two do not: %s", a.why);
	a = ask(COMMAND_REGISTER_CHECK, "224.0.0.1", 0, 0);
	ok(a.error == -EBADMSG || a.error == -EINVAL, "an invalid check is refused: %s", a.why);
	send(web, "short", 5, 0);
	send(web, &junk, COMMAND_HEAD_BYTES, 0);
	recv(web, &a, sizeof(a), 0);
	ok(a.ticket == 5 && a.error == -EOPNOTSUPP,
	   "junk is survived, an unknown command answered");
	tear_down(judge);
}

static void send_registration(const char *target)
{
	struct command command = { .ticket = 1, .type = COMMAND_REGISTER_CHECK };

	fill_registration(&command, target);
	send(web, &command, COMMAND_HEAD_BYTES + command.bytes, 0);
}

/* Play the writer for all orders there are. */
static uint32_t write_orders(void)
{
	struct store_order order;
	uint32_t n = 0;

	for (; ring_pop(options.store_orders, &order, 1); n++)
		ring_push(options.store_done, &order);
	eventfd_write(options.done_event, 1);
	return n;
}

/* Neither "there" nor "differs" would be true of what is not durable yet. */
static void test_under_way(void)
{
	struct command delete = { .ticket = 2, .type = COMMAND_DELETE_CHECK };
	struct command_answer a = { .error = 1 };
	struct judge *judge;

	set_up(&judge, 0);
	send_registration("198.18.2.1");
	send_registration("198.18.2.1");
	recv(web, &a, sizeof(a), 0);
	ok(a.error == -EBUSY, "the same again while it is under way: %s", a.why);
	delete.id = a.id;
	send(web, &delete, COMMAND_HEAD_BYTES, 0);
	recv(web, &a, sizeof(a), 0);
	ok(a.ticket == 2 && a.error == -EBUSY, "deleting it too");
	ok(write_orders() == 1, "only one is written");
	recv(web, &a, sizeof(a), 0);
	ok(!a.error && a.id == delete.id, "and answered");
	tear_down(judge);
}

/* What is durable would keep the next start from coming up if it were too much. */
static void test_at_once(uint64_t rate_cap, int room, const char *what)
{
	struct command_answer a = { .error = 1 };
	struct judge *judge;
	int taken = 0;

	set_up(&judge, rate_cap);
	for (int i = 0; i < room + 1; i++) {
		char target[32];

		snprintf(target, sizeof(target), "198.18.1.%d", i + 1);
		send_registration(target);
	}
	/* the one too many is answered while the others wait for the writer */
	poll(&(struct pollfd){ .fd = web, .events = POLLIN }, 1, 5000);
	ok(recv(web, &a, sizeof(a), MSG_DONTWAIT) == sizeof(a) && a.error == -ENOSPC, "%s: %s",
	   what, a.why);
	ok(write_orders() == (uint32_t)room, "and only what fits is made durable");
	while (taken < room && recv(web, &a, sizeof(a), 0) == sizeof(a) && !a.error)
		taken++;
	ok(taken == room, "which is answered");
	tear_down(judge);
}

int main(void)
{
	test_under_way();
	test_at_once(2, 2, "requests under way count against the cap");
	test_at_once(0, 8, "and against the table");
	test_life();
	test_refusals();
	return tap_done();
}
