/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * chunk.h - a journal value: samples of one commit, sorted, with a header and a
 * CRC32C. FORMAT.md has the bytes.
 *
 * Records have a fixed size within a chunk, so that one check is found by
 * bisection. Two layouts: narrow (32 bytes) takes what a healthy prober
 * produces, wide (44 bytes) any struct sample at all.
 */
#ifndef STORE_CHUNK_H
#define STORE_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "domain/repository.h"

/* Two pages minus LMDB's page header: an overflow run without slack. */
#define CHUNK_BYTES_MAX    (2 * 4096 - 16)
#define CHUNK_HEADER_BYTES 72
#define CHUNK_VERSION      1

/* A chunk's samples lie so close together that its minutes can be enumerated. */
#define CHUNK_SPAN_NS (60 * 60000000000ll)

enum chunk_layout {
	CHUNK_NARROW,
	CHUNK_WIDE,
	CHUNK_LAYOUT_MAX,
};

struct chunk {
	uint64_t commit;   /* number of the commit, from 1 */
	uint32_t number;   /* within the commit, from 0 */
	uint32_t n;        /* samples, at least 1 */
	uint32_t epoch;    /* of all samples; 0 when wide */
	uint32_t layout;   /* enum chunk_layout */
	uint64_t first_id; /* lowest and highest check */
	uint64_t last_id;
	int64_t min_sent_wall_ns; /* earliest and latest sample */
	int64_t max_sent_wall_ns;
	int64_t commit_wall_ns; /* when it was written */
	const uint8_t *records; /* chunk_open(): inside the caller's bytes */
};

/** chunk_sort() - the order samples have in a commit: check, time of sending, then the rest. */
void chunk_sort(struct sample *samples, size_t n);

/**
 * chunk_plan() - how many of the sorted @samples the next chunk takes.
 * @n:     at least 1.
 * @chunk: filled except commit, number, commit_wall_ns and records.
 * Return: samples taken, at least 1.
 */
size_t chunk_plan(struct chunk *chunk, const struct sample *samples, size_t n);

/** chunk_bytes() - size of the value, at most CHUNK_BYTES_MAX. */
size_t chunk_bytes(const struct chunk *chunk);

/** chunk_encode() - write the value. @bytes: room for chunk_bytes(). */
void chunk_encode(const struct chunk *chunk, const struct sample *samples, void *bytes);

/**
 * chunk_open() - check a value completely and read its header; nothing is copied.
 * @bytes: outlives @chunk.
 * Return: 0, -EBADMSG (damaged), -EPROTONOSUPPORT (newer layout or version).
 */
int chunk_open(struct chunk *chunk, const void *bytes, size_t len);

/** chunk_find() - index of the first sample whose id is @id or above; n when there is none. */
uint32_t chunk_find(const struct chunk *chunk, uint64_t id);

/** chunk_id() - id of sample @i < n. */
uint64_t chunk_id(const struct chunk *chunk, uint32_t i);

/** chunk_sample() - sample @i < n. */
void chunk_sample(const struct chunk *chunk, uint32_t i, struct sample *ret);

#endif /* STORE_CHUNK_H */
