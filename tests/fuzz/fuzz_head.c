// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Raw heads, and the queries, hosts and tokens in them: no byte is read beyond the head, and what
 * passes has a method, a target and one answer to where its body ends.
 */
// LINK: user/api/head.c user/api/query.c user/api/access.c user/base/addr.c -lcrypto
#include "api/head.h"

#include <stdlib.h>
#include <string.h>

#include "api/access.h"
#include "api/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void look_at_query(const struct head *head)
{
	static const char *const allowed[] = { "limit", "cursor", "q", "state", "ids", NULL };
	static struct query query;
	const char *mark = memchr(head->target.base, '?', head->target.len);
	uint64_t limit = 5;

	if (!mark++)
		return;
	if (query_parse(&query, mark, head->target.len - (size_t)(mark - head->target.base),
			allowed)) {
		must(*query.why != '\0');
		return;
	}
	if (!query_number(&query, "limit", 1, 10, &limit))
		must(limit >= 1 && limit <= 10);
	must(query.nitems <= 5);
}

static void look_at_access(const struct head *head)
{
	struct access_request request = { .method = head->method,
					  .host = head->host,
					  .authorization = head->authorization,
					  .has_body = head->has_body };
	static const char *const hosts[] = { "sonde.example" };
	struct access access;
	const char *why = NULL;
	int status;

	must(!access_init(&access, "a-token-of-sixteen-or-more", hosts, 1));
	for (int i = ACCESS_LOOPBACK; i <= ACCESS_BEYOND; i++) {
		request.listener = (enum access_listener)i;
		status = access_check(&access, &request, &why);
		must(!status || (status >= 400 && why));
	}
	access_clear(&access);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of its exact size: reading over its end is seen */
	char *bytes = malloc(size ? size : 1);
	const char *why = NULL;
	struct head head;
	int status;

	memcpy(bytes, data, size);
	status = head_check(bytes, size, &head, &why);
	must(status ? why != NULL : head.method.len && head.target.len);
	if (!status) {
		look_at_query(&head);
		look_at_access(&head);
	}
	free(bytes);
	return 0;
}
