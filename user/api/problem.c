// SPDX-License-Identifier: GPL-2.0 OR MIT
/* problem.c - the contract is in problem.h. */
#include "api/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json.h"

static const struct title {
	int status;
	const char *text;
} titles[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

void problem_add(struct problem_errors *errors, const char *pointer, const char *detail, ...)
{
	struct problem_error *error = &errors->list[errors->n];
	va_list ap;

	if (errors->n == PROBLEM_ERRORS_MAX)
		return;
	snprintf(error->pointer, sizeof(error->pointer), "%s", pointer);
	va_start(ap, detail);
	vsnprintf(error->detail, sizeof(error->detail), detail, ap);
	va_end(ap);
	errors->n++;
}

const char *problem_title(int status)
{
	for (unsigned i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return titles[i].text;
	return "Error";
}

static void write_errors(struct json *to, const struct problem_errors *errors)
{
	json_key(to, "errors");
	json_array(to);
	for (unsigned i = 0; i < errors->n; i++) {
		json_object(to);
		json_key(to, "pointer");
		json_string(to, errors->list[i].pointer);
		json_key(to, "detail");
		json_string(to, errors->list[i].detail);
		json_object_end(to);
	}
	json_array_end(to);
}

void problem_write(struct json *to, int status, const char *detail,
		   const struct problem_errors *errors)
{
	json_object(to);
	json_key(to, "type");
	json_string(to, "about:blank");
	json_key(to, "title");
	json_string(to, problem_title(status));
	json_key(to, "status");
	json_int(to, status);
	json_key(to, "detail");
	json_string(to, detail);
	if (errors && errors->n)
		write_errors(to, errors);
	json_object_end(to);
	json_raw(to, "\n", 1);
}
