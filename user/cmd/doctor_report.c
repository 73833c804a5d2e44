// SPDX-License-Identifier: GPL-2.0 OR MIT
/* doctor_report.c - collecting and printing findings; the contract is in doctor.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/doctor.h"

static const char *const level_names[DOCTOR_LEVELS] = { "ok", "warn", "bad" };

struct doctor_finding *doctor_add(struct doctor_report *report, enum doctor_level level,
				  const char *topic, const char *format, ...)
{
	static struct doctor_finding nowhere; /* keeps the callers free of checks */
	unsigned room = report->room ? 2 * report->room : 32;
	struct doctor_finding *at = report->at, *finding;
	va_list ap;

	if (report->count == report->room) {
		at = realloc(at, room * sizeof(*at));
		if (!at) {
			report->error = -ENOMEM;
			return &nowhere;
		}
		report->at = at;
		report->room = room;
	}
	finding = &at[report->count++];
	memset(finding, 0, sizeof(*finding));
	finding->level = level;
	report->levels[level]++;
	snprintf(finding->topic, sizeof(finding->topic), "%s", topic);
	va_start(ap, format);
	vsnprintf(finding->text, sizeof(finding->text), format, ap);
	va_end(ap);
	return finding;
}

void doctor_explain(struct doctor_finding *finding, const char *cost, const char *mend, ...)
{
	va_list ap;

	snprintf(finding->cost, sizeof(finding->cost), "%s", cost);
	va_start(ap, mend);
	vsnprintf(finding->mend, sizeof(finding->mend), mend, ap);
	va_end(ap);
}

void doctor_clear(struct doctor_report *report)
{
	free(report->at);
	memset(report, 0, sizeof(*report));
}

static int wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (!no_color || !*no_color) && term && strcmp(term, "dumb");
}

static int widest_topic(const struct doctor_report *report)
{
	size_t widest = 0;

	for (unsigned i = 0; i < report->count; i++) {
		size_t len = strlen(report->at[i].topic);

		widest = len > widest ? len : widest;
	}
	return (int)widest;
}

void doctor_print_text(const struct doctor_report *report)
{
	static const char *const colours[DOCTOR_LEVELS] = { "\033[32m", "\033[33m", "\033[31m" };
	int width = widest_topic(report), has_colour = wants_colour();

	for (unsigned i = 0; i < report->count; i++) {
		const struct doctor_finding *f = &report->at[i];

		printf("%s%-4s%s  %-*s  %s\n", has_colour ? colours[f->level] : "",
		       level_names[f->level], has_colour ? "\033[0m" : "", width, f->topic,
		       f->text);
		if (*f->cost)
			printf("%*scosts: %s\n", width + 8, "", f->cost);
		if (*f->mend)
			printf("%*smend:  %s\n", width + 8, "", f->mend);
	}
	printf("\n%u ok, %u to consider, %u bad\n", report->levels[DOCTOR_OK],
	       report->levels[DOCTOR_WARN], report->levels[DOCTOR_BAD]);
}

static void put_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	if (*text)
		json_string(json, text);
	else
		json_null(json);
}

static void put_finding(struct json *json, const struct doctor_finding *finding)
{
	json_object(json);
	put_text(json, "level", level_names[finding->level]);
	put_text(json, "topic", finding->topic);
	put_text(json, "text", finding->text);
	put_text(json, "cost", finding->cost);
	put_text(json, "mend", finding->mend);
	json_object_end(json);
}

int doctor_print_json(const struct doctor_report *report)
{
	struct json json;
	int err;

	json_init(&json);
	json_object(&json);
	json_key(&json, "findings");
	json_array(&json);
	for (unsigned i = 0; i < report->count; i++)
		put_finding(&json, &report->at[i]);
	json_array_end(&json);
	for (unsigned i = 0; i < DOCTOR_LEVELS; i++) {
		json_key(&json, level_names[i]);
		json_uint(&json, report->levels[i]);
	}
	json_object_end(&json);
	json_raw(&json, "\n", 1);
	err = json_error(&json);
	if (!err)
		fwrite(json.text, 1, json.len, stdout);
	json_clear(&json);
	return err;
}
