/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * process.h - the process_* metrics every Prometheus client has: CPU, memory,
 * descriptors, start time, read from /proc/self.
 */
#ifndef API_PROCESS_H
#define API_PROCESS_H

#include "base/json.h"

/** process_write() - append them; what /proc does not tell is left out. */
void process_write(struct json *to);

#endif /* API_PROCESS_H */
