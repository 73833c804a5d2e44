/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * builtin.h - what is probed without being asked for: this host itself.
 *
 * 127.0.0.1, ::1 and the built-in responder; nothing outside the host.
 */
#ifndef CMD_BUILTIN_H
#define CMD_BUILTIN_H

#include "config/config.h"
#include "kern/responder.h"

/**
 * builtin_add() - append the built-in checks to @config->checks.
 * @responder: NULL when it could not be made.
 * Return: 0 or -ENOMEM.
 */
int builtin_add(struct config *config, const struct responder *responder);

#endif /* CMD_BUILTIN_H */
