/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * write.h - a check and its row as JSON; the shape stands in API.md.
 */
#ifndef API_WRITE_H
#define API_WRITE_H

#include "base/json.h"
#include "domain/board.h"
#include "domain/check.h"

/** write_check() - one object; @row may be NULL. */
void write_check(struct json *to, const struct check *check, const struct board_row *row);

/** write_row_fields() - the members of a row, without the braces. */
void write_row_fields(struct json *to, const struct board_row *row);

/** write_id() - 16 hex digits as a string. */
void write_id(struct json *to, uint64_t id);

/** write_ns() - a time as a decimal string: JavaScript's numbers end at 2^53. */
void write_ns(struct json *to, int64_t ns);

/** write_rfc3339() - the same for people. */
void write_rfc3339(struct json *to, int64_t wall_ns);

#endif /* API_WRITE_H */
