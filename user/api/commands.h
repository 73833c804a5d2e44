/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * commands.h - requests that wait for the judge.
 *
 * A command goes out without blocking; its request is answered when the judge
 * has, or with 504 after ten seconds. A client may vanish in between, and h2o
 * then frees the request: the answer finds that out, and is dropped. Web
 * server's thread only.
 */
#ifndef API_COMMANDS_H
#define API_COMMANDS_H

#include <h2o.h>
#include <stdint.h>

#include "domain/check.h"
#include "domain/repository.h"

#define COMMANDS_TIMEOUT_NS 10000000000ll

struct commands;

/**
 * commands_new() - take the judge's socket into the loop.
 * @fd: owned from here on. Return: 0 or -ENOMEM.
 */
int commands_new(struct commands **ret, h2o_loop_t *loop, int fd, struct repository *repository);

/** commands_register() - ask for @check, which is taken over and cleared; @req is answered. */
void commands_register(struct commands *commands, h2o_req_t *req, struct check *check);

/** commands_delete() - ask for @id to be deleted; @req is answered. */
void commands_delete(struct commands *commands, h2o_req_t *req, uint64_t id);

/** commands_expire() - answer what waits for too long; now and then. */
void commands_expire(struct commands *commands, int64_t now_ns);

/** commands_stop() - answer everything that waits with 503 and leave the loop. */
void commands_stop(struct commands *commands);

/** commands_free() - after commands_stop(); NULL is a no-op. */
void commands_free(struct commands *commands);

#endif /* API_COMMANDS_H */
