/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * log.h - one line an event on standard error: logfmt, or JSON.
 *
 *   ts=2026-01-02T03:04:05.678Z level=info msg="listening" addr=127.0.0.1:7663
 *
 * Control characters are escaped: a target's name cannot forge a line. Modules
 * return their errors; cmd/ and the threads' main functions log them, once.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
};

enum log_format {
	LOG_LOGFMT,
	LOG_JSON,
};

/** log_setup() - once, before other threads start. */
void log_setup(enum log_level level, enum log_format format);

/** log_set_level() - at any time, any thread. */
void log_set_level(enum log_level level);

/**
 * log_event() - one line.
 * @msg: what happened, a constant.
 * @fields: printf format of key=value pairs ("" for none); text that strangers wrote goes through
 * log_quote(). Any thread; one write(2) a line.
 */
void log_event(enum log_level level, const char *msg, const char *fields, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * log_quote() - text of strangers as a quoted value.
 * @room: LOG_QUOTED bytes suffice for 200 input bytes; longer input is cut and marked with "...".
 * Return: @buffer.
 */
#define LOG_QUOTED 832
const char *log_quote(const char *text, char *buffer, unsigned room);

#endif /* BASE_LOG_H */
