// SPDX-License-Identifier: GPL-2.0 OR MIT
/* names.c - the contract is in names.h. */
#include "probe/names.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"

#define RETRY_MAX_NS (60 * NS_PER_SEC)

int names_init(struct names *names, struct loop *loop,
	       void (*pump)(struct loop_timer *timer, int64_t now_ns))
{
	names->loop = loop;
	names->pump.fn = pump;
	list_init(&names->queue);
	list_init(&names->news);
	return random_bytes(names->key, sizeof(names->key));
}

void names_wake(struct names *names)
{
	/* without room for a timer the next name to come wakes it */
	if (!names->pump.place)
		loop_arm(names->loop, &names->pump, loop_now(names->loop));
}

static void enqueue(struct resolve_name *name)
{
	if (name->stage != NAME_RESTS)
		return;
	name->stage = NAME_QUEUED;
	list_add_tail(&name->names->queue, &name->queue);
	names_wake(name->names);
}

static void on_due(struct loop_timer *timer, int64_t now_ns)
{
	(void)now_ns;
	enqueue(container_of(timer, struct resolve_name, timer));
}

static struct resolve_name **bucket_of(struct names *names, const char *text)
{
	return &names->buckets[siphash(text, strlen(text), names->key) % NAMES_BUCKETS];
}

static struct resolve_name *find_name(struct names *names, const char *text, unsigned family)
{
	struct resolve_name *name = *bucket_of(names, text);

	while (name && (name->family != family || strcmp(name->text, text)))
		name = name->next;
	return name;
}

static struct resolve_name *new_name(struct names *names, const char *text, unsigned family)
{
	struct resolve_name **bucket = bucket_of(names, text);
	struct resolve_name *name = calloc(1, sizeof(*name) + strlen(text) + 1);

	if (!name)
		return NULL;
	memcpy(name->text, text, strlen(text) + 1);
	name->names = names;
	name->family = (uint8_t)family;
	name->state = -EINPROGRESS;
	name->timer.fn = on_due;
	list_init(&name->users);
	list_init(&name->queue);
	list_init(&name->news);
	name->next = *bucket;
	*bucket = name;
	enqueue(name);
	return name;
}

/* Gone, unless somebody still wants it or holds a pointer to it. */
static void drop_unwanted(struct resolve_name *name)
{
	struct resolve_name **at = bucket_of(name->names, name->text);

	if (!list_is_empty(&name->users) || name->stage == NAME_ASKED || name->is_telling)
		return;
	while (*at != name)
		at = &(*at)->next;
	*at = name->next;
	loop_disarm(name->names->loop, &name->timer);
	list_remove(&name->queue);
	list_remove(&name->news);
	free(name->addrs);
	free(name);
}

/* Users may come and go meanwhile: each is called from a list of its own, one by one. */
static void tell(struct resolve_name *name, int newcomers_only)
{
	struct resolve_user *user;
	struct list pending;

	list_init(&pending);
	name->is_telling = 1;
	while (!list_is_empty(&name->users)) {
		user = container_of(name->users.next, struct resolve_user, link);
		list_remove(&user->link);
		list_add_tail(&pending, &user->link);
	}
	while (!list_is_empty(&pending)) {
		user = container_of(pending.next, struct resolve_user, link);
		list_remove(&user->link);
		list_add_tail(&name->users, &user->link);
		if (user->is_told && newcomers_only)
			continue;
		user->is_told = 1;
		user->fn(user);
	}
	name->is_telling = 0;
	drop_unwanted(name);
}

void names_tell_newcomers(struct names *names)
{
	struct resolve_name *name;

	while (!list_is_empty(&names->news)) {
		name = container_of(names->news.next, struct resolve_name, news);
		list_remove(&name->news);
		tell(name, 1);
	}
}

struct resolve_name *names_take(struct names *names)
{
	struct resolve_name *name;

	if (list_is_empty(&names->queue))
		return NULL;
	name = container_of(names->queue.next, struct resolve_name, queue);
	list_remove(&name->queue);
	name->stage = NAME_ASKED;
	return name;
}

static int index_of(const struct addr *addrs, unsigned count, const struct addr *addr)
{
	for (unsigned i = 0; i < count; i++)
		if (addr_is_equal(&addrs[i], addr))
			return (int)i;
	return -1;
}

static int is_same_set(const struct resolve_name *name, const struct addr *addrs, unsigned count)
{
	if (name->count != count)
		return 0;
	for (unsigned i = 0; i < count; i++)
		if (index_of(name->addrs, name->count, &addrs[i]) < 0)
			return 0;
	return 1;
}

/* What was first stays first; the others keep the answer's order. */
static void keep_first(struct addr *addrs, unsigned count, const struct addr *first)
{
	int at = index_of(addrs, count, first);

	if (at <= 0)
		return;
	memmove(addrs + 1, addrs, (unsigned)at * sizeof(*addrs));
	addrs[0] = *first;
}

/* Return: 1 when the users have to know. */
static int take_answer(struct resolve_name *name, const struct addr *answer, unsigned count)
{
	struct addr *addrs;

	if (!name->state && is_same_set(name, answer, count))
		return 0;
	addrs = malloc(count * sizeof(*addrs));
	if (!addrs)
		return 0; /* the old answer stays, the next one may find room */
	memcpy(addrs, answer, count * sizeof(*addrs));
	if (name->count)
		keep_first(addrs, count, &name->addrs[0]);
	free(name->addrs);
	name->addrs = addrs;
	name->count = (uint8_t)count;
	name->state = 0;
	return 1;
}

/* The query is over. */
static void rest(struct resolve_name *name, int64_t wait_ns)
{
	name->stage = NAME_RESTS;
	if (wait_ns)
		loop_arm(name->names->loop, &name->timer, loop_now(name->names->loop) + wait_ns);
}

void names_settle(struct resolve_name *name, const struct addr *answer, unsigned count,
		  int64_t wait_ns)
{
	name->retry_ns = 0;
	rest(name, wait_ns);
	if (take_answer(name, answer, count))
		tell(name, 0);
	else
		drop_unwanted(name);
}

void names_fail(struct resolve_name *name, int state, int64_t retry_min_ns)
{
	int is_first = name->state == -EINPROGRESS;

	name->retry_ns = name->retry_ns ? 2 * name->retry_ns : retry_min_ns;
	if (name->retry_ns > RETRY_MAX_NS)
		name->retry_ns = RETRY_MAX_NS;
	rest(name, name->retry_ns);
	if (name->state)
		name->state = state;
	if (is_first)
		tell(name, 0);
	else
		drop_unwanted(name);
}

int names_watch(struct names *names, struct resolve_user *user, const char *text, unsigned family)
{
	char key[CHECK_TARGET_MAX + 1];
	size_t len = strlen(text);
	struct resolve_name *name;

	if (!len || len > CHECK_TARGET_MAX)
		return -EINVAL;
	if (user->name)
		return -EBUSY;
	for (size_t i = 0; i <= len; i++)
		key[i] = (char)tolower((unsigned char)text[i]);
	name = find_name(names, key, family);
	if (!name)
		name = new_name(names, key, family);
	if (!name)
		return -ENOMEM;
	list_add_tail(&name->users, &user->link);
	user->name = name;
	user->is_told = 0;
	if (name->state == -EINPROGRESS)
		return 0;
	list_remove(&name->news);
	list_add_tail(&names->news, &name->news);
	names_wake(names);
	return 0;
}

static void release(struct resolve_user *user)
{
	list_remove(&user->link);
	user->name = NULL;
}

void names_unwatch(struct names *names, struct resolve_user *user)
{
	struct resolve_name *name = user->name;

	if (!name || name->names != names)
		return;
	release(user);
	drop_unwanted(name);
}

void names_clear(struct names *names)
{
	struct resolve_name *name, *next;

	for (unsigned i = 0; i < NAMES_BUCKETS; i++) {
		for (name = names->buckets[i]; name; name = next) {
			next = name->next;
			while (!list_is_empty(&name->users))
				release(container_of(name->users.next, struct resolve_user, link));
			drop_unwanted(name);
		}
	}
	loop_disarm(names->loop, &names->pump);
}
