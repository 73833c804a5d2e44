/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* truth.c - lines of the truth. */
#include "truth.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define BUFFER_BYTES (1 << 20)

int truth_open(FILE **ret, const char *path)
{
	FILE *out = fopen(path, "we");

	if (!out)
		return -errno;
	setvbuf(out, NULL, _IOFBF, BUFFER_BYTES);
	fputs("#address\tattempt\tid\tseq\tfault\tdetail\tclass\treplies\thold_ns\trequest_ns\n",
	      out);
	*ret = out;
	return 0;
}

static const char *class_by_hold(int64_t hold_ns, const struct decide_window *window)
{
	if (hold_ns < window->timeout_ns)
		return "ok";
	return hold_ns < window->timeout_ns + window->late_ns ? "late" : "lost";
}

const char *truth_class(const struct truth *truth, const struct decide_window *window)
{
	int64_t hold_ns = truth->reply_ns - truth->request_ns;
	const char *class = class_by_hold(hold_ns, window);

	switch (truth->fault) {
	case FAULT_LOSS:
	case FAULT_BLACKHOLE:
	case FAULT_DOWN:
	case FAULT_CORRUPT:
	case FAULT_WRONG_SOURCE:
		return "lost";
	default:
		break;
	}
	if (truth->fault == FAULT_ERROR)
		class = truth->is_error_known && !strcmp(class, "ok") ? "icmp_error" : "lost";
	/* What would have come too late anyhow is lost even when the run ended first. */
	return truth->sent || !strcmp(class, "lost") ? class : "unfinished";
}

static void put_detail(FILE *out, const struct truth *truth)
{
	if (truth->fault == FAULT_ERROR)
		fprintf(out, "%u/%u", truth->type, truth->code);
	else if (truth->fault == FAULT_DUPLICATE)
		fprintf(out, "%u", truth->planned - 1);
	else if (truth->fault == FAULT_CORRUPT)
		fputs(truth->is_valid ? "valid" : "invalid", out);
	else
		fputc('-', out);
}

void truth_write(FILE *out, const struct truth *truth, const struct decide_window *window)
{
	char address[ADDR_TEXT_MAX];

	addr_format(&truth->host, address);
	fprintf(out, "%s\t%" PRIu32 "\t%u\t%u\t%s\t", address, truth->attempt, truth->id,
		truth->seq, rules_fault_name(truth->fault));
	put_detail(out, truth);
	fprintf(out, "\t%s\t%u\t%" PRId64 "\t%" PRId64 "\n", truth_class(truth, window),
		truth->sent, truth->sent ? truth->reply_ns - truth->request_ns : 0,
		truth->request_ns);
}

int truth_close(FILE *out)
{
	int err = ferror(out) ? -EIO : 0;

	return fclose(out) ? -errno : err;
}
