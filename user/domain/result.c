// SPDX-License-Identifier: GPL-2.0 OR MIT
/* result.c - names and exact sums; the contract is in result.h. */
#include "domain/result.h"

static const char *const class_names[RESULT_CLASS_MAX] = {
	[RESULT_OK] = "ok",
	[RESULT_LOST] = "lost",
	[RESULT_LATE] = "late",
	[RESULT_ICMP_ERROR] = "icmp_error",
	[RESULT_REFUSED] = "refused",
	[RESULT_INVALID] = "invalid",
	[RESULT_SEND_ERROR] = "send_error",
	[RESULT_NOT_SENT] = "not_sent",
	[RESULT_LOCAL_FAULT] = "local_fault",
	[RESULT_RESOLVE_ERROR] = "resolve_error",
	[RESULT_DROPPED] = "dropped",
	[RESULT_BLOCKED] = "blocked",
};

static const char *const packet_names[RESULT_PACKET_MAX] = {
	[RESULT_DUPLICATE] = "duplicate",
	[RESULT_CORRUPT] = "corrupt",
	[RESULT_WRONG_SOURCE] = "wrong_source",
	[RESULT_REORDERED] = "reordered",
};

static const char *const stamp_names[RESULT_STAMP_MAX] = {
	[RESULT_STAMP_NONE] = "none",     [RESULT_STAMP_CLOCK] = "clock",
	[RESULT_STAMP_SOCKET] = "socket", [RESULT_STAMP_TC] = "tc",
	[RESULT_STAMP_XDP] = "xdp",
};

const char *result_class_name(unsigned class)
{
	return class < RESULT_CLASS_MAX ? class_names[class] : "unknown";
}

const char *result_packet_name(unsigned packet)
{
	return packet < RESULT_PACKET_MAX ? packet_names[packet] : "unknown";
}

const char *result_stamp_name(unsigned stamp)
{
	return stamp < RESULT_STAMP_MAX ? stamp_names[stamp] : "unknown";
}

int result_is_local(unsigned class)
{
	return class >= RESULT_SEND_ERROR && class < RESULT_CLASS_MAX;
}

int result_is_answer(unsigned class)
{
	return class == RESULT_OK || class == RESULT_REFUSED || class == RESULT_INVALID;
}

void result_sum(struct result_sums *sums, const struct result *result)
{
	switch (result->kind) {
	case RESULT_CLOSE:
		sums->class[result->class]++;
		break;
	case RESULT_AMEND:
		sums->class[RESULT_LOST]--;
		sums->class[RESULT_LATE]++;
		break;
	case RESULT_PACKET:
		sums->packet[result->class]++;
		break;
	}
}

uint64_t result_attempts(const struct result_sums *sums)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < RESULT_CLASS_MAX; i++)
		all += sums->class[i];
	return all;
}

double result_loss_ratio(const struct result_sums *sums)
{
	uint64_t reached = 0, answered = 0;

	for (unsigned i = 0; i < RESULT_CLASS_MAX; i++) {
		if (!result_is_local(i))
			reached += sums->class[i];
		if (result_is_answer(i))
			answered += sums->class[i];
	}
	return reached ? 1.0 - (double)answered / (double)reached : -1.0;
}
