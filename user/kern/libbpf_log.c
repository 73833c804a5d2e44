// SPDX-License-Identifier: GPL-2.0 OR MIT
/* libbpf_log.c - libbpf's messages, one log line each. */
#include "kern/libbpf_log.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

/* A verifier's log says at its end why it failed, so that is what is kept. */
#define TEXT_BYTES 200

static int print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char quoted[LOG_QUOTED], *text;
	int length;

	if (level != LIBBPF_WARN)
		return 0;
	length = vasprintf(&text, format, arguments);
	if (length < 0)
		return length;
	log_event(LOG_DEBUG, "libbpf", "text=%s",
		  log_quote(text + (length > TEXT_BYTES ? length - TEXT_BYTES : 0), quoted,
			    sizeof(quoted)));
	free(text);
	return length;
}

void kern_log_setup(void)
{
	libbpf_set_print(print);
}
