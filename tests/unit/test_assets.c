// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_assets.c - finding files of the page and choosing their coding. */
#include "api/assets.c"

#include "../tap.h"

static const unsigned char bytes[] = "x";
/* the program's own table is left out of this test, with the object it is in */
const struct asset asset_table[] = {
	{ "/index.html", "text/html", "\"1\"", bytes, bytes, bytes, 1, 1, 1, 0 },
	{ "/a.js", "text/javascript", "\"2\"", bytes, bytes, NULL, 1, 1, 0, 1 },
	{ "/b.png", "image/png", "\"3\"", bytes, NULL, NULL, 1, 0, 0, 1 },
};
const unsigned asset_count = 3;

static const struct asset *find(const char *path)
{
	return asset_find(asset_table, asset_count, path, strlen(path));
}

static enum asset_coding choose(unsigned i, const char *accept)
{
	return asset_choose(&asset_table[i], accept, accept ? strlen(accept) : 0);
}

int main(void)
{
	ok(find("/") == &asset_table[0] && find("/index.html") == &asset_table[0],
	   "/ is the index");
	ok(find("/b.png") == &asset_table[2] && !find("/b.pn") && !find("/b.png/") &&
		   !find("b.png") && !find(""),
	   "paths are exact");
	ok(choose(0, NULL) == ASSET_PLAIN && choose(0, "") == ASSET_PLAIN, "no header: plain");
	ok(choose(0, "gzip, deflate, br") == ASSET_BROTLI, "brotli where it is taken");
	ok(choose(1, "gzip, deflate, br") == ASSET_GZIP, "gzip where there is no brotli");
	ok(choose(2, "gzip, br") == ASSET_PLAIN, "plain where there is neither");
	ok(choose(0, "br;q=0, GZIP;q=0.5") == ASSET_GZIP, "q=0 refuses");
	ok(choose(0, "br;q=0.0,gzip;q=0.000") == ASSET_PLAIN, "in every spelling");
	ok(choose(0, "brx, xgzip") == ASSET_PLAIN, "names are compared whole");
	ok(choose(0, ",, ;q=1, br ; q=1") == ASSET_BROTLI, "odd lists are read as they can be");
	return tap_done();
}
