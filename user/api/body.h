/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * body.h - the JSON of a POST to a struct check; the only code that sees jansson.
 *
 * Every error at once, each with its JSON pointer. Duplicate keys, unknown keys,
 * wrong types, NUL characters, nesting deeper than BODY_DEPTH_MAX and anything
 * after the object are errors.
 */
#ifndef API_BODY_H
#define API_BODY_H

#include <stddef.h>

#include "api/problem.h"
#include "domain/check.h"

#define BODY_DEPTH_MAX 32
#define BODY_ID_MAX    128 /* bytes of a given `id` */

/**
 * body_parse_check() - a whole, valid check with its id, source CHECK_FROM_API.
 * @ret: set only on success; the caller clears it.
 * @errors: what is wrong, at least one when -EINVAL is returned.
 * Return: 0, -EINVAL, -ENOMEM.
 */
int body_parse_check(const char *bytes, size_t len, struct check *ret,
		     struct problem_errors *errors);

#endif /* API_BODY_H */
