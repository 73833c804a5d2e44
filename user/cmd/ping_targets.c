// SPDX-License-Identifier: GPL-2.0 OR MIT
/* ping_targets.c - the contract is in ping_targets.h. */
#include "cmd/ping_targets.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "domain/kind.h"

#define WORD_MAX (CHECK_TARGET_MAX + 1) /* one more than is allowed, so that it is seen */

void ping_targets_init(struct ping_targets *targets, const struct check_icmp *icmp)
{
	memset(targets, 0, sizeof(*targets));
	targets->icmp = icmp;
}

void ping_targets_clear(struct ping_targets *targets)
{
	for (uint32_t i = 0; i < targets->count; i++)
		free(targets->at[i].name);
	free(targets->at);
	ping_targets_init(targets, targets->icmp);
}

static int no_memory(char *why, size_t room)
{
	snprintf(why, room, "out of memory");
	return -ENOMEM;
}

/* Room for @more; doubling, so that a million targets cost twenty copies. */
static int make_room(struct ping_targets *targets, uint64_t more, char *why, size_t why_bytes)
{
	uint32_t room = targets->room ? targets->room : 16;
	struct ping_target *at;

	if (more > PING_TARGETS_MAX - targets->count) {
		snprintf(why, why_bytes, "these are more than %u targets", PING_TARGETS_MAX);
		return -E2BIG;
	}
	while (room < targets->count + more)
		room *= 2;
	if (room == targets->room)
		return 0;
	at = realloc(targets->at, room * sizeof(*at));
	if (!at)
		return no_memory(why, why_bytes);
	targets->at = at;
	targets->room = room;
	return 0;
}

static int check_family(const struct ping_targets *targets, const struct addr *addr,
			const char *text, char *why, size_t room)
{
	unsigned family = targets->icmp->family;
	char quoted[LOG_QUOTED];

	if (family == CHECK_FAMILY_ANY || (family == CHECK_FAMILY_4) == addr_is_v4(addr))
		return 0;
	snprintf(why, room, "%s is no IPv%d address, and -%d was given",
		 log_quote(text, quoted, sizeof(quoted)), family == CHECK_FAMILY_4 ? 4 : 6,
		 family == CHECK_FAMILY_4 ? 4 : 6);
	return -EINVAL;
}

/* The rules of a target are those of a check. */
static int validate(const struct ping_targets *targets, const char *text, char *why, size_t room)
{
	struct check check;
	int err;

	check_init(&check, &kind_icmp);
	check.icmp = *targets->icmp;
	check.target = (char *)text;
	err = check_validate(&check, why, room);
	check.target = NULL;
	check_clear(&check);
	return err;
}

static int add_net(struct ping_targets *targets, const char *text, char *why, size_t room)
{
	struct addr_net net;
	char first[ADDR_TEXT_MAX], quoted[LOG_QUOTED];
	uint64_t size;
	int err = addr_parse_net(text, &net);

	log_quote(text, quoted, sizeof(quoted));

	if (err == -EDESTADDRREQ || err == -ENODEV) {
		snprintf(why, room, "%s: link-local networks cannot be listed", quoted);
		return -EINVAL;
	}
	if (err) {
		snprintf(why, room, "%s is no network: %s", quoted,
			 err == -ERANGE ? "the prefix is too long" : "ADDRESS/BITS is expected");
		return -EINVAL;
	}
	size = addr_net_size(&net);
	if (size > PING_TARGETS_MAX) {
		snprintf(why, room, "%s has more than %u addresses", quoted, PING_TARGETS_MAX);
		return -E2BIG;
	}
	addr_format(&net.first, first);
	err = check_family(targets, &net.first, text, why, room);
	if (!err)
		err = validate(targets, first, why, room);
	if (!err)
		err = make_room(targets, size, why, room);
	for (uint64_t i = 0; !err && i < size; i++)
		targets->at[targets->count++] =
			(struct ping_target){ .addr = addr_net_at(&net, i), .has_addr = 1 };
	return err;
}

int ping_targets_add(struct ping_targets *targets, const char *text, char *why, size_t why_bytes)
{
	struct ping_target target = { .has_addr = 0 };
	int err;

	if (strchr(text, '/'))
		return add_net(targets, text, why, why_bytes);
	err = validate(targets, text, why, why_bytes);
	if (!err && !addr_parse(text, &target.addr)) {
		target.has_addr = 1;
		err = check_family(targets, &target.addr, text, why, why_bytes);
	}
	if (!err)
		err = make_room(targets, 1, why, why_bytes);
	if (err)
		return err;
	target.name = strdup(text);
	if (!target.name)
		return no_memory(why, why_bytes);
	targets->names += !target.has_addr;
	targets->at[targets->count++] = target;
	return 0;
}

/* The next word, without comments. Return: its length, 0 at the end, -E2BIG when it is longer
 * than any target. */
static int next_word(FILE *in, char *word, unsigned *line)
{
	int c, len = 0, in_comment = 0;

	while ((c = getc_unlocked(in)) != EOF) {
		if (isspace(c) || c == '#' || in_comment) {
			if (len) {
				ungetc(c, in);
				break;
			}
			in_comment = (in_comment || c == '#') && c != '\n';
			*line += c == '\n';
			continue;
		}
		if (len == WORD_MAX)
			return -E2BIG;
		word[len++] = (char)c;
	}
	word[len] = '\0';
	return len;
}

int ping_targets_read(struct ping_targets *targets, FILE *in, ping_targets_bad_fn bad, void *arg)
{
	char word[WORD_MAX + 1], why[512];
	unsigned line = 1;
	int len, err, failed = 0;

	while ((len = next_word(in, word, &line)) > 0) {
		err = ping_targets_add(targets, word, why, sizeof(why));
		if (!err && strlen(word) != (size_t)len) {
			snprintf(why, sizeof(why), "there is a zero byte behind \"%s\"", word);
			err = -EINVAL;
		}
		if (!err)
			continue;
		bad(arg, line, why);
		failed = err;
		if (err != -EINVAL)
			return err;
	}
	if (!len && !ferror(in))
		return failed;
	err = len ? -EINVAL : -EIO;
	snprintf(why, sizeof(why), "%s",
		 len ? "this is longer than any target, and no list" : strerror(errno));
	bad(arg, line, why);
	return err;
}

const char *ping_targets_name(const struct ping_targets *targets, uint32_t i, char *buffer)
{
	const struct ping_target *target = &targets->at[i];

	if (target->name)
		return target->name;
	addr_format(&target->addr, buffer);
	return buffer;
}

int ping_targets_widest(const struct ping_targets *targets)
{
	char buffer[ADDR_TEXT_MAX];
	size_t widest = 0;

	for (uint32_t i = 0; i < targets->count; i++) {
		size_t len = strlen(ping_targets_name(targets, i, buffer));

		widest = len > widest ? len : widest;
	}
	return (int)widest;
}
