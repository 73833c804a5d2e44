// SPDX-License-Identifier: GPL-2.0 OR MIT
/* assets.c - the contract is in assets.h. */
#include "api/assets.h"

#include <string.h>
#include <strings.h>

const struct asset *asset_find(const struct asset *table, unsigned count, const char *path,
			       size_t path_bytes)
{
	static const char index[] = "/index.html";

	if (path_bytes == 1 && *path == '/') {
		path = index;
		path_bytes = sizeof(index) - 1;
	}
	for (unsigned i = 0; i < count; i++)
		if (strlen(table[i].path) == path_bytes && !memcmp(table[i].path, path, path_bytes))
			return &table[i];
	return NULL;
}

/* Does "q=0", "q=0.0"... stand in the parameters at @at? */
static int is_refused(const char *at, const char *end)
{
	const char *q = memchr(at, '=', (size_t)(end - at));

	if (!q)
		return 0;
	for (q++; q < end; q++)
		if (*q != '0' && *q != '.' && *q != ' ')
			return 0;
	return 1;
}

/* Is @coding in the list, and not with q=0? */
static int accepts(const char *accept, size_t bytes, const char *coding)
{
	size_t len = strlen(coding), at = 0, name, stop;

	while (at < bytes) {
		while (at < bytes && (accept[at] == ' ' || accept[at] == ','))
			at++;
		for (name = at; at < bytes && !memchr(" ,;", accept[at], 3);)
			at++;
		for (stop = at; at < bytes && accept[at] != ',';)
			at++;
		if (stop - name == len && !strncasecmp(accept + name, coding, len))
			return !is_refused(accept + stop, accept + at);
	}
	return 0;
}

enum asset_coding asset_choose(const struct asset *asset, const char *accept, size_t accept_bytes)
{
	if (!accept)
		return ASSET_PLAIN;
	if (asset->brotli && accepts(accept, accept_bytes, "br"))
		return ASSET_BROTLI;
	if (asset->gzip && accepts(accept, accept_bytes, "gzip"))
		return ASSET_GZIP;
	return ASSET_PLAIN;
}
