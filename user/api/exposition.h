/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * exposition.h - Prometheus' text format, version 0.0.4, into a growing buffer.
 */
#ifndef API_EXPOSITION_H
#define API_EXPOSITION_H

#include "base/json.h" /* used as a buffer of bytes */

struct exposition_label {
	const char *name, *value; /* the value is escaped here; it may be strangers' text */
};

/** exposition_metric() - HELP and TYPE of @name; its values follow. @help: one line, plain. */
void exposition_metric(struct json *to, const char *name, const char *type, const char *help);

/** exposition_value() - one value; @labels may be NULL. */
void exposition_value(struct json *to, const char *name, const struct exposition_label *labels,
		      unsigned nlabels, double value);

#endif /* API_EXPOSITION_H */
