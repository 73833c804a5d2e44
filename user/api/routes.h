/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * routes.h - every path and method, and the functions behind them.
 *
 * A route answers its request before it returns or hands it to somebody who
 * will (commands, streams). Web server's thread only.
 */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api/server.h"

/** routes_register() - make @server answer everything that comes to @host. */
void routes_register(h2o_hostconf_t *host, struct server *server);

void checks_list(struct request *request);
void checks_get(struct request *request);
void checks_post(struct request *request);
void checks_delete(struct request *request);
void samples_get(struct request *request);
void summary_get(struct request *request);
void stream_get(struct request *request);
void suggestions_get(struct request *request);
void kinds_get(struct request *request);
void metrics_get(struct request *request);
void health_healthy(struct request *request);
void health_ready(struct request *request);

#endif /* API_ROUTES_H */
