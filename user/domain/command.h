/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * command.h - what the web may ask of the judge, and the answers.
 *
 * They cross a SOCK_SEQPACKET pair, one message each, so that the web can
 * become a process of its own. A command is answered exactly once, after the
 * change is durable: judge -> writer commits and syncs -> judge applies -> answer.
 */
#ifndef DOMAIN_COMMAND_H
#define DOMAIN_COMMAND_H

#include <stdint.h>

#include "domain/check.h"

enum command_type {
	COMMAND_REGISTER_CHECK = 1, /* body: check_encode() */
	COMMAND_DELETE_CHECK,       /* id */
};

struct command {
	uint64_t ticket; /* the asker's; comes back in the answer */
	uint64_t id;     /* check to delete */
	uint32_t type;   /* enum command_type */
	uint32_t bytes;  /* of body in use */
	uint8_t body[CHECK_ENCODED_MAX];
};

/* Bytes of a command before its body; a message is this plus `bytes`. */
#define COMMAND_HEAD_BYTES 24

struct command_answer {
	uint64_t ticket;
	uint64_t id;   /* of the check */
	int32_t error; /* 0 or -errno: -EEXIST, -ENOENT, -EPERM (comes from the configuration),
			   -ENOSPC (table or rate cap full), -EIO (could not be made durable) */
	uint32_t pad;
	char why[112]; /* a sentence for people, when error is set */
};
_Static_assert(sizeof(struct command_answer) == 136, "command_answer");

#endif /* DOMAIN_COMMAND_H */
