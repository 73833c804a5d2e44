/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * guardian.h - the parent that cleans up behind a killed child.
 *
 * clsact filters outlive whoever attached them. So the work is done in a child; the guardian
 * waits, forwards signals, removes what the child left on the guard list (kern_guard_clean()), and
 * may start it again. If the guardian is killed, the child gets SIGTERM and ends by itself. Only
 * killing both at once leaves filters behind.
 */
#ifndef CMD_GUARDIAN_H
#define CMD_GUARDIAN_H

/* The child's whole life. @guard_fd goes into engine_options. Return: its exit code. */
typedef int (*guardian_child_fn)(void *arg, int guard_fd);

/**
 * guardian_run() - fork and watch until the child is done. To be called before there are threads,
 * rings or BPF objects. TERM, INT, HUP, QUIT, USR1, USR2 sent to the guardian go on to the child; those
 * a terminal sends reach the child anyway. The child starts with the caller's signal mask: what is
 * blocked there cannot end it before it is ready for signals.
 * @restart: start it again when a signal killed it that nobody asked for: at once, then after 1,
 * 2 and 4 s; the fifth death within 10 s of its start, one after another, is the last.
 * Return: the child's exit code, 128 + the signal that killed it, or -errno.
 */
int guardian_run(guardian_child_fn child, void *arg, int restart);

#endif /* CMD_GUARDIAN_H */
