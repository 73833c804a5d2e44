/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * frame.h - what one reader of the stream has seen, and the text of what is new.
 *
 * Rows are compared by their sequence counts, events followed in the board's
 * ring; both need no memory of what was sent.
 */
#ifndef API_FRAME_H
#define API_FRAME_H

#include <stdint.h>

#include "api/catalogue.h"
#include "base/json.h"
#include "domain/board.h"

#define FRAME_IDS_MAX     200
#define FRAME_EVENT_BYTES 65536 /* further events come with the next frame */

struct frame {
	struct json text;
	uint64_t epoch, last_event; /* seen so far */
	uint64_t missed;            /* before the first frame */
	uint64_t ids[FRAME_IDS_MAX];
	uint32_t seen[FRAME_IDS_MAX];       /* sequence count of the row as sent, 0: never */
	uint64_t generation[FRAME_IDS_MAX]; /* tenant of the row, likewise */
	unsigned nids;
};

/** frame_init() - sees events from now on. frame_clear() - free the text. */
void frame_init(struct frame *frame, const struct board *board);
void frame_clear(struct frame *frame);

/** frame_resume() - go on behind "EPOCH.SEQUENCE"; another epoch is a gap. 0 or -EINVAL. */
int frame_resume(struct frame *frame, const struct board *board, const char *id);

/** frame_reset() - the text has been sent. */
void frame_reset(struct frame *frame);

/** frame_raw(), frame_comment() - append a text as it is, or as a comment. */
void frame_raw(struct frame *frame, const char *text);
void frame_comment(struct frame *frame, const char *text);

/** frame_build() - append what is new; @summary (one object) may be NULL. */
void frame_build(struct frame *frame, const struct board *board, const struct catalogue *catalogue,
		 const struct json *summary);

#endif /* API_FRAME_H */
