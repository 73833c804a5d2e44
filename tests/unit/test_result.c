// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Sums over results are exact, loss is what the definition says. */
#include "domain/result.c"

#include <string.h>

#include "../tap.h"

int main(void)
{
	struct result_sums sums = { 0 };
	struct result r = { .kind = RESULT_CLOSE };

	ok(result_loss_ratio(&sums) < 0, "no attempt, no ratio");
	for (unsigned i = 0; i < RESULT_CLASS_MAX; i++) {
		r.class = (uint8_t)i;
		result_sum(&sums, &r);
	}
	ok(result_attempts(&sums) == RESULT_CLASS_MAX, "attempts are the sum");
	r.kind = RESULT_AMEND;
	result_sum(&sums, &r);
	ok(result_attempts(&sums) == RESULT_CLASS_MAX && sums.class[RESULT_LATE] == 2 &&
		   !sums.class[RESULT_LOST],
	   "an amendment moves, it does not add");
	r.kind = RESULT_PACKET;
	r.class = RESULT_DUPLICATE;
	result_sum(&sums, &r);
	ok(result_attempts(&sums) == RESULT_CLASS_MAX && sums.packet[RESULT_DUPLICATE] == 1,
	   "packets stand beside");
	ok(result_loss_ratio(&sums) == 0.5, "3 of 6 that reached the network were answered");
	for (unsigned i = 0; i <= RESULT_CLASS_MAX; i++)
		ok(*result_class_name(i), "%s", result_class_name(i));
	return tap_done();
}
