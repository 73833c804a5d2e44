/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * rung.h - how people call the rungs of the receive ladder and the ways of TC, in
 * the configuration and on the command line. NULL-terminated; the index is the
 * number of enum engine_rx (probe/engine.h) and of enum kern_tc (kern/kern.h).
 */
#ifndef DOMAIN_RUNG_H
#define DOMAIN_RUNG_H

extern const char *const rung_rx_names[];
extern const char *const rung_tc_names[];

#endif /* DOMAIN_RUNG_H */
