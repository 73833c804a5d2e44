// SPDX-License-Identifier: GPL-2.0 OR MIT
/* write.c - the contract is in write.h. */
#include "api/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "domain/kind.h"

static const char *source_name(unsigned source)
{
	static const char *const names[] = {
		[CHECK_FROM_CONFIG] = "config",
		[CHECK_FROM_API] = "api",
		[CHECK_FROM_DISCOVERY] = "discovery",
		[CHECK_BUILT_IN] = "built-in",
	};

	return source < sizeof(names) / sizeof(names[0]) ? names[source] : "unknown";
}

void write_id(struct json *to, uint64_t id)
{
	char text[17];

	check_format_id(id, text);
	json_string_len(to, text, 16);
}

void write_ns(struct json *to, int64_t ns)
{
	char text[24];

	json_string_len(to, text, (size_t)snprintf(text, sizeof(text), "%" PRId64, ns));
}

void write_rfc3339(struct json *to, int64_t wall_ns)
{
	char text[40];

	clock_format_rfc3339(wall_ns, text, sizeof(text));
	json_string(to, text);
}

static void write_param(struct json *to, const struct check *check, const struct param *param)
{
	const void *at = (const char *)check + param->offset;
	const char *choice;

	json_key(to, param->name);
	switch (param->type) {
	case PARAM_UINT8:
		json_uint(to, *(const uint8_t *)at);
		break;
	case PARAM_UINT32:
		json_uint(to, *(const uint32_t *)at);
		break;
	case PARAM_TEXT:
		json_string(to, at);
		break;
	case PARAM_CHOICE:
		choice = param->choices[*(const uint8_t *)at];
		if (!strcmp(choice, "true") || !strcmp(choice, "false"))
			json_bool(to, *choice == 't');
		else
			json_string(to, choice);
		break;
	}
}

/* Labels are strangers' text: their keys need escaping, which json_key() does not do. */
static void write_labels(struct json *to, const struct check *check)
{
	json_key(to, "labels");
	json_object(to);
	for (unsigned i = 0; i < check->nlabels; i++) {
		json_string(to, check->labels[i].key);
		json_raw(to, ":", 1);
		json_string(to, check->labels[i].value);
	}
	json_object_end(to);
}

/* Oldest first: '1' answered, '0' not, '-' says nothing about the target. */
static void write_recent(struct json *to, const struct board_row *row)
{
	unsigned n = row->attempts < BOARD_RECENT ? row->attempts : BOARD_RECENT;
	unsigned answered = 0, reached = 0;
	char text[BOARD_RECENT];

	for (unsigned i = 0; i < n; i++) {
		unsigned ago = n - 1 - i;
		int is_local = row->recent_local >> ago & 1, is_ok = row->recent >> ago & 1;

		text[i] = is_local ? '-' : is_ok ? '1' : '0';
		reached += !is_local;
		answered += !is_local && is_ok;
	}
	json_key(to, "recent");
	json_string_len(to, text, n);
	json_key(to, "loss_recent");
	if (reached)
		json_double(to, 1.0 - (double)answered / reached);
	else
		json_null(to);
}

static void write_rtts(struct json *to, const struct board_row *row)
{
	int has_rtt = row->rtt_mean_ns != 0;

	json_key(to, "rtt_ns");
	has_rtt ? json_int(to, row->rtt_ns) : json_null(to);
	json_key(to, "rtt_mean_ns");
	has_rtt ? json_uint(to, row->rtt_mean_ns) : json_null(to);
	json_key(to, "rtt_deviation_ns");
	has_rtt ? json_uint(to, row->rtt_deviation_ns) : json_null(to);
}

void write_row_fields(struct json *to, const struct board_row *row)
{
	json_key(to, "state");
	json_string(to, board_state_name(row->state));
	json_key(to, "class");
	row->attempts ? json_string(to, result_class_name(row->class)) : json_null(to);
	json_key(to, "stamp");
	json_string(to, result_stamp_name(row->stamp));
	json_key(to, "ttl");
	json_uint(to, row->ttl);
	write_rtts(to, row);
	json_key(to, "sent_ns");
	row->attempts ? write_ns(to, row->sent_wall_ns) : json_null(to);
	json_key(to, "attempts");
	json_uint(to, row->attempts);
	json_key(to, "lost");
	json_uint(to, row->lost);
	write_recent(to, row);
}

void write_check(struct json *to, const struct check *check, const struct board_row *row)
{
	json_object(to);
	json_key(to, "id");
	write_id(to, check->id);
	json_key(to, "name");
	json_string(to, check->name);
	json_key(to, "kind");
	json_string(to, check->kind->name);
	json_key(to, "target");
	json_string(to, check->target);
	json_key(to, "params");
	json_object(to);
	for (unsigned i = 0; i < check->kind->nparams; i++)
		write_param(to, check, &check->kind->params[i]);
	json_object_end(to);
	json_key(to, "interval_ns");
	json_int(to, check->interval_ns);
	json_key(to, "timeout_ns");
	json_int(to, check->timeout_ns);
	json_key(to, "late_ns");
	json_int(to, check->late_ns);
	write_labels(to, check);
	json_key(to, "source");
	json_string(to, source_name(check->source));
	json_key(to, "row");
	if (row) {
		json_object(to);
		write_row_fields(to, row);
		json_object_end(to);
	} else {
		json_null(to);
	}
	json_object_end(to);
}
