// SPDX-License-Identifier: GPL-2.0 OR MIT
/* hosts.c - the contract is in hosts.h. */
#include "probe/hosts.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/check.h"

struct entry {
	char *name; /* lower case, without final dot */
	struct addr addr;
	unsigned order;
};

struct hosts {
	struct entry *entries; /* by name, then by order */
	unsigned count, room;
};

static int add_entry(struct hosts *hosts, const char *name, const struct addr *addr)
{
	unsigned room = hosts->room ? 2 * hosts->room : 16;
	struct entry *entries, *entry;
	size_t len = strlen(name);

	if (hosts->count == hosts->room) {
		entries = realloc(hosts->entries, room * sizeof(*entries));
		if (!entries)
			return -ENOMEM;
		hosts->entries = entries;
		hosts->room = room;
	}
	entry = &hosts->entries[hosts->count];
	entry->name = strndup(name, len && name[len - 1] == '.' ? len - 1 : len);
	if (!entry->name)
		return -ENOMEM;
	for (char *c = entry->name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	entry->addr = *addr;
	entry->order = hosts->count++;
	return 0;
}

static int add_line(struct hosts *hosts, char *line)
{
	char *rest, *word;
	struct addr addr;
	int err = 0;

	line[strcspn(line, "#\n")] = '\0';
	word = strtok_r(line, " \t\r", &rest);
	if (!word || addr_parse(word, &addr))
		return 0;
	while (!err && (word = strtok_r(NULL, " \t\r", &rest)))
		err = add_entry(hosts, word, &addr);
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int difference = strcmp(x->name, y->name);

	return difference ? difference : (x->order > y->order) - (x->order < y->order);
}

int hosts_new(struct hosts **ret, const char *path)
{
	struct hosts *hosts = calloc(1, sizeof(*hosts));
	FILE *file = hosts ? fopen(path, "re") : NULL;
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	if (!hosts)
		return -ENOMEM;
	while (file && !err && getline(&line, &room, file) > 0)
		err = add_line(hosts, line);
	free(line);
	if (file)
		fclose(file);
	if (err) {
		hosts_free(hosts);
		return err;
	}
	if (hosts->count)
		qsort(hosts->entries, hosts->count, sizeof(*hosts->entries), compare);
	*ret = hosts;
	return 0;
}

void hosts_free(struct hosts *hosts)
{
	if (!hosts)
		return;
	for (unsigned i = 0; i < hosts->count; i++)
		free(hosts->entries[i].name);
	free(hosts->entries);
	free(hosts);
}

/* The first entry whose name is not before @name. */
static unsigned lower_bound(const struct hosts *hosts, const char *name)
{
	unsigned low = 0, high = hosts->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(hosts->entries[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int is_wanted(const struct addr *addr, unsigned family)
{
	return family == CHECK_FAMILY_ANY || (family == CHECK_FAMILY_4) == !!addr_is_v4(addr);
}

static int is_localhost(const char *name)
{
	static const char suffix[] = ".localhost";
	size_t len = strlen(name), tail = sizeof(suffix) - 1;

	return !strcmp(name, suffix + 1) || (len > tail && !strcmp(name + len - tail, suffix));
}

static unsigned loopback(unsigned family, struct addr *ret, unsigned max)
{
	static const char *const texts[] = { "127.0.0.1", "::1" };
	struct addr addr;
	unsigned n = 0;

	for (unsigned i = 0; i < 2 && n < max; i++)
		if (!addr_parse(texts[i], &addr) && is_wanted(&addr, family))
			ret[n++] = addr;
	return n;
}

unsigned hosts_find(const struct hosts *hosts, const char *name, unsigned family, struct addr *ret,
		    unsigned max)
{
	char key[CHECK_TARGET_MAX + 1];
	unsigned n = 0, at;
	size_t len = strlen(name);

	if (len && name[len - 1] == '.')
		len--;
	if (!len || len > CHECK_TARGET_MAX)
		return 0;
	for (size_t i = 0; i < len; i++)
		key[i] = (char)tolower((unsigned char)name[i]);
	key[len] = '\0';
	for (at = lower_bound(hosts, key);
	     at < hosts->count && n < max && !strcmp(hosts->entries[at].name, key); at++)
		if (is_wanted(&hosts->entries[at].addr, family))
			ret[n++] = hosts->entries[at].addr;
	return !n && is_localhost(key) ? loopback(family, ret, max) : n;
}
