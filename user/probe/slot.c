// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * slot.c - the contract is in slot.h.
 *
 * A class has three cursors on its string of chunks, oldest first: `free`
 * (slots before it are free again), `due` (before it nothing is OPEN) and
 * `next` (the next one to take). They pass each slot once, in this order of
 * places, so taking and expiring are O(1) a slot.
 */
#include "probe/slot.h"

#include <errno.h>
#include <stdlib.h>

struct chunk {
	uint32_t next;  /* of the same class, or of the unused ones; SLOT_NONE ends */
	uint32_t class; /* whose it is */
};

struct cursor {
	uint32_t chunk, offset; /* offset may be SLOT_CHUNK: just behind the last one */
};

struct class
{
	int64_t timeout_ns, late_ns;
	uint32_t users;
	struct cursor free, due, next; /* chunks SLOT_NONE: has none */
};

struct slots {
	struct sonde_slot *shared;
	struct slot *own;
	struct chunk *chunks;
	struct class *classes;
	uint32_t count, nclasses;
	uint32_t unused; /* first unused chunk */
	uint32_t open, late;
};

int slots_new(struct slots **ret, struct sonde_slot *shared, uint32_t count)
{
	uint32_t nchunks = count / SLOT_CHUNK;
	struct slots *slots;

	if (!count || count % SLOT_CHUNK || count > 1u << 22)
		return -EINVAL;
	slots = calloc(1, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	slots->shared = shared;
	slots->count = count;
	slots->own = calloc(count, sizeof(*slots->own));
	slots->chunks = calloc(nchunks, sizeof(*slots->chunks));
	if (!slots->own || !slots->chunks) {
		slots_free(slots);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < nchunks; i++)
		slots->chunks[i].next = i + 1 < nchunks ? i + 1 : SLOT_NONE;
	*ret = slots;
	return 0;
}

void slots_free(struct slots *slots)
{
	if (!slots)
		return;
	free(slots->own);
	free(slots->chunks);
	free(slots->classes);
	free(slots);
}

int slots_class_open(struct slots *slots, int64_t timeout_ns, int64_t late_ns)
{
	const struct cursor none = { SLOT_NONE, 0 };
	struct class *class = slots->classes;
	int unused = -1;

	if (timeout_ns < 0 || late_ns < 0)
		return -EINVAL;
	for (uint32_t i = 0; i < slots->nclasses; i++, class ++) {
		if (class->timeout_ns == timeout_ns && class->late_ns == late_ns) {
			class->users++;
			return (int)i;
		}
		if (!class->users && class->next.chunk == SLOT_NONE)
			unused = (int)i;
	}
	if (unused < 0) {
		class = realloc(slots->classes, (slots->nclasses + 1) * sizeof(*class));
		if (!class)
			return -ENOMEM;
		slots->classes = class;
		unused = (int)slots->nclasses++;
	}
	slots->classes[unused] = (struct class){ timeout_ns, late_ns, 1, none, none, none };
	return unused;
}

void slots_class_close(struct slots *slots, int class)
{
	slots->classes[class].users--;
}

static uint32_t number_at(const struct cursor *at)
{
	return at->chunk * SLOT_CHUNK + at->offset;
}

static int is_same(const struct cursor *a, const struct cursor *b)
{
	return a->chunk == b->chunk && a->offset == b->offset;
}

/* Step from behind the last slot of a chunk to the next chunk, if there is one. */
static void settle(const struct slots *slots, struct cursor *at)
{
	uint32_t next;

	if (at->offset < SLOT_CHUNK)
		return;
	next = slots->chunks[at->chunk].next;
	if (next != SLOT_NONE)
		*at = (struct cursor){ next, 0 };
}

/* Hang an unused chunk behind the last one. Return: 0 or -ENOBUFS. */
static int grow(struct slots *slots, uint32_t number)
{
	struct class *class = &slots->classes[number];
	uint32_t chunk = slots->unused;

	if (chunk == SLOT_NONE)
		return -ENOBUFS;
	slots->unused = slots->chunks[chunk].next;
	slots->chunks[chunk] = (struct chunk){ SLOT_NONE, number };
	if (class->next.chunk == SLOT_NONE)
		class->free = class->due = (struct cursor){ chunk, 0 };
	else
		slots->chunks[class->next.chunk].next = chunk;
	class->next = (struct cursor){ chunk, 0 };
	return 0;
}

static void release(struct slots *slots, uint32_t chunk)
{
	slots->chunks[chunk].next = slots->unused;
	slots->unused = chunk;
}

uint32_t slots_take(struct slots *slots, int number, int64_t now_ns)
{
	struct class *class = &slots->classes[number];
	struct slot *slot;
	uint32_t taken;

	if (class->next.chunk == SLOT_NONE || class->next.offset == SLOT_CHUNK)
		if (grow(slots, (uint32_t)number))
			return SLOT_NONE;
	taken = number_at(&class->next);
	class->next.offset++;
	slot = &slots->own[taken];
	slot->sent_ns = now_ns;
	slot->tx_ns = 0;
	slot->generation++;
	slot->is_answered = 0;
	slot->state = SLOT_OPEN;
	slots->open++;
	return taken;
}

struct slot *slots_get(const struct slots *slots, uint32_t number)
{
	if (number >= slots->count || slots->own[number].state == SLOT_FREE)
		return NULL;
	return &slots->own[number];
}

int64_t slots_timeout_of(const struct slots *slots, uint32_t number)
{
	return slots->classes[slots->chunks[number / SLOT_CHUNK].class].timeout_ns;
}

int64_t slots_window_of(const struct slots *slots, uint32_t number)
{
	const struct class *class = &slots->classes[slots->chunks[number / SLOT_CHUNK].class];

	return class->timeout_ns + class->late_ns;
}

static void set_word(struct slots *slots, uint32_t number, uint64_t mark)
{
	uint64_t word = (uint64_t)slots->own[number].generation << SONDE_STAMP_BITS | mark;

	/* Release: whoever reads this word, in BPF, sees the identity that belongs to it. */
	__atomic_store_n(&slots->shared[number].word, word, __ATOMIC_RELEASE);
}

void slots_arm(struct slots *slots, uint32_t number, uint64_t nonce, uint32_t address,
	       uint16_t payload_sum, uint16_t payload_bytes)
{
	struct sonde_slot *shared = &slots->shared[number];
	int is_kernel = slots->own[number].path == SLOT_KERNEL;

	shared->nonce = nonce;
	shared->address = address;
	shared->payload_sum = payload_sum;
	shared->payload_bytes = payload_bytes;
	set_word(slots, number, is_kernel ? SONDE_MARK_ARMED : SONDE_MARK_CLOSED);
}

const struct sonde_slot *slots_shared(const struct slots *slots, uint32_t number)
{
	return &slots->shared[number];
}

static void set_state(struct slots *slots, uint32_t number, enum slot_state state)
{
	struct slot *slot = &slots->own[number];

	slots->open -= slot->state == SLOT_OPEN;
	slots->late -= slot->state == SLOT_LATE;
	slots->late += state == SLOT_LATE;
	slot->state = state;
}

void slots_done(struct slots *slots, uint32_t number)
{
	set_state(slots, number, SLOT_DONE);
}

void slots_withdraw(struct slots *slots, uint32_t number)
{
	set_word(slots, number, SONDE_MARK_CLOSED);
	set_state(slots, number, SLOT_DONE);
}

uint64_t slots_word(const struct slots *slots, uint32_t number)
{
	const struct slot *slot = &slots->own[number];

	if (slot->path == SLOT_SOCKET)
		return (uint64_t)slot->generation << SONDE_STAMP_BITS |
		       ((uint64_t)slot->tx_ns & SONDE_STAMP_MASK);
	/* Acquire: pairs with the exchange in BPF; the record may be read after it. */
	return __atomic_load_n(&slots->shared[number].word, __ATOMIC_ACQUIRE);
}

int slots_claim(struct slots *slots, uint32_t number, uint64_t *ret_word)
{
	__u64 *word = &slots->shared[number].word, seen = slots_word(slots, number), mark;

	do {
		mark = seen & SONDE_STAMP_MASK;
		if (mark != SONDE_MARK_ARMED && mark <= SONDE_MARK_LAST)
			return -EALREADY;
		/* Acquire and release: BPF does the same exchange, and only one of us may win. */
	} while (!__atomic_compare_exchange_n(word, &seen, (seen ^ mark) | SONDE_MARK_TAKEN, 0,
					      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	*ret_word = seen;
	return 0;
}

/* ns since the packet left: by its send stamp if there is one, by user space's clock if not. */
static int64_t age(const struct slot *slot, uint64_t mark, int64_t now_ns)
{
	const unsigned unused_bits = 64 - SONDE_STAMP_BITS;

	if (mark <= SONDE_MARK_LAST)
		return now_ns - slot->sent_ns;
	/* modulo 2^48, signed: the stamp may be younger than now_ns */
	return (int64_t)(((uint64_t)now_ns - mark) << unused_bits) >> unused_bits;
}

/* Close one OPEN slot whose clock has run out. Return: 0 when it has to wait for its record. */
static int time_out(struct slots *slots, uint32_t number, int64_t timeout_ns, int64_t now_ns,
		    enum slot_verdict *ret)
{
	uint64_t mark = slots_word(slots, number) & SONDE_STAMP_MASK;
	int64_t age_ns = age(&slots->own[number], mark, now_ns);

	if (age_ns < timeout_ns + SLOT_GRACE_NS)
		return 0;
	if (mark == SONDE_MARK_TAKEN && age_ns < timeout_ns + SLOT_HOLD_NS)
		return 0;
	*ret = mark == SONDE_MARK_TAKEN || mark == SONDE_MARK_NO_ROOM ? SLOT_DROPPED : SLOT_LOST;
	set_state(slots, number, *ret == SLOT_LOST ? SLOT_LATE : SLOT_DONE);
	return 1;
}

static void expire_due(struct slots *slots, uint32_t i, int64_t now_ns,
		       void (*fn)(void *arg, uint32_t number, enum slot_verdict verdict), void *arg)
{
	enum slot_verdict verdict;
	struct class *class;
	uint32_t number;

	for (;;) {
		class = &slots->classes[i]; /* @fn may have added one and moved them */
		settle(slots, &class->due);
		if (is_same(&class->due, &class->next))
			return;
		number = number_at(&class->due);
		if (slots->own[number].state != SLOT_OPEN) {
			class->due.offset++;
			continue;
		}
		if (!time_out(slots, number, class->timeout_ns, now_ns, &verdict))
			return;
		class->due.offset++;
		fn(arg, number, verdict);
	}
}

static void expire_late(struct slots *slots, struct class *class, int64_t now_ns)
{
	int64_t keep_ns = class->timeout_ns + class->late_ns + SLOT_GRACE_NS;
	uint32_t number, chunk;

	while (!is_same(&class->free, &class->due)) {
		if (class->free.offset == SLOT_CHUNK) {
			chunk = class->free.chunk;
			settle(slots, &class->free);
			release(slots, chunk);
			continue;
		}
		number = number_at(&class->free);
		if (now_ns - slots->own[number].sent_ns < keep_ns)
			return;
		set_word(slots, number, SONDE_MARK_CLOSED);
		set_state(slots, number, SLOT_FREE);
		class->free.offset++;
	}
}

/* An empty class begins its chunk anew, so that a slow one lives on a single chunk; without users
 * it gives the chunk back. */
static void rewind_empty(struct slots *slots, struct class *class)
{
	const struct cursor none = { SLOT_NONE, 0 };
	struct cursor first = { class->next.chunk, 0 };

	if (class->next.chunk == SLOT_NONE || !is_same(&class->free, &class->next))
		return;
	if (!class->users) {
		release(slots, class->next.chunk);
		first = none;
	} else if (class->next.offset < SLOT_CHUNK) {
		return;
	}
	class->free = class->due = class->next = first;
}

void slots_expire(struct slots *slots, int64_t now_ns,
		  void (*fn)(void *arg, uint32_t number, enum slot_verdict verdict), void *arg)
{
	for (uint32_t i = 0; i < slots->nclasses; i++) {
		if (slots->classes[i].next.chunk == SLOT_NONE)
			continue;
		expire_due(slots, i, now_ns, fn, arg);
		expire_late(slots, &slots->classes[i], now_ns);
		rewind_empty(slots, &slots->classes[i]);
	}
}

uint32_t slots_in_flight(const struct slots *slots)
{
	return slots->open;
}

uint32_t slots_late_open(const struct slots *slots)
{
	return slots->late;
}

uint32_t slots_count(const struct slots *slots)
{
	return slots->count;
}
