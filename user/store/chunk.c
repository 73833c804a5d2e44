// SPDX-License-Identifier: GPL-2.0 OR MIT
/* chunk.c - the contract is in chunk.h, the bytes are in FORMAT.md. */
#include "store/chunk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
#include "store/crc32c.h"

#define MAGIC         0x6b68436eu /* "nChk" */
#define CRC_AT        8           /* the CRC covers what lies before and behind it */
#define NARROW_RTT_NS (1ll << 40)
#define IS_ERROR      0x40 /* in the class byte: the detail is an errno */

static const uint32_t record_bytes[CHUNK_LAYOUT_MAX] = { 32, 44 };

static int compare(const void *left, const void *right)
{
	const struct sample *a = left, *b = right;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->sent_wall_ns != b->sent_wall_ns)
		return a->sent_wall_ns < b->sent_wall_ns ? -1 : 1;
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	if (a->attempt != b->attempt)
		return a->attempt < b->attempt ? -1 : 1;
	return (a->kind > b->kind) - (a->kind < b->kind);
}

void chunk_sort(struct sample *samples, size_t n)
{
	qsort(samples, n, sizeof(*samples), compare);
}

static int is_narrow(const struct sample *s)
{
	return s->rtt_ns >= 0 && s->rtt_ns < NARROW_RTT_NS && s->kind < 4 && s->class < 16 &&
	       !(s->error && (s->icmp_type || s->icmp_code));
}

/* Take @s into the chunk's span unless that grows too long. */
static int widen(struct chunk *c, int64_t sent_wall_ns)
{
	int64_t min = sent_wall_ns < c->min_sent_wall_ns ? sent_wall_ns : c->min_sent_wall_ns;
	int64_t max = sent_wall_ns > c->max_sent_wall_ns ? sent_wall_ns : c->max_sent_wall_ns;

	if ((uint64_t)max - (uint64_t)min > CHUNK_SPAN_NS)
		return 0;
	c->min_sent_wall_ns = min;
	c->max_sent_wall_ns = max;
	return 1;
}

size_t chunk_plan(struct chunk *chunk, const struct sample *samples, size_t n)
{
	int narrow = is_narrow(samples);
	size_t i, room;

	*chunk = (struct chunk){
		.layout = narrow ? CHUNK_NARROW : CHUNK_WIDE,
		.epoch = narrow ? samples->epoch : 0,
		.first_id = samples->id,
		.min_sent_wall_ns = samples->sent_wall_ns,
		.max_sent_wall_ns = samples->sent_wall_ns,
	};
	room = (CHUNK_BYTES_MAX - CHUNK_HEADER_BYTES) / record_bytes[chunk->layout];
	for (i = 1; i < n && i < room; i++) {
		if (is_narrow(&samples[i]) != narrow ||
		    (narrow && samples[i].epoch != chunk->epoch) ||
		    !widen(chunk, samples[i].sent_wall_ns))
			break;
	}
	chunk->last_id = samples[i - 1].id;
	chunk->n = (uint32_t)i;
	return i;
}

size_t chunk_bytes(const struct chunk *chunk)
{
	return CHUNK_HEADER_BYTES + (size_t)chunk->n * record_bytes[chunk->layout];
}

static void put_narrow(const struct chunk *c, const struct sample *s, uint8_t *at)
{
	uint64_t detail = s->error ? s->error : (uint64_t)s->icmp_type | s->icmp_code << 8;

	bytes_put_le(at, s->id, 8);
	bytes_put_le(at + 8, (uint64_t)s->sent_wall_ns - (uint64_t)c->min_sent_wall_ns, 6);
	bytes_put_le(at + 14, (uint64_t)s->rtt_ns, 5);
	bytes_put_le(at + 19, s->attempt, 4);
	bytes_put_le(at + 23, s->submit_delay_ns, 4);
	at[27] = (uint8_t)(s->class | s->kind << 4 | (s->error ? IS_ERROR : 0));
	at[28] = s->stamp;
	at[29] = s->ttl;
	bytes_put_le(at + 30, detail, 2);
}

static void get_narrow(const struct chunk *c, const uint8_t *at, struct sample *s)
{
	s->id = bytes_get_le(at, 8);
	s->sent_wall_ns = (int64_t)((uint64_t)c->min_sent_wall_ns + bytes_get_le(at + 8, 6));
	s->rtt_ns = (int64_t)bytes_get_le(at + 14, 5);
	s->attempt = (uint32_t)bytes_get_le(at + 19, 4);
	s->epoch = c->epoch;
	s->submit_delay_ns = (uint32_t)bytes_get_le(at + 23, 4);
	s->class = at[27] & 15;
	s->kind = at[27] >> 4 & 3;
	s->stamp = at[28];
	s->ttl = at[29];
	if (at[27] & IS_ERROR) {
		s->error = (uint16_t)bytes_get_le(at + 30, 2);
	} else {
		s->icmp_type = at[30];
		s->icmp_code = at[31];
	}
}

static void put_wide(const struct sample *s, uint8_t *at)
{
	bytes_put_le(at, s->id, 8);
	bytes_put_le(at + 8, (uint64_t)s->sent_wall_ns, 8);
	bytes_put_le(at + 16, (uint64_t)s->rtt_ns, 8);
	bytes_put_le(at + 24, s->attempt, 4);
	bytes_put_le(at + 28, s->epoch, 4);
	bytes_put_le(at + 32, s->submit_delay_ns, 4);
	at[36] = s->kind;
	at[37] = s->class;
	at[38] = s->stamp;
	at[39] = s->ttl;
	at[40] = s->icmp_type;
	at[41] = s->icmp_code;
	bytes_put_le(at + 42, s->error, 2);
}

static void get_wide(const uint8_t *at, struct sample *s)
{
	s->id = bytes_get_le(at, 8);
	s->sent_wall_ns = (int64_t)bytes_get_le(at + 8, 8);
	s->rtt_ns = (int64_t)bytes_get_le(at + 16, 8);
	s->attempt = (uint32_t)bytes_get_le(at + 24, 4);
	s->epoch = (uint32_t)bytes_get_le(at + 28, 4);
	s->submit_delay_ns = (uint32_t)bytes_get_le(at + 32, 4);
	s->kind = at[36];
	s->class = at[37];
	s->stamp = at[38];
	s->ttl = at[39];
	s->icmp_type = at[40];
	s->icmp_code = at[41];
	s->error = (uint16_t)bytes_get_le(at + 42, 2);
}

static uint32_t value_crc(const uint8_t *at, size_t len)
{
	return crc32c(crc32c(0, at, CRC_AT), at + CRC_AT + 4, len - CRC_AT - 4);
}

void chunk_encode(const struct chunk *chunk, const struct sample *samples, void *bytes)
{
	uint8_t *at = bytes, *record = at + CHUNK_HEADER_BYTES;

	bytes_put_le(at, MAGIC, 4);
	bytes_put_le(at + 4, CHUNK_VERSION, 2);
	bytes_put_le(at + 6, chunk->layout, 2);
	bytes_put_le(at + 12, chunk->n, 4);
	bytes_put_le(at + 16, chunk->commit, 8);
	bytes_put_le(at + 24, chunk->number, 4);
	bytes_put_le(at + 28, chunk->epoch, 4);
	bytes_put_le(at + 32, chunk->first_id, 8);
	bytes_put_le(at + 40, chunk->last_id, 8);
	bytes_put_le(at + 48, (uint64_t)chunk->min_sent_wall_ns, 8);
	bytes_put_le(at + 56, (uint64_t)chunk->max_sent_wall_ns, 8);
	bytes_put_le(at + 64, (uint64_t)chunk->commit_wall_ns, 8);
	for (uint32_t i = 0; i < chunk->n; i++, record += record_bytes[chunk->layout]) {
		if (chunk->layout == CHUNK_NARROW)
			put_narrow(chunk, &samples[i], record);
		else
			put_wide(&samples[i], record);
	}
	bytes_put_le(at + CRC_AT, value_crc(at, chunk_bytes(chunk)), 4);
}

int chunk_open(struct chunk *chunk, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	if (len < CHUNK_HEADER_BYTES || bytes_get_le(at, 4) != MAGIC ||
	    bytes_get_le(at + CRC_AT, 4) != value_crc(at, len))
		return -EBADMSG;
	if (bytes_get_le(at + 4, 2) > CHUNK_VERSION || bytes_get_le(at + 6, 2) >= CHUNK_LAYOUT_MAX)
		return -EPROTONOSUPPORT;
	*chunk = (struct chunk){
		.layout = (uint32_t)bytes_get_le(at + 6, 2),
		.n = (uint32_t)bytes_get_le(at + 12, 4),
		.commit = bytes_get_le(at + 16, 8),
		.number = (uint32_t)bytes_get_le(at + 24, 4),
		.epoch = (uint32_t)bytes_get_le(at + 28, 4),
		.first_id = bytes_get_le(at + 32, 8),
		.last_id = bytes_get_le(at + 40, 8),
		.min_sent_wall_ns = (int64_t)bytes_get_le(at + 48, 8),
		.max_sent_wall_ns = (int64_t)bytes_get_le(at + 56, 8),
		.commit_wall_ns = (int64_t)bytes_get_le(at + 64, 8),
		.records = at + CHUNK_HEADER_BYTES,
	};
	if (!chunk->n || len != chunk_bytes(chunk) || chunk->first_id > chunk->last_id ||
	    chunk->min_sent_wall_ns > chunk->max_sent_wall_ns ||
	    (uint64_t)chunk->max_sent_wall_ns - (uint64_t)chunk->min_sent_wall_ns > CHUNK_SPAN_NS)
		return -EBADMSG;
	return 0;
}

uint64_t chunk_id(const struct chunk *chunk, uint32_t i)
{
	return bytes_get_le(chunk->records + (size_t)i * record_bytes[chunk->layout], 8);
}

uint32_t chunk_find(const struct chunk *chunk, uint64_t id)
{
	uint32_t low = 0, high = chunk->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (chunk_id(chunk, middle) < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void chunk_sample(const struct chunk *chunk, uint32_t i, struct sample *ret)
{
	const uint8_t *at = chunk->records + (size_t)i * record_bytes[chunk->layout];

	memset(ret, 0, sizeof(*ret));
	if (chunk->layout == CHUNK_NARROW)
		get_narrow(chunk, at, ret);
	else
		get_wide(at, ret);
}
