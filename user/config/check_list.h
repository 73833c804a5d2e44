/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * check_list.h - the `defaults:` and `checks:` sections.
 */
#ifndef CONFIG_CHECK_LIST_H
#define CONFIG_CHECK_LIST_H

#include "config/config.h"
#include "config/yaml.h"

#define CHECKS_EXPAND_MAX 65536 /* addresses one network in `targets:` may stand for */

/** checks_read() - append the checks of @node; @defaults may be NULL. Errors are in @y. */
void checks_read(struct yaml *y, struct config *config, yaml_node_t *node, yaml_node_t *defaults);

#endif /* CONFIG_CHECK_LIST_H */
