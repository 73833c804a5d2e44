/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * discover.h - addresses this host leans on: its gateways and resolvers. Only
 * read from the kernel and /etc/resolv.conf; nothing is sent anywhere.
 */
#ifndef CMD_DISCOVER_H
#define CMD_DISCOVER_H

#include "api/api.h"

/**
 * discover_suggestions() - default gateways of both families, then resolvers; no address twice, no
 * loopback. Any thread.
 * Return: how many, at most @max.
 */
unsigned discover_suggestions(struct api_suggestion *ret, unsigned max);

#endif /* CMD_DISCOVER_H */
