// SPDX-License-Identifier: GPL-2.0 OR MIT
/* rung.c - the contract is in rung.h. */
#include "domain/rung.h"

#include <stddef.h>

const char *const rung_rx_names[] = { "auto", "xdp", "tc", "socket", "clock", NULL };
const char *const rung_tc_names[] = { "auto", "tcx", "clsact", NULL };
