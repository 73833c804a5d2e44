/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * judge_internal.h - what the files of judge/ share; nobody else includes it.
 */
#ifndef JUDGE_JUDGE_INTERNAL_H
#define JUDGE_JUDGE_INTERNAL_H

#include <pthread.h>

#include "base/hist.h"
#include "base/list.h"
#include "domain/repository.h"
#include "domain/result.h"
#include "judge/judge.h"
#include "judge/registry.h"

/* An order the probe thread's ring had no room for yet. */
struct late_order {
	struct list link;
	struct flow_order order;
};

struct judge {
	struct judge_options options;
	struct registry *registry;
	struct list pending;     /* struct request: waiting for the writer */
	struct list late_orders; /* struct late_order, oldest first */
	uint64_t next_ticket;
	uint64_t cap; /* as last told to the probe thread */
	int stop_event;
	pthread_t thread;
	int is_running;
	struct hist floor[2];    /* RTTs of the responder: this minute's and the last one's */
	int64_t floor_minute_ns; /* when this minute began */
};

/** account_result() - one result: sums, state, row, event, sample. */
void account_result(struct judge *judge, const struct result *result);

/** account_floor() - publish the responder's quantiles, begin a new minute when it is time. */
void account_floor(struct judge *judge, int64_t now_ns);

/** request_receive() - one command from the socket. Return: 0, -EAGAIN when there is none. */
int request_receive(struct judge *judge);

/** request_free_all() - forget what is under way, unanswered: the end. */
void request_free_all(struct judge *judge);

/** request_done() - the writer is through with an order: apply and answer. */
void request_done(struct judge *judge, const struct store_order *order);

/**
 * judge_insert() - registry, board and probe thread learn of a check; takes it on success. Its
 * first attempt leaves at once, whatever its phase.
 */
int judge_insert(struct judge *judge, struct check *check, uint32_t *ret_index);

/** judge_drop() - they forget row @index. */
void judge_drop(struct judge *judge, uint32_t index);

/** judge_emit() - an event about row @index. */
void judge_emit(struct judge *judge, uint32_t index, enum board_event_kind kind, uint8_t old_state,
		uint8_t class);

/** judge_fits_cap() - may this rate, as of registry_rate_of(), be added under an explicit cap? */
int judge_fits_cap(const struct judge *judge, uint64_t more_nano);

#endif /* JUDGE_JUDGE_INTERNAL_H */
