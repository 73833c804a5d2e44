/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * health.h - does every thread of the prober live?
 *
 * A page that goes on showing old green data is worse than none: what is silent
 * for ten seconds is called so.
 */
#ifndef API_HEALTH_H
#define API_HEALTH_H

#include <stdint.h>

#define HEALTH_SILENT_NS 10000000000ll

struct server;

/**
 * health_silent() - bit set of the hearts (enum board_heart) that are silent; 0: all is well. A
 * thread whose first turn is still to come has ten seconds from the server's start.
 */
unsigned health_silent(const struct server *server, int64_t now_ns);

/** health_heart_name() - "probe", "judge", "writer". */
const char *health_heart_name(unsigned heart);

#endif /* API_HEALTH_H */
