/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* options_help.h - the help text of a command, from its table. */
#ifndef CMD_OPTIONS_HELP_H
#define CMD_OPTIONS_HELP_H

#include "cmd/options.h"

/** options_help() - print it to standard output. Return: -ECANCELED, what options_parse() says. */
int options_help(const struct options *options);

#endif /* CMD_OPTIONS_HELP_H */
