/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * libbpf_log.h - where libbpf's own words go: into our log, at debug level.
 *
 * It writes to standard error otherwise, about things that are no errors to us: a
 * discipline that exists already, an XDP program we are not to replace.
 */
#ifndef KERN_LIBBPF_LOG_H
#define KERN_LIBBPF_LOG_H

/** kern_log_setup() - as often as you like. */
void kern_log_setup(void);

#endif /* KERN_LIBBPF_LOG_H */
