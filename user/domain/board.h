/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * board.h - what the judge shows to readers: the latest table, counters, the
 * event ring. One memfd, written by the prober, mapped read-only by the web.
 *
 * A row is 64 bytes under a sequence count: the judge is its only writer and
 * never waits; a reader copies and tries again when the count moved. Events are
 * a ring of fixed records with ever growing sequence numbers: a reader that is
 * too slow loses the oldest and can tell how many. Counters and heartbeats are
 * single words. Nothing a reader does can hold up the writer.
 */
#ifndef DOMAIN_BOARD_H
#define DOMAIN_BOARD_H

#include <stdint.h>

#include "domain/result.h"

#define BOARD_EVENTS 4096 /* power of two */
#define BOARD_RECENT 32   /* attempts in the row's bitmaps */

enum board_state {
	BOARD_FREE, /* no check in this row */
	BOARD_PENDING,
	BOARD_UP,
	BOARD_DEGRADED,
	BOARD_DOWN,
	BOARD_UNKNOWN,
};

struct board_row {
	uint32_t sequence;     /* odd while the judge writes */
	uint32_t generation;   /* which tenant of this row */
	uint64_t id;           /* check */
	int64_t sent_wall_ns;  /* of the last attempt */
	int64_t rtt_ns;        /* of the last answer */
	uint32_t attempts;     /* since start, wraps */
	uint32_t lost;         /* lost, late and icmp_error since start, wraps */
	uint32_t recent;       /* bit i: the attempt i ago was answered */
	uint32_t recent_local; /* bit i: it ended on our side, so bit i of recent says nothing */
	uint32_t rtt_mean_ns;  /* exponential, weight 1/16, saturating; 0 before the first answer */
	uint32_t rtt_deviation_ns; /* likewise of |rtt - mean| */
	uint8_t state;             /* enum board_state */
	uint8_t class;             /* enum result_class of the last attempt */
	uint8_t stamp;             /* enum result_stamp */
	uint8_t ttl;
	uint32_t changed; /* board tick of the last change, for delta streams */
};
_Static_assert(sizeof(struct board_row) == 64, "a row fills one cache line");

enum board_event_kind {
	BOARD_EVENT_STATE = 1, /* old -> state */
	BOARD_EVENT_REGISTERED,
	BOARD_EVENT_DELETED,
};

struct board_event {
	uint64_t sequence; /* from 1; 0: never written */
	uint64_t id;       /* check */
	int64_t wall_ns;
	uint8_t kind;             /* enum board_event_kind */
	uint8_t old_state, state; /* enum board_state */
	uint8_t class;            /* of the attempt that caused it */
	uint32_t row;
	char text[32]; /* short name of the check, cut at a UTF-8 boundary, terminated */
};
_Static_assert(sizeof(struct board_event) == 64, "an event fills one cache line");

/* Words anybody in the prober may add to and every reader may read. */
enum board_counter {
	BOARD_ATTEMPTS, /* closed, then one per class: BOARD_CLASS_0 + enum result_class */
	BOARD_CLASS_0,
	BOARD_PACKET_0 = BOARD_CLASS_0 + RESULT_CLASS_MAX,
	BOARD_RESULTS_DROPPED = BOARD_PACKET_0 + RESULT_PACKET_MAX, /* probe -> judge ring full */
	BOARD_STORE_QUEUED,  /* results waiting for the writer (gauge) */
	BOARD_STORE_DROPPED, /* given up because the store could not keep up */
	BOARD_STORE_COMMITS,
	BOARD_STORE_ERRORS,
	BOARD_STORE_SAMPLES,
	BOARD_STORE_BYTES,      /* used bytes of the store (gauge) */
	BOARD_STORE_LAST_ERROR, /* errno of the last failed commit, 0 when the last one worked */
	BOARD_RING_NO_ROOM,     /* records refused by BPF rings */
	BOARD_FOREIGN,          /* foreign echo replies seen and passed */
	BOARD_LATENESS_US,      /* worst of the last second (gauge) */
	BOARD_LATENESS_SUM_US,
	BOARD_SUBMIT_SUM_NS,
	BOARD_TICKS,            /* loop turns of the probe thread */
	BOARD_CHECKS,           /* registered (gauge) */
	BOARD_RATE_MILLI,       /* configured probes per 1,000 s (gauge) */
	BOARD_RATE_CAP,         /* probes per second (gauge) */
	BOARD_REGISTRY_VERSION, /* grows with every committed change of a check */
	BOARD_CONFIG_OK,        /* 1: the configuration is in force */
	BOARD_FLOOR_P50_NS,     /* the built-in responder, last minute (gauge) */
	BOARD_FLOOR_P99_NS,
	BOARD_COUNTER_MAX = 64,
};

/* Threads that show they live: ns of CLOCK_MONOTONIC, written at every turn, at least each 100 ms. */
enum board_heart {
	BOARD_HEART_PROBE,
	BOARD_HEART_JUDGE,
	BOARD_HEART_WRITER,
	BOARD_HEART_MAX = 4,
};

struct board;

/**
 * board_new() - create the memfd and map it for writing.
 * @rows: capacity in checks, 1..4194304.
 * @ret:  the caller owns it and calls board_free().
 * Return: 0, -EINVAL, -ENOMEM or the errno of memfd_create/mmap.
 */
int board_new(struct board **ret, uint32_t rows);

/** board_attach() - map an existing memfd read-only; the fd stays the caller's. As board_new(). */
int board_attach(struct board **ret, int fd);

/** board_fd() - the memfd, for a reader in another process. */
int board_fd(const struct board *board);

/** board_free() - unmap; NULL is a no-op. */
void board_free(struct board *board);

/** board_rows() - capacity. Any thread. */
uint32_t board_rows(const struct board *board);

/** board_write_row() - publish @row (its sequence field is ignored). Judge only. */
void board_write_row(struct board *board, uint32_t index, const struct board_row *row);

/** board_read_row() - a consistent copy. Any thread. Return: 0, -EINVAL (index). */
int board_read_row(const struct board *board, uint32_t index, struct board_row *ret);

/** board_tick() - number of the judge's current turn; rows changed in it carry it. Any thread. */
uint32_t board_tick(const struct board *board);

/** board_next_tick() - begin a turn. Judge only. */
void board_next_tick(struct board *board);

/** board_emit() - append an event; @event->sequence is set here. Judge only. */
void board_emit(struct board *board, const struct board_event *event);

/** board_last_event() - highest sequence number written, 0 before the first. Any thread. */
uint64_t board_last_event(const struct board *board);

/**
 * board_read_event() - copy event @sequence.
 * Return: 0, -EAGAIN (not yet written), -ESTALE (overwritten: read on from
 * board_last_event() - BOARD_EVENTS + 1 and tell how many are gone).
 */
int board_read_event(const struct board *board, uint64_t sequence, struct board_event *ret);

/** board_epoch() - random id of this start; stream ids are epoch.sequence. Any thread. */
uint64_t board_epoch(const struct board *board);

/** board_add()/board_set()/board_get() - relaxed access to one counter. Any thread. */
void board_add(struct board *board, unsigned counter, uint64_t n);
void board_set(struct board *board, unsigned counter, uint64_t value);
uint64_t board_get(const struct board *board, unsigned counter);

/** board_beat() - this thread lives, at @now_ns. board_beat_age_ns(): since when silent. */
void board_beat(struct board *board, unsigned heart, int64_t now_ns);
int64_t board_beat_age_ns(const struct board *board, unsigned heart, int64_t now_ns);

/** board_state_name() - "pending", "up"... Any thread. */
const char *board_state_name(unsigned state);

#endif /* DOMAIN_BOARD_H */
