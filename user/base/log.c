// SPDX-License-Identifier: GPL-2.0 OR MIT
/* log.c - the contract is in log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"

#define LINE_MAX_BYTES 2048
#define QUOTED_INPUT   200

static const char *const level_names[] = { "error", "warn", "info", "debug" };

/* The one piece of state of a program that logs; set once at start. */
static struct {
	_Atomic int level;
	int format;
} log_state = { .level = LOG_INFO };

void log_setup(enum log_level level, enum log_format format)
{
	atomic_store_explicit(&log_state.level, (int)level, memory_order_relaxed);
	log_state.format = (int)format;
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_state.level, (int)level, memory_order_relaxed);
}

/* ts is in ms: nobody reads a log by the nanosecond. */
static void stamp(char *text, size_t room)
{
	clock_format_rfc3339(clock_wall_ns(), text, room);
	memcpy(text + strlen("2026-01-02T03:04:05.000"), "Z", 2);
}

static void write_line(char *line, size_t len, size_t room)
{
	ssize_t n;

	if (len >= room)
		len = room - 1;
	line[len++] = '\n';
	n = write(STDERR_FILENO, line, len);
	(void)n; /* nowhere to complain */
}

static void write_logfmt(const char *ts, const char *level, const char *msg, const char *fields)
{
	char line[LINE_MAX_BYTES + 256];
	int n = snprintf(line, sizeof(line) - 1, "ts=%s level=%s msg=\"%s\"%s%s", ts, level, msg,
			 *fields ? " " : "", fields);

	write_line(line, n > 0 ? (size_t)n : 0, sizeof(line) - 1);
}

static void write_json(const char *ts, const char *level, const char *msg, const char *fields)
{
	struct json j;

	json_init(&j);
	json_object(&j);
	json_key(&j, "ts");
	json_string(&j, ts);
	json_key(&j, "level");
	json_string(&j, level);
	json_key(&j, "msg");
	json_string(&j, msg);
	if (*fields) {
		json_key(&j, "fields");
		json_string(&j, fields);
	}
	json_object_end(&j);
	json_raw(&j, "\n", 1);
	if (!json_error(&j)) {
		ssize_t n = write(STDERR_FILENO, j.text, j.len);

		(void)n;
	}
	json_clear(&j);
}

void log_event(enum log_level level, const char *msg, const char *fields, ...)
{
	char ts[40], text[LINE_MAX_BYTES];
	va_list ap;

	if ((int)level > atomic_load_explicit(&log_state.level, memory_order_relaxed))
		return;
	va_start(ap, fields);
	vsnprintf(text, sizeof(text), fields, ap);
	va_end(ap);
	stamp(ts, sizeof(ts));
	if (log_state.format == LOG_JSON)
		write_json(ts, level_names[level], msg, text);
	else
		write_logfmt(ts, level_names[level], msg, text);
}

const char *log_quote(const char *text, char *buffer, unsigned room)
{
	size_t len = strnlen(text, QUOTED_INPUT + 1), at = 0;
	int cut = len > QUOTED_INPUT;

	buffer[at++] = '"';
	for (size_t i = 0; i < (cut ? QUOTED_INPUT : len) && at + 8 < room; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			buffer[at++] = '\\';
		if (c < 0x20 || c == 0x7f)
			at += (size_t)snprintf(buffer + at, room - at, "\\x%02x", c);
		else
			buffer[at++] = (char)c;
	}
	snprintf(buffer + at, room - at, "%s\"", cut ? "..." : "");
	return buffer;
}
