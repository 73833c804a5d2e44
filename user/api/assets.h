/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * assets.h - the page's files, embedded in the binary.
 *
 * tools/build-web writes the table as assembly, for exactly the layout below:
 * read-only data, exact paths, nothing looked up in a file system.
 */
#ifndef API_ASSETS_H
#define API_ASSETS_H

#include <stddef.h>

struct asset {
	const char *path; /* "/index.html", "/app-1a2b3c4d.js": begins with a slash, percent-free */
	const char *mime; /* "text/html; charset=utf-8" */
	const char *etag; /* with its quotes: "\"1a2b3c4d\"" */
	const unsigned char *plain, *gzip, *brotli; /* gzip and brotli may be NULL */
	size_t plain_bytes, gzip_bytes, brotli_bytes;
	int immutable; /* its path carries a hash of its content: cache for ever */
};
_Static_assert(sizeof(struct asset) == 80 && sizeof(void *) == 8, "assets.S is laid out for this");

extern const struct asset asset_table[];
extern const unsigned asset_count;

/**
 * asset_find() - the file at @path, which need not be terminated; "/" is "/index.html".
 * Return: NULL when there is none. Any thread.
 */
const struct asset *asset_find(const struct asset *table, unsigned count, const char *path,
			       size_t path_bytes);

enum asset_coding {
	ASSET_PLAIN,
	ASSET_GZIP,
	ASSET_BROTLI,
};

/**
 * asset_choose() - the smallest form of @asset that an Accept-Encoding header allows.
 * @accept: the header's value, NULL when it is absent; a coding with q=0 is refused.
 */
enum asset_coding asset_choose(const struct asset *asset, const char *accept, size_t accept_bytes);

#endif /* API_ASSETS_H */
