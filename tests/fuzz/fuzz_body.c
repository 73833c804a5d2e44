// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Bodies of POST: what is taken is valid, survives its encoding and can be written; what is
 * refused says why. Hidden visibility, because the JSON writer has names of the parser's library.
 */
// LINK: -fvisibility=hidden user/api/body.c user/api/problem.c user/api/write.c
// LINK: user/domain/check.c user/domain/check_codec.c user/domain/kind.c user/domain/kind_icmp.c
// LINK: user/domain/board.c user/domain/result.c user/base/addr.c user/base/clock.c
// LINK: user/base/json.c user/base/log.c user/base/random.c -ljansson -lm
#include "api/body.h"

#include <stdlib.h>

#include "api/write.h"

__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void look_at(struct check *check)
{
	static uint8_t bytes[CHECK_ENCODED_MAX];
	struct check again;
	struct json text;
	char why[160];
	int len;

	must(!check_validate(check, why, sizeof(why)) && check->id && *check->name);
	len = check_encode(check, bytes, sizeof(bytes));
	must(len > 0 && !check_decode(&again, bytes, (size_t)len) && again.id == check->id);
	json_init(&text);
	write_check(&text, &again, NULL);
	must(text.len > 0);
	json_clear(&text);
	check_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct problem_errors errors;
	struct check check;
	struct json text;
	int err = body_parse_check((const char *)data, size, &check, &errors);

	must(err ? err == -22 && errors.n > 0 : errors.n == 0);
	if (!err) {
		look_at(&check);
		check_clear(&check);
		return 0;
	}
	json_init(&text);
	problem_write(&text, 400, "the check is wrong", &errors);
	must(text.len > 0);
	json_clear(&text);
	return 0;
}
