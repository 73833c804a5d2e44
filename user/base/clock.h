/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * clock.h - the two clocks, and text for durations and dates.
 *
 * Everything that is measured or scheduled is ns of CLOCK_MONOTONIC, the clock
 * of bpf_ktime_get_ns(); wall time is for storing and showing only. This file
 * is the seam a simulator replaces.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_SEC 1000000000ll
#define NS_PER_MS  1000000ll
#define NS_PER_US  1000ll

/** clock_now_ns() - CLOCK_MONOTONIC. Any thread. */
int64_t clock_now_ns(void);

/** clock_wall_ns() - CLOCK_REALTIME. Any thread. */
int64_t clock_wall_ns(void);

/**
 * clock_parse_duration() - "250ms", "1s", "1m30s", "2h", "500us", "100ns"; units as Go writes
 * them, one or more number-unit pairs, fractions allowed ("1.5s"), no sign, no blanks.
 * Return: 0, -EINVAL (syntax), -ERANGE (over 2^62 ns).
 */
int clock_parse_duration(const char *text, int64_t *ret_ns);

/** clock_format_duration() - shortest exact form that parses back. @room: 32 bytes suffice. */
void clock_format_duration(int64_t ns, char *text, size_t room);

/** clock_format_rfc3339() - UTC with ns: 2026-01-02T03:04:05.000000006Z. @room: at least 31. */
void clock_format_rfc3339(int64_t wall_ns, char *text, size_t room);

/**
 * clock_parse_time() - RFC 3339 with zone, or an integer of ns since 1970.
 * Return: 0 or -EINVAL.
 */
int clock_parse_time(const char *text, int64_t *ret_wall_ns);

#endif /* BASE_CLOCK_H */
