/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * bpf_try.h - what bpf(2) allows here, found out with a program of a few instructions.
 *
 * Nothing is ever attached to an interface.
 */
#ifndef CMD_BPF_TRY_H
#define CMD_BPF_TRY_H

#include <stdint.h>

/** bpf_try_load() - load a TC program. Return: 0, or -errno of bpf(BPF_PROG_LOAD). */
int bpf_try_load(void);

/**
 * bpf_try_tcx() - does the kernel have TCX (6.6 and later)?
 * Asked by attaching to an interface that cannot exist: a kernel with TCX misses the interface, one
 * without refuses the kind of attachment before it looks.
 * Return: 1, 0, or -errno when no program can be loaded.
 */
int bpf_try_tcx(void);

/**
 * bpf_try_clock() - bpf_ktime_get_ns() minus CLOCK_MONOTONIC, to about 2 ms, modulo 52 days: other
 * than 0 inside a time namespace.
 * Return: 0, or -errno when no program can be loaded or run.
 */
int bpf_try_clock(int64_t *ret_ns);

#endif /* CMD_BPF_TRY_H */
