// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * checks.c - the list of checks, and one check; the shapes stand in API.md.
 *
 * A cursor is the id and the name of the last check of a page, in hex: it stays
 * right whatever was added or deleted meanwhile.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/catalogue.h"
#include "api/commands.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/write.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX     10000
#define CURSOR_MAX    (16 + 2 * CHECK_NAME_MAX)

struct filter {
	char text[128];  /* lower case; "" matches everything */
	unsigned states; /* bit set of enum board_state, 0: all */
	uint64_t limit;
	uint32_t first; /* index to begin at */
};

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Is @needle (lower case) a part of @text, ASCII letters of either case being the same? */
static int contains(const char *text, const char *needle)
{
	for (; *text; text++) {
		size_t i = 0;

		while (needle[i] && to_lower(text[i]) == needle[i])
			i++;
		if (!needle[i])
			return 1;
	}
	return 0;
}

static int has_text(const struct check *check, const char *needle)
{
	if (!*needle || contains(check->name, needle) || contains(check->target, needle))
		return 1;
	for (unsigned i = 0; i < check->nlabels; i++)
		if (contains(check->labels[i].key, needle) ||
		    contains(check->labels[i].value, needle))
			return 1;
	return 0;
}

static int parse_states(struct request *request, struct filter *filter)
{
	const char *at = query_get(&request->query, "state");

	while (at && *at) {
		size_t len = strcspn(at, ",");
		unsigned state = BOARD_PENDING;

		while (state <= BOARD_UNKNOWN && (strlen(board_state_name(state)) != len ||
						  strncmp(board_state_name(state), at, len)))
			state++;
		if (state > BOARD_UNKNOWN)
			return query_refuse(&request->query, "state",
					    "knows pending, up, degraded, down, unknown");
		filter->states |= 1u << state;
		at += len + (at[len] == ',');
	}
	return 0;
}

static int parse_text(struct request *request, struct filter *filter)
{
	const char *text = query_get(&request->query, "q");

	if (text && strlen(text) >= sizeof(filter->text))
		return query_refuse(&request->query, "q", "is too long");
	for (size_t i = 0; text && text[i]; i++)
		filter->text[i] = to_lower(text[i]);
	return 0;
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_cursor(struct request *request, struct filter *filter)
{
	const char *text = query_get(&request->query, "cursor");
	size_t len = text ? strlen(text) : 0;
	char name[CHECK_NAME_MAX + 1] = "";
	uint64_t id;

	if (!text)
		return 0;
	if (len < 16 || len > CURSOR_MAX || len % 2 || check_parse_id(text, 16, &id))
		return query_refuse(&request->query, "cursor", "is none of ours");
	for (size_t i = 0; i < len / 2 - 8; i++) {
		int high = hex_value(text[16 + 2 * i]), low = hex_value(text[17 + 2 * i]);

		if (high < 0 || low < 0)
			return query_refuse(&request->query, "cursor", "is none of ours");
		name[i] = (char)(high << 4 | low);
	}
	filter->first = catalogue_after(request->server->catalogue, name, id);
	return 0;
}

static void write_cursor(struct json *to, const struct check *last)
{
	char text[CURSOR_MAX + 1];
	size_t at = 16;

	json_key(to, "next_cursor");
	if (!last) {
		json_null(to);
		return;
	}
	check_format_id(last->id, text);
	for (const char *c = last->name; *c && at + 2 < sizeof(text); c++, at += 2)
		snprintf(text + at, 3, "%02x", (unsigned char)*c);
	json_string_len(to, text, at);
}

/* Does @entry pass? Its row goes to *row, *ret_row is NULL when it has none. */
static int passes(const struct catalogue *catalogue, const struct catalogue_entry *entry,
		  const struct filter *filter, struct board_row *row,
		  const struct board_row **ret_row)
{
	unsigned state = BOARD_PENDING;

	if (!has_text(&entry->check, filter->text))
		return 0;
	*ret_row = catalogue_row(catalogue, entry, row) ? NULL : row;
	if (*ret_row)
		state = row->state;
	return !filter->states || filter->states >> state & 1;
}

static void write_list(struct json *to, const struct catalogue *catalogue,
		       const struct filter *filter)
{
	uint32_t total = catalogue_count(catalogue), matched = 0;
	const struct check *last = NULL;
	const struct board_row *has_row;
	struct board_row row;
	uint64_t written = 0;
	int has_more = 0;

	json_object(to);
	json_key(to, "items");
	json_array(to);
	for (uint32_t i = 0; i < total; i++) {
		const struct catalogue_entry *entry = catalogue_at(catalogue, i);
		int is_here = i >= filter->first && written < filter->limit;

		/* counting what is not shown costs nothing when nothing is filtered */
		if (!is_here && !*filter->text && !filter->states) {
			matched++;
			has_more |= i >= filter->first;
			continue;
		}
		if (!passes(catalogue, entry, filter, &row, &has_row))
			continue;
		matched++;
		has_more |= i >= filter->first && !is_here;
		if (is_here) {
			write_check(to, &entry->check, has_row);
			last = &entry->check;
			written++;
		}
	}
	json_array_end(to);
	write_cursor(to, has_more ? last : NULL);
	json_key(to, "total");
	json_uint(to, total);
	json_key(to, "matched");
	json_uint(to, matched);
	json_object_end(to);
	json_raw(to, "\n", 1);
}

static int parse_filter(struct request *request, struct filter *filter)
{
	static const char *const allowed[] = { "limit", "cursor", "q", "state", NULL };

	if (request_query(request, allowed))
		return -EINVAL;
	if (query_number(&request->query, "limit", 1, LIMIT_MAX, &filter->limit) ||
	    parse_states(request, filter) || parse_text(request, filter) ||
	    parse_cursor(request, filter))
		return request_refuse_query(request);
	return 0;
}

/* The board's tick and the registry's version: nothing can differ while both stand. */
static int is_unchanged(struct request *request)
{
	const struct board *board = request->server->options.board;
	char etag[64];

	snprintf(etag, sizeof(etag), "\"%" PRIx64 ".%" PRIx64 ".%x\"", board_epoch(board),
		 catalogue_version(request->server->catalogue), board_tick(board));
	if (!request_matches(request, etag))
		return 0;
	reply_empty(request->req, 304);
	return 1;
}

static int refresh(struct request *request)
{
	int err = catalogue_refresh(request->server->catalogue);

	if (err)
		reply_problem(request->req, 503, "the checks cannot be read from the store", NULL);
	return err;
}

void checks_list(struct request *request)
{
	struct filter filter = { .limit = LIMIT_DEFAULT };
	struct json body;

	if (refresh(request) || parse_filter(request, &filter) || is_unchanged(request))
		return;
	json_init(&body);
	write_list(&body, request->server->catalogue, &filter);
	reply_json(request->req, 200, &body);
}

void checks_get(struct request *request)
{
	static const char *const allowed[] = { NULL };
	const struct catalogue_entry *entry;
	struct board_row row;
	struct json body;
	int err;

	if (refresh(request) || request_query(request, allowed))
		return;
	entry = catalogue_find(request->server->catalogue, request->id);
	if (!entry) {
		reply_problem(request->req, 404, "there is no such check", NULL);
		return;
	}
	if (is_unchanged(request))
		return;
	err = catalogue_row(request->server->catalogue, entry, &row);
	json_init(&body);
	write_check(&body, &entry->check, err ? NULL : &row);
	json_raw(&body, "\n", 1);
	reply_json(request->req, 200, &body);
}

void checks_post(struct request *request)
{
	static const char *const allowed[] = { NULL };
	struct problem_errors errors;
	struct check check;
	int err;

	if (request_query(request, allowed))
		return;
	err = body_parse_check(request->req->entity.base ? request->req->entity.base : "",
			       request->req->entity.len, &check, &errors);
	if (err) {
		reply_problem(request->req, err == -EINVAL ? 400 : 503,
			      err == -EINVAL ? "the check is wrong" : "out of memory", &errors);
		return;
	}
	commands_register(request->server->commands, request->req, &check);
}

void checks_delete(struct request *request)
{
	static const char *const allowed[] = { NULL };

	if (!request_query(request, allowed))
		commands_delete(request->server->commands, request->req, request->id);
}
