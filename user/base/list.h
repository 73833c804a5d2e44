/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * list.h - intrusive doubly linked list: the link lives in the object.
 *
 * An unlinked link points to itself, so that unlinking twice does no harm.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stddef.h>

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline int list_is_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_add_tail(struct list *head, struct list *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

static inline void list_remove(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

#endif /* BASE_LIST_H */
