/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* refusal.h - why the kernel would not load our programs, in a sentence for people. */
#ifndef KERN_REFUSAL_H
#define KERN_REFUSAL_H

#include <stddef.h>
#include <stdint.h>

/** refusal_explain() - @err as -errno; looks at the rights of the calling thread. */
void refusal_explain(int err, char *ret_text, size_t text_bytes);

/** refusal_describe() - the same for given rights. @capabilities: a bit each, by number. */
void refusal_describe(int err, uint64_t capabilities, char *ret_text, size_t text_bytes);

#endif /* KERN_REFUSAL_H */
