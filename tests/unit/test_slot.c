// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_slot.c - order of expiry, full rings, generations, and exactly one end for every attempt. */
#include "probe/slot.c"

#include <string.h>

#include "../tap.h"

#define MS      1000000ll
#define START   (1000000 * MS)
#define TIMEOUT (100 * MS)
#define LATE    (400 * MS)
#define ALL     1024

static struct sonde_slot shared[ALL];

struct log {
	struct slots *slots;
	uint32_t number[ALL];
	enum slot_verdict verdict[ALL];
	unsigned n;
};

static void note(void *arg, uint32_t number, enum slot_verdict verdict)
{
	struct log *log = arg;

	log->number[log->n] = number;
	log->verdict[log->n++] = verdict;
}

static struct slots *fresh(uint32_t count)
{
	struct slots *slots;

	memset(shared, 0, sizeof(shared));
	if (slots_new(&slots, shared, count))
		abort();
	return slots;
}

static uint32_t launch(struct slots *slots, int class, int64_t now_ns, enum slot_path path)
{
	uint32_t number = slots_take(slots, class, now_ns);

	if (number == SLOT_NONE)
		return number;
	slots_get(slots, number)->path = path;
	slots_arm(slots, number, number + 7, 42, 3, 56);
	return number;
}

/* What BPF does: exchange the mark, keep the generation. */
static uint64_t mark(uint32_t number, uint64_t value)
{
	uint64_t before = shared[number].word;

	shared[number].word = (before & ~SONDE_STAMP_MASK) | value;
	return before;
}

static void test_life(void)
{
	struct slots *slots = fresh(ALL);
	int class = slots_class_open(slots, TIMEOUT, LATE);
	uint32_t a = launch(slots, class, START, SLOT_KERNEL);
	uint32_t b = launch(slots, class, START + 1, SLOT_KERNEL);
	struct log log = { 0 };

	ok(a != b && shared[a].word == 1ull << 48 && shared[a].nonce == a + 7 &&
		   shared[a].address == 42 && shared[a].payload_bytes == 56,
	   "an armed slot carries generation 1, no stamp, and the probe's identity");
	ok(slots_in_flight(slots) == 2, "two are in flight");
	slots_done(slots, a);
	slots_expire(slots, START + TIMEOUT + SLOT_GRACE_NS, note, &log);
	ok(log.n == 0, "nothing expires before timeout and grace");
	slots_expire(slots, START + TIMEOUT + SLOT_GRACE_NS + 1, note, &log);
	ok(log.n == 1 && log.number[0] == b && log.verdict[0] == SLOT_LOST,
	   "the unanswered one is lost, the answered one is not");
	ok(slots_in_flight(slots) == 0 && slots_late_open(slots) == 1, "its late window is open");
	slots_expire(slots, START + TIMEOUT + LATE + SLOT_GRACE_NS + 1, note, &log);
	ok(!slots_get(slots, a) && !slots_get(slots, b) && slots_late_open(slots) == 0,
	   "both are free after the late window");
	ok((shared[b].word & SONDE_STAMP_MASK) == SONDE_MARK_CLOSED, "and closed to the kernel");
	ok(log.n == 1, "the end of the late window is no second verdict");
	slots_free(slots);
}

static void test_words(void)
{
	struct slots *slots = fresh(ALL);
	int class = slots_class_open(slots, TIMEOUT, LATE);
	int64_t over = START + TIMEOUT + SLOT_GRACE_NS + MS;
	struct log log = { 0 };
	uint32_t a = launch(slots, class, START, SLOT_KERNEL);

	mark(a, SONDE_MARK_NO_ROOM);
	slots_expire(slots, over, note, &log);
	ok(log.n == 1 && log.verdict[0] == SLOT_DROPPED, "answered without room is dropped");

	log.n = 0;
	a = launch(slots, class, START, SLOT_KERNEL);
	mark(a, SONDE_MARK_TAKEN);
	slots_expire(slots, over, note, &log);
	ok(log.n == 0, "an answer whose record is still to come is waited for");
	slots_expire(slots, START + TIMEOUT + SLOT_HOLD_NS, note, &log);
	ok(log.n == 1 && log.verdict[0] == SLOT_DROPPED, "but not for ever: dropped");

	log.n = 0;
	a = launch(slots, class, START, SLOT_KERNEL);
	mark(a, (uint64_t)(START + 50 * MS) & SONDE_STAMP_MASK);
	slots_expire(slots, over, note, &log);
	ok(log.n == 0, "the timeout runs from the send stamp");
	slots_expire(slots, over + 50 * MS, note, &log);
	ok(log.n == 1 && log.verdict[0] == SLOT_LOST, "and ends");

	log.n = 0;
	a = launch(slots, class, START, SLOT_SOCKET);
	ok((shared[a].word & SONDE_STAMP_MASK) == SONDE_MARK_CLOSED,
	   "a slot of the socket path is closed to the kernel");
	slots_withdraw(slots, a);
	slots_expire(slots, over, note, &log);
	ok(log.n == 0 && slots_in_flight(slots) == 0, "a withdrawn one never times out");
	slots_free(slots);
}

/* The stamp's 48 bits wrap every 78 hours. */
static void test_stamp_wrap(void)
{
	struct slots *slots = fresh(ALL);
	int class = slots_class_open(slots, TIMEOUT, LATE);
	int64_t wrap = 1ll << SONDE_STAMP_BITS;
	struct log log = { 0 };
	uint32_t a = launch(slots, class, wrap - 10 * MS, SLOT_KERNEL);

	mark(a, (uint64_t)(wrap - 9 * MS) & SONDE_STAMP_MASK);
	slots_expire(slots, wrap + 90 * MS, note, &log);
	ok(log.n == 0, "in time on the other side of the wrap");
	slots_expire(slots, wrap + 97 * MS, note, &log);
	ok(log.n == 1, "and over there too");
	slots_free(slots);
}

static void test_full(void)
{
	struct slots *slots = fresh(2 * SLOT_CHUNK);
	int fast = slots_class_open(slots, TIMEOUT, 0),
	    slow = slots_class_open(slots, 10 * TIMEOUT, 0);
	struct log log = { 0 };
	unsigned n = 0;

	ok(slots_class_open(slots, TIMEOUT, 0) == fast, "the same times are the same class");
	slots_class_close(slots, fast);
	launch(slots, slow, START, SLOT_KERNEL);
	while (launch(slots, fast, START, SLOT_KERNEL) != SLOT_NONE)
		n++;
	ok(n == SLOT_CHUNK, "a class takes what chunks are left, then there is none");
	for (n = 1; launch(slots, slow, START, SLOT_KERNEL) != SLOT_NONE;)
		n++;
	ok(n == SLOT_CHUNK, "another class still fills its own chunk");
	slots_expire(slots, START + TIMEOUT + SLOT_GRACE_NS, note, &log);
	ok(log.n == SLOT_CHUNK, "a full class expires whole");
	for (n = 0; launch(slots, fast, START + 2 * TIMEOUT, SLOT_KERNEL) != SLOT_NONE;)
		n++;
	ok(n == SLOT_CHUNK, "and can be taken again");
	log.n = 0;
	slots_class_close(slots, fast);
	slots_expire(slots, START + 4 * TIMEOUT, note, &log);
	ok(log.n == SLOT_CHUNK, "a class without users still expires");
	ok(launch(slots, slow, START + 4 * TIMEOUT, SLOT_KERNEL) != SLOT_NONE,
	   "and gives its chunk to others");
	slots_free(slots);
}

static void test_order(void)
{
	struct slots *slots = fresh(ALL);
	int class = slots_class_open(slots, TIMEOUT, LATE);
	uint32_t sent[200];
	struct log log = { 0 };
	int in_order = 1;

	for (unsigned i = 0; i < 200; i++)
		sent[i] = launch(slots, class, START + i, SLOT_KERNEL);
	slots_expire(slots, START + 99 + TIMEOUT + SLOT_GRACE_NS, note, &log);
	ok(log.n == 100, "exactly those that are due expire");
	slots_expire(slots, START + 10 * TIMEOUT, note, &log);
	for (unsigned i = 0; i < 200; i++)
		in_order &= log.number[i] == sent[i];
	ok(log.n == 200 && in_order, "in the order in which they were taken, over chunks");
	slots_free(slots);
}

static void test_generations(void)
{
	struct slots *slots = fresh(SLOT_CHUNK);
	int class = slots_class_open(slots, 0, 0);
	int64_t now = START;
	struct log log = { 0 };
	int steps = 1;
	uint16_t before = 0, seen;

	for (unsigned round = 0; round < 70000; round++) {
		log.n = 0;
		for (unsigned i = 0; i < SLOT_CHUNK; i++)
			launch(slots, class, now, SLOT_KERNEL);
		seen = (uint16_t)(shared[5].word >> SONDE_STAMP_BITS);
		steps &= seen == (uint16_t)(before + 1);
		before = seen;
		now += SLOT_GRACE_NS;
		slots_expire(slots, now, note, &log);
	}
	ok(steps && before == (uint16_t)70000,
	   "each use of a slot is a new generation, modulo 2^16");
	slots_free(slots);
}

/* The model: what each slot holds and how its attempt has ended so far. */
struct tenant {
	int64_t sent_ns, timeout_ns, late_ns;
	int in_use, ends, is_lost;
};

struct model {
	struct slots *slots;
	struct tenant tenants[ALL];
	int64_t now_ns;
	unsigned launched, ended, wrong;
};

static void end(struct model *model, uint32_t number)
{
	struct tenant *tenant = &model->tenants[number];

	model->wrong += !tenant->in_use || tenant->ends++;
	model->ended++;
}

static void on_verdict(void *arg, uint32_t number, enum slot_verdict verdict)
{
	struct model *model = arg;
	struct tenant *tenant = &model->tenants[number];
	uint64_t seen = shared[number].word & SONDE_STAMP_MASK;

	end(model, number);
	tenant->is_lost = verdict == SLOT_LOST;
	model->wrong += model->now_ns - tenant->sent_ns < tenant->timeout_ns;
	model->wrong += (verdict == SLOT_DROPPED) !=
			(seen == SONDE_MARK_NO_ROOM || seen == SONDE_MARK_TAKEN);
}

static void model_launch(struct model *model, int class, int64_t timeout_ns, int64_t late_ns)
{
	uint32_t number = launch(model->slots, class, model->now_ns, SLOT_KERNEL);
	struct tenant *tenant;

	if (number == SLOT_NONE)
		return;
	tenant = &model->tenants[number];
	/* a slot may have a new tenant only when the old one ended and its window is over */
	model->wrong += tenant->in_use &&
			(!tenant->ends ||
			 model->now_ns - tenant->sent_ns < tenant->timeout_ns + tenant->late_ns);
	*tenant = (struct tenant){ model->now_ns, timeout_ns, late_ns, 1, 0, 0 };
	model->launched++;
}

static void model_packet(struct model *model, uint32_t number)
{
	struct slot *slot = slots_get(model->slots, number);
	uint64_t seen = shared[number].word & SONDE_STAMP_MASK;

	if (!slot || (seen <= SONDE_MARK_LAST && seen != SONDE_MARK_ARMED))
		return;
	switch (rand() % 8) {
	case 0:
		mark(number, SONDE_MARK_NO_ROOM);
		break;
	case 1: /* the record stays in the ring for ever */
		mark(number, SONDE_MARK_TAKEN);
		break;
	case 2:
	case 3:
		mark(number, (uint64_t)model->now_ns & SONDE_STAMP_MASK);
		break;
	default:
		mark(number, SONDE_MARK_TAKEN);
		if (slot->state == SLOT_OPEN)
			end(model, number);
		slots_done(model->slots, number);
	}
}

static unsigned open_in(const struct model *model)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ALL; i++)
		n += model->tenants[i].in_use && !model->tenants[i].ends;
	return n;
}

static void test_property(void)
{
	static struct model model;
	static const int64_t times[3][2] = { { 20, 0 }, { 50, 100 }, { 300, 30 } };
	int class[3];

	srand(1);
	model = (struct model){ .slots = fresh(ALL), .now_ns = START };
	for (int i = 0; i < 3; i++)
		class[i] = slots_class_open(model.slots, times[i][0] * MS, times[i][1] * MS);
	for (unsigned step = 0; step < 300000; step++) {
		int i = rand() % 3;

		model.now_ns += rand() % MS;
		if (rand() % 2)
			model_launch(&model, class[i], times[i][0] * MS, times[i][1] * MS);
		else
			model_packet(&model, (uint32_t)rand() % ALL);
		if (rand() % 4 == 0)
			slots_expire(model.slots, model.now_ns, on_verdict, &model);
		if (step % 1000 == 0)
			model.wrong += open_in(&model) != slots_in_flight(model.slots);
	}
	model.now_ns += 10000 * MS;
	slots_expire(model.slots, model.now_ns, on_verdict, &model);
	ok(model.launched > 50000, "%u attempts under random events", model.launched);
	ok(model.ended == model.launched, "each ends");
	ok(!model.wrong, "exactly once, never early, and no slot is reused before its time");
	ok(!slots_in_flight(model.slots) && !slots_late_open(model.slots), "nothing stays behind");
	slots_free(model.slots);
}

int main(void)
{
	struct slots *slots;

	ok(slots_new(&slots, shared, 0) == -EINVAL && slots_new(&slots, shared, 65) == -EINVAL &&
		   slots_new(&slots, shared, 1u << 23) == -EINVAL,
	   "odd sizes are refused");
	test_life();
	test_words();
	test_stamp_wrap();
	test_full();
	test_order();
	test_generations();
	test_property();
	return tap_done();
}
