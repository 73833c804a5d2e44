// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Journal values: what goes in comes out, the bytes are those of FORMAT.md, damage is seen. */
#include "store/chunk.c"

#include "base/random.h"

#include "../tap.h"

#define N    2000
#define SENT 1767323045000000000ll

/* As printed in FORMAT.md. */
static const char vector_narrow[] =
	"6e43686b01000000eea04e2b0200000007000000000000000000000005000000"
	"080706050403020109070605040302010032961cf2ca861890029a1cf2ca8618"
	"00fc3058f2ca86180807060504030201000000000000745b0000001100000084"
	"0300000003400000090706050403020190d00300000000000000001200000000"
	"0000004600006500";
static const char vector_wide[] = "6e43686b0100010021bc03e00100000007000000000000000000000000000000"
				  "080706050403020108070605040302010032961cf2ca86180032961cf2ca8618"
				  "00fc3058f2ca861808070605040302010032961cf2ca8618ffffffffffffffff"
				  "11000000050000008403000000030100030d7100";

static void fill(struct sample *s, struct random_pool *pool, int wild)
{
	uint64_t a = random_u64(pool), b = random_u64(pool);

	memset(s, 0, sizeof(*s));
	s->id = a % 7;
	s->sent_wall_ns = wild ? (int64_t)b : (int64_t)(1700000000000000000ll + b % 60000000000ull);
	s->rtt_ns = wild && a & 256 ? (int64_t)random_u64(pool) : (int64_t)(b >> 30);
	s->attempt = (uint32_t)(a >> 8);
	s->epoch = wild ? (uint32_t)(a >> 62) : 3;
	s->submit_delay_ns = (uint32_t)(b >> 7);
	s->kind = wild && !(a & 0xf000) ? (uint8_t)(b >> 3) : (uint8_t)(a >> 20 & 3);
	s->class = (uint8_t)(a >> 24 & 15);
	s->stamp = (uint8_t)(a >> 28);
	s->ttl = (uint8_t)(a >> 36);
	if (a & 1ull << 44)
		s->error = (uint16_t)(a >> 45);
	if (!s->error || wild) {
		s->icmp_type = (uint8_t)(b >> 11);
		s->icmp_code = (uint8_t)(b >> 19);
	}
}

/* Encode all of them in chunks and decode again; narrow chunks are counted. */
static int round_trip(struct sample *samples, size_t n, unsigned *narrow)
{
	uint8_t bytes[CHUNK_BYTES_MAX + 64];
	struct chunk chunk, back;
	struct sample sample;

	chunk_sort(samples, n);
	for (size_t at = 0; at < n; at += chunk.n) {
		memset(bytes, 0xa5, sizeof(bytes));
		chunk_plan(&chunk, samples + at, n - at);
		chunk.commit = 77;
		chunk.number = (uint32_t)at;
		chunk.commit_wall_ns = -5;
		if (!chunk.n || chunk_bytes(&chunk) > CHUNK_BYTES_MAX)
			return 0;
		chunk_encode(&chunk, samples + at, bytes);
		*narrow += chunk.layout == CHUNK_NARROW;
		if (bytes[chunk_bytes(&chunk)] != 0xa5 ||
		    chunk_open(&back, bytes, chunk_bytes(&chunk)) || back.n != chunk.n ||
		    back.commit != 77 || back.number != at || back.commit_wall_ns != -5)
			return 0;
		for (uint32_t i = 0; i < back.n; i++) {
			chunk_sample(&back, i, &sample);
			if (memcmp(&sample, samples + at + i, sizeof(sample)))
				return 0;
		}
	}
	return 1;
}

static void test_find(void)
{
	struct sample samples[50] = { 0 };
	uint8_t bytes[CHUNK_BYTES_MAX];
	struct chunk chunk;
	int right = 1;

	for (unsigned i = 0; i < 50; i++)
		samples[i].id = 10 + i / 5 * 2;
	chunk_plan(&chunk, samples, 50);
	chunk_encode(&chunk, samples, bytes);
	right &= !chunk_open(&chunk, bytes, chunk_bytes(&chunk));
	for (uint64_t id = 0; id < 40; id++) {
		uint32_t i = chunk_find(&chunk, id);

		right &= i <= 50 && (i == 50 || chunk_id(&chunk, i) >= id) &&
			 (!i || chunk_id(&chunk, i - 1) < id);
	}
	ok(right, "a check is found by bisection, or the place where it would be");
}

static void test_damage(void)
{
	struct sample samples[20] = { 0 };
	uint8_t bytes[CHUNK_BYTES_MAX], copy[CHUNK_BYTES_MAX];
	struct chunk chunk;
	size_t len;
	unsigned seen = 0, cut = 0;

	for (unsigned i = 0; i < 20; i++)
		samples[i] = (struct sample){ .id = i, .sent_wall_ns = i, .rtt_ns = 5 };
	chunk_plan(&chunk, samples, 20);
	chunk_encode(&chunk, samples, bytes);
	len = chunk_bytes(&chunk);
	for (size_t bit = 0; bit < len * 8; bit++) {
		memcpy(copy, bytes, len);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		seen += chunk_open(&chunk, copy, len) == -EBADMSG;
	}
	ok(seen == len * 8, "each single flipped bit is seen");
	for (size_t shorter = 0; shorter < len; shorter++)
		cut += chunk_open(&chunk, bytes, shorter) == -EBADMSG;
	ok(cut == len, "each truncation is seen");
	bytes_put_le(bytes + 4, CHUNK_VERSION + 1, 2);
	bytes_put_le(bytes + CRC_AT, value_crc(bytes, len), 4);
	ok(chunk_open(&chunk, bytes, len) == -EPROTONOSUPPORT, "a newer version is refused");
	bytes_put_le(bytes + 4, CHUNK_VERSION, 2);
	bytes_put_le(bytes + 12, 0, 4);
	bytes_put_le(bytes + CRC_AT, value_crc(bytes, len), 4);
	ok(chunk_open(&chunk, bytes, len) == -EBADMSG, "a chunk of nothing is refused");
}

static void to_hex(const uint8_t *bytes, size_t n, char *text)
{
	for (size_t i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

static void test_vector(const char *name, const struct sample *samples, size_t n,
			const char *expected)
{
	uint8_t bytes[CHUNK_BYTES_MAX];
	struct chunk chunk;
	char text[1024];

	chunk_plan(&chunk, samples, n);
	chunk.commit = 7;
	chunk.commit_wall_ns = 1767323046000000000;
	chunk_encode(&chunk, samples, bytes);
	to_hex(bytes, chunk_bytes(&chunk), text);
	if (!ok(!strcmp(text, expected), "the %s vector of FORMAT.md", name))
		printf("# %s\n", text);
}

static void test_vectors(void)
{
	static const struct sample narrow[] = {
		{ .id = 0x0102030405060708,
		  .sent_wall_ns = SENT,
		  .rtt_ns = 23412,
		  .attempt = 17,
		  .epoch = 5,
		  .submit_delay_ns = 900,
		  .stamp = RESULT_STAMP_TC,
		  .ttl = 64 },
		{ .id = 0x0102030405060709,
		  .sent_wall_ns = SENT + 250000,
		  .attempt = 18,
		  .epoch = 5,
		  .class = RESULT_SEND_ERROR,
		  .error = 101 },
	};
	static const struct sample wide = {
		.id = 0x0102030405060708,
		.sent_wall_ns = SENT,
		.rtt_ns = -1,
		.attempt = 17,
		.epoch = 5,
		.submit_delay_ns = 900,
		.class = RESULT_ICMP_ERROR,
		.stamp = RESULT_STAMP_CLOCK,
		.icmp_type = 3,
		.icmp_code = 13,
		.error = 113,
	};

	test_vector("narrow", narrow, 2, vector_narrow);
	test_vector("wide", &wide, 1, vector_wide);
}

int main(void)
{
	static struct sample samples[N];
	struct random_pool pool = { .left = 0 };
	unsigned narrow = 0, wide_narrow = 0;

	for (unsigned i = 0; i < N; i++)
		fill(&samples[i], &pool, 0);
	ok(round_trip(samples, N, &narrow) && narrow == (N + 252) / 253,
	   "2,000 ordinary samples come back, 253 in a chunk");
	for (unsigned i = 0; i < N; i++)
		fill(&samples[i], &pool, 1);
	ok(round_trip(samples, N, &wide_narrow), "2,000 wild samples come back");
	test_find();
	test_damage();
	test_vectors();
	return tap_done();
}
