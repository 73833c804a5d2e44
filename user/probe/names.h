/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * names.h - the names somebody wants resolved, who wants them, and what is known: the books of
 * resolve.c, which asks the questions.
 *
 *   new -> queued -> asked -> rests -> queued -> ...
 *
 * A name lives as long as it has users or is asked. All in the loop's thread.
 */
#ifndef PROBE_NAMES_H
#define PROBE_NAMES_H

#include <stdint.h>

#include "probe/resolve.h"

#define NAMES_BUCKETS 16384

enum name_stage {
	NAME_RESTS,  /* until its timer */
	NAME_QUEUED, /* for a query */
	NAME_ASKED,  /* a query holds a pointer: it must stay */
};

struct names {
	struct loop *loop;
	struct loop_timer pump;  /* due at once when there is something to do; fn is the owner's */
	struct list queue, news; /* to be asked; with newcomers to be told */
	uint64_t key[2];
	struct resolve_name *buckets[NAMES_BUCKETS];
};

struct resolve_name {
	struct names *names;
	struct resolve_name *next; /* in its bucket */
	struct list users;
	struct list queue, news;
	struct loop_timer timer; /* when to ask again */
	int64_t retry_ns;        /* the last wait after a failure; 0 after success */
	enum name_stage stage;
	int state;      /* as resolve_state() */
	int is_telling; /* its users are being called: it must stay */
	uint8_t family, count;
	struct addr *addrs;
	char text[]; /* lower case */
};

/** names_init() - @pump is called in a turn of its own after anything was queued. 0 or -errno. */
int names_init(struct names *names, struct loop *loop,
	       void (*pump)(struct loop_timer *timer, int64_t now_ns));

/** names_wake() - have the pump called in a turn of its own. */
void names_wake(struct names *names);

/** names_clear() - release every user, without a call, and every name that is not asked. */
void names_clear(struct names *names);

/** names_watch(), names_unwatch() - as resolve_watch(), resolve_unwatch(). */
int names_watch(struct names *names, struct resolve_user *user, const char *text, unsigned family);
void names_unwatch(struct names *names, struct resolve_user *user);

/** names_tell_newcomers() - who came after the first answer learns of it. */
void names_tell_newcomers(struct names *names);

/** names_take() - the next name to ask, NAME_ASKED from now on; NULL: none. */
struct resolve_name *names_take(struct names *names);

/**
 * names_settle() - a good answer; tells the users when it changes anything.
 * @wait_ns: ask again after this; 0: never. The name may be gone afterwards.
 */
void names_settle(struct resolve_name *name, const struct addr *answer, unsigned count,
		  int64_t wait_ns);

/**
 * names_fail() - no answer, @state says why; the old one stays. Asked again after @retry_min_ns,
 * doubling up to a minute. The name may be gone afterwards.
 */
void names_fail(struct resolve_name *name, int state, int64_t retry_min_ns);

#endif /* PROBE_NAMES_H */
