/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * replies.h - replies that wait for their time: a binary heap by due time, and
 * the batch of those whose time has come.
 */
#ifndef LAB_REPLIES_H
#define LAB_REPLIES_H

#include <stddef.h>
#include <stdint.h>

#include "emulate.h"

struct reply {
	int64_t due_ns; /* CLOCK_MONOTONIC */
	void *owner;
	unsigned copies; /* packets to send, at least 1 */
	unsigned len;
	uint16_t pad0; /* so that the IP header is aligned */
	uint8_t bytes[];
};

struct replies {
	struct reply **heap;
	size_t count, room;
};

/** replies_push() - @reply waits; on failure it is still the caller's. Return: 0 or -ENOMEM. */
int replies_push(struct replies *replies, struct reply *reply);

/** replies_first() - the next one due, NULL when none waits. */
struct reply *replies_first(const struct replies *replies);

/** replies_pop() - take it out; it is the caller's then. NULL when none waits. */
struct reply *replies_pop(struct replies *replies);

/** replies_clear() - free the heap, which must be empty. */
void replies_clear(struct replies *replies);

/* Hands replies to the kernel, EMULATE_BATCH a call, each with a mark that says its place. */
struct sender;

/**
 * sender_new() - an AF_PACKET socket that sends only.
 * @sent: departures by place, EMULATE_BATCH of them, written by emulate.bpf.c.
 * @done: called for each packet, with its departure.
 */
int sender_new(struct sender **ret, unsigned ifindex, const volatile uint64_t *sent,
	       void (*done)(void *arg, struct reply *reply, int64_t sent_ns), void *arg);
void sender_free(struct sender *sender);

/** sender_has_room() - may another packet be added? */
int sender_has_room(const struct sender *sender);

/** sender_add() - one packet; the reply must live until it was reported as done. */
void sender_add(struct sender *sender, struct reply *reply);

/**
 * sender_flush() - send what was added. A device whose queue is full is asked again for a while.
 * Return: 0 when all went, or -errno; then what did not go is forgotten, after done() with 0.
 */
int sender_flush(struct sender *sender);

#endif /* LAB_REPLIES_H */
