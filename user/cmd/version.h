/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* version.h - which sonde this is. */
#ifndef CMD_VERSION_H
#define CMD_VERSION_H

/** version_text() - "v0.1-3-gabc1234", as git describes the commit. Any thread. */
const char *version_text(void);

#endif /* CMD_VERSION_H */
