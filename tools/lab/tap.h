/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * tap.h - the emulator's place on an interface: requests out of it with the stamp
 * of their arrival, departures of what goes into it.
 *
 * A clsact qdisc of the interface is made and taken away again; one that a killed
 * predecessor left is taken over.
 */
#ifndef LAB_TAP_H
#define LAB_TAP_H

#include <stddef.h>
#include <stdint.h>

struct tap;

/**
 * tap_open() - load, attach.
 * @on_request: called by tap_consume() with a struct emulate_short or emulate_long; returns 0.
 * Return: 0, -ENODEV, or -errno of what failed.
 */
int tap_open(struct tap **ret, const char *interface,
	     int (*on_request)(void *arg, void *data, size_t size), void *arg);

/** tap_close() - detach and free; NULL is a no-op. */
void tap_close(struct tap *tap);

/** tap_fd() - readable when requests wait. */
int tap_fd(const struct tap *tap);

/** tap_consume() - hand every waiting request to on_request(). */
void tap_consume(struct tap *tap);

/** tap_ifindex() - of the interface. */
unsigned tap_ifindex(const struct tap *tap);

/** tap_sent() - departures by place in the batch, see emulate.h. */
const volatile uint64_t *tap_sent(const struct tap *tap);

/** tap_no_room() - requests lost because the ring was full. Return: their number or -errno. */
int64_t tap_no_room(const struct tap *tap);

#endif /* LAB_TAP_H */
