/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* options_value.h - text of one option to its value, by the option's own description. */
#ifndef CMD_OPTIONS_VALUE_H
#define CMD_OPTIONS_VALUE_H

#include "cmd/options.h"

/**
 * option_value() - parse, check the range, store at the option's offset in @into.
 * @why: on failure what is wrong with the value, for people: "'x' is not a number from 1 to 9".
 * Return: 0 or -EINVAL.
 */
int option_value(const struct option_spec *spec, const char *text, void *into, char *why,
		 size_t why_bytes);

#endif /* CMD_OPTIONS_VALUE_H */
