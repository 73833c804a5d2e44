/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * problem.h - errors as application/problem+json (RFC 9457).
 *
 * A problem may carry a list of what is wrong in a body (JSON pointers) or a
 * query ("?name"), all of it at once.
 */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

struct json; /* base/json.h, whose names clash with those of the JSON parser in body.c */

#define PROBLEM_ERRORS_MAX 32

struct problem_error {
	char pointer[160];
	char detail[160];
};

struct problem_errors {
	struct problem_error list[PROBLEM_ERRORS_MAX];
	unsigned n; /* further ones are left out */
};

/** problem_add() - one more error; @pointer is cut when it is too long. */
void problem_add(struct problem_errors *errors, const char *pointer, const char *detail, ...)
	__attribute__((format(printf, 3, 4)));

/** problem_title() - the reason phrase of a status, "Error" when it is none of ours. */
const char *problem_title(int status);

/**
 * problem_write() - the whole document.
 * @detail: a sentence for people.
 * @errors: may be NULL.
 */
void problem_write(struct json *to, int status, const char *detail,
		   const struct problem_errors *errors);

#endif /* API_PROBLEM_H */
