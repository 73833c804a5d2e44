/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * json.h - append-only JSON writer into a growing buffer; no tree, no parser.
 *
 * Commas are put by the writer. A failed allocation is remembered and told once
 * by json_error(); everything after it is a no-op. Strings are UTF-8: bytes
 * that are not become U+FFFD, and < > & U+2028 U+2029 are escaped, so that the
 * text is safe inside HTML.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

struct json {
	char *text; /* not terminated; json_clear() frees it */
	size_t len, room;
	int error; /* 0 or -ENOMEM */
	int need_comma;
};

/** json_init() - empty; allocates at the first write. */
void json_init(struct json *j);

/** json_clear() - free the text and start over. */
void json_clear(struct json *j);

/** json_reset() - empty, keeping the memory. */
void json_reset(struct json *j);

/** json_error() - 0 or -ENOMEM: has anything been lost? */
int json_error(const struct json *j);

void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);

/** json_key() - next comes its value. Keys are our own: plain ASCII without quotes. */
void json_key(struct json *j, const char *key);

void json_string(struct json *j, const char *value);
void json_string_len(struct json *j, const char *value, size_t len);
void json_int(struct json *j, int64_t value);
void json_uint(struct json *j, uint64_t value);
void json_bool(struct json *j, int value);
void json_null(struct json *j);

/** json_double() - shortest of up to 9 significant digits; null when not finite. */
void json_double(struct json *j, double value);

/** json_raw() - bytes as they are, e.g. a newline between objects; resets the comma. */
void json_raw(struct json *j, const char *bytes, size_t len);

#endif /* BASE_JSON_H */
