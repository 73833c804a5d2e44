// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The JSON writer: commas, escapes, hostile text. */
#include "base/json.c"

#include "../tap.h"

static int is(struct json *j, const char *want)
{
	int same = j->len == strlen(want) && !memcmp(j->text, want, j->len);

	if (!same)
		printf("# got %.*s\n", (int)j->len, j->text);
	json_reset(j);
	return same;
}

int main(void)
{
	struct json j;

	json_init(&j);
	json_object(&j);
	json_key(&j, "a");
	json_int(&j, -1);
	json_key(&j, "b");
	json_array(&j);
	json_uint(&j, UINT64_MAX);
	json_bool(&j, 1);
	json_null(&j);
	json_object(&j);
	json_object_end(&j);
	json_array_end(&j);
	json_key(&j, "c");
	json_double(&j, 0.25);
	json_object_end(&j);
	ok(is(&j, "{\"a\":-1,\"b\":[18446744073709551615,true,null,{}],\"c\":0.25}"), "structure");
	json_string(&j, "\"\\\n\x01<script>&");
	ok(is(&j, "\"\\\"\\\\\\n\\u0001\\u003cscript\\u003e\\u0026\""), "escapes");
	json_string_len(&j, "a\0b", 3);
	ok(is(&j, "\"a\\u0000b\""), "NUL");
	json_string(&j, "gr\xc3\xbc\xc3\x9f \xe2\x80\xa8 \xf0\x9f\x8e\x89");
	ok(is(&j, "\"gr\xc3\xbc\xc3\x9f \\u2028 \xf0\x9f\x8e\x89\""),
	   "UTF-8 stays, U+2028 does not");
	json_string(&j, "\xff\xc0\xaf\xed\xa0\x80\xe2\x82");
	ok(is(&j, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		  "\xef\xbf\xbd\xef\xbf\xbd\""),
	   "broken UTF-8 becomes U+FFFD, byte by byte");
	json_double(&j, NAN);
	ok(is(&j, "null"), "not a number is null");
	for (int i = 0; i < 100000; i++)
		json_int(&j, i);
	ok(!json_error(&j) && j.len > 500000, "grows");
	json_clear(&j);
	return tap_done();
}
