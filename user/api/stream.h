/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * stream.h - server-sent events: rows that changed, counters, events.
 *
 * A frame is made only when the one before it has left: a slow reader gets
 * fewer and newer rows instead of a queue, and never more than one frame of
 * memory. Events wait in the board's ring; what it overwrites meanwhile is told
 * as a gap. Web server's thread only.
 */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "api/server.h"

#define STREAMS_MAX          64
#define STREAM_HEARTBEAT_NS  15000000000ll
#define STREAM_SUMMARY_TICKS 4 /* one second of server ticks */

struct streams;

int streams_new(struct streams **ret, struct server *server);

/** streams_tick() - a frame for each stream that is ready for one. */
void streams_tick(struct streams *streams, int64_t now_ns);

/** streams_end() - send the end to each; streams_count() falls to 0 as they go. */
void streams_end(struct streams *streams);
unsigned streams_count(const struct streams *streams);

/** streams_free() - none is left; NULL is a no-op. */
void streams_free(struct streams *streams);

#endif /* API_STREAM_H */
