// SPDX-License-Identifier: GPL-2.0 OR MIT
/* frame.c - the contract is in frame.h. */
#include "api/frame.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/write.h"

void frame_init(struct frame *frame, const struct board *board)
{
	memset(frame, 0, sizeof(*frame));
	frame->epoch = board_epoch(board);
	frame->last_event = board_last_event(board);
}

void frame_clear(struct frame *frame)
{
	json_clear(&frame->text);
}

void frame_reset(struct frame *frame)
{
	json_reset(&frame->text);
}

int frame_resume(struct frame *frame, const struct board *board, const char *id)
{
	uint64_t last = board_last_event(board), sequence, epoch;
	size_t digits = strspn(id, "0123456789abcdef");
	const char *number = id + digits + 1;

	if (!digits || digits > 16 || id[digits] != '.' || !*number || strlen(number) > 19 ||
	    number[strspn(number, "0123456789")])
		return -EINVAL;
	epoch = strtoull(id, NULL, 16);
	sequence = strtoull(number, NULL, 10);
	if (epoch != frame->epoch || sequence > last)
		frame->missed = last;
	else
		frame->last_event = sequence;
	return 0;
}

void frame_raw(struct frame *frame, const char *text)
{
	json_raw(&frame->text, text, strlen(text));
}

void frame_comment(struct frame *frame, const char *text)
{
	frame_raw(frame, ": ");
	frame_raw(frame, text);
	frame_raw(frame, "\n\n");
}

static void begin(struct frame *frame, const char *event)
{
	char head[96];

	snprintf(head, sizeof(head), "id: %" PRIx64 ".%" PRIu64 "\nevent: %s\ndata: ", frame->epoch,
		 frame->last_event, event);
	frame_raw(frame, head);
}

static void end(struct frame *frame)
{
	frame_raw(frame, "\n\n");
}

static void add_gap(struct frame *frame, uint64_t missed)
{
	begin(frame, "gap");
	json_object(&frame->text);
	json_key(&frame->text, "missed");
	json_uint(&frame->text, missed);
	json_object_end(&frame->text);
	end(frame);
}

static void write_change(struct json *to, const struct board_event *event)
{
	if (event->kind == BOARD_EVENT_STATE) {
		json_key(to, "old");
		json_string(to, board_state_name(event->old_state));
		json_key(to, "state");
		json_string(to, board_state_name(event->state));
		json_key(to, "class");
		json_string(to, result_class_name(event->class));
	} else {
		json_key(to, "change");
		json_string(to, event->kind == BOARD_EVENT_DELETED ? "deleted" : "registered");
	}
}

static void add_event(struct frame *frame, const struct catalogue *catalogue,
		      const struct board_event *event)
{
	const struct catalogue_entry *entry = catalogue_find(catalogue, event->id);
	struct json *to = &frame->text;

	if (event->kind < BOARD_EVENT_STATE || event->kind > BOARD_EVENT_DELETED)
		return;
	begin(frame, event->kind == BOARD_EVENT_STATE ? "state" : "registry");
	json_object(to);
	json_key(to, "sequence");
	json_uint(to, event->sequence);
	json_key(to, "id");
	write_id(to, event->id);
	json_key(to, "name");
	if (entry)
		json_string(to, entry->check.name);
	else
		json_string_len(to, event->text, strnlen(event->text, sizeof(event->text)));
	write_change(to, event);
	json_key(to, "at_ns");
	write_ns(to, event->wall_ns);
	json_object_end(to);
	end(frame);
}

static void add_events(struct frame *frame, const struct board *board,
		       const struct catalogue *catalogue)
{
	struct board_event event;
	uint64_t oldest, last;

	while (frame->text.len < FRAME_EVENT_BYTES) {
		int err = board_read_event(board, frame->last_event + 1, &event);

		if (err == -EAGAIN)
			return;
		if (err) {
			last = board_last_event(board);
			oldest = last > BOARD_EVENTS ? last - BOARD_EVENTS + 1 : 1;
			/* one more is being overwritten right now */
			if (oldest <= frame->last_event + 1)
				oldest = frame->last_event + 2;
			frame->missed += oldest - frame->last_event - 1;
			frame->last_event = oldest - 1;
			continue;
		}
		if (frame->missed) {
			add_gap(frame, frame->missed);
			frame->missed = 0;
		}
		frame->last_event = event.sequence;
		add_event(frame, catalogue, &event);
	}
}

static void write_row(struct json *to, const struct check *check, const struct board_row *row)
{
	int is_answer = row->attempts && result_is_answer(row->class);

	json_object(to);
	json_key(to, "id");
	write_id(to, check->id);
	write_row_fields(to, row);
	json_key(to, "target");
	json_string(to, check->target);
	json_key(to, "success");
	json_bool(to, is_answer);
	json_key(to, "latency");
	is_answer ? json_int(to, row->rtt_ns) : json_null(to);
	json_key(to, "timestamp");
	row->attempts ? write_rfc3339(to, row->sent_wall_ns) : json_null(to);
	json_object_end(to);
}

/* The subscribed rows that were written since they were sent last. */
static void add_rows(struct frame *frame, const struct catalogue *catalogue)
{
	const struct catalogue_entry *entry;
	struct board_row row;
	int is_open = 0;

	for (unsigned i = 0; i < frame->nids; i++) {
		entry = catalogue_find(catalogue, frame->ids[i]);
		if (!entry || catalogue_row(catalogue, entry, &row) ||
		    (row.sequence == frame->seen[i] && row.generation == frame->generation[i]))
			continue;
		frame->seen[i] = row.sequence;
		frame->generation[i] = row.generation;
		if (!is_open) {
			begin(frame, "rows");
			json_object(&frame->text);
			json_key(&frame->text, "rows");
			json_array(&frame->text);
			is_open = 1;
		}
		write_row(&frame->text, &entry->check, &row);
	}
	if (!is_open)
		return;
	json_array_end(&frame->text);
	json_object_end(&frame->text);
	end(frame);
}

void frame_build(struct frame *frame, const struct board *board, const struct catalogue *catalogue,
		 const struct json *summary)
{
	add_events(frame, board, catalogue);
	if (frame->missed) { /* nothing came behind the gap yet */
		add_gap(frame, frame->missed);
		frame->missed = 0;
	}
	add_rows(frame, catalogue);
	if (!summary)
		return;
	begin(frame, "summary");
	json_raw(&frame->text, summary->text, summary->len);
	end(frame);
}
