// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * fuzz_wire.c - the kernel path's parser, as user space sees it: it reads nothing that is not there,
 * and what it finds lies inside the frame.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/quote.bpf.h"

static void check(int must)
{
	if (!must)
		abort();
}

/* What a match would read of a message. */
static void read_message(const struct sonde_packet *p, const uint8_t *end)
{
	struct sonde_identity id;
	__u64 sum = 0;

	check(p->icmp_bytes >= SONDE_ICMP_BYTES && p->icmp > p->ip);
	check((const uint8_t *)p->data + p->icmp + SONDE_ICMP_BYTES <= end);
	if (!sonde_read_identity(&id, p))
		check((const uint8_t *)p->data + p->icmp + 24 <= end);
	if (!sonde_sum(p, p->icmp, p->icmp_bytes, &sum))
		check(sonde_is_whole(p) && sonde_fold(sum));
	sonde_is_header_right(p);
}

static void read_frame(const uint8_t *data, size_t size, int is_bare)
{
	struct sonde_packet p = { .data = data, .end = data + size }, q;
	const struct sonde_icmp *icmp;

	if (is_bare ? sonde_parse_bare(&p) : sonde_parse_ether(&p))
		return;
	read_message(&p, data + size);
	icmp = sonde_at(&p, p.icmp, sizeof(*icmp));
	check(icmp != NULL);
	if (!sonde_is_error(p.is_v6, icmp->type))
		return;
	sonde_error_mtu(icmp, p.is_v6);
	if (!sonde_check_icmp(&p))
		check(sonde_is_whole(&p));
	if (sonde_parse_quote(&q, &p))
		return;
	read_message(&q, data + size);
	check(q.icmp_bytes < p.icmp_bytes && q.ip > p.icmp && q.is_v6 == p.is_v6);
	sonde_header_sum(sonde_at(&q, q.icmp, sizeof(*icmp)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of just the right size, so that one byte too far is seen. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *frame = malloc(size ? size : 1);

	memcpy(frame, data, size);
	read_frame(frame, size, 0);
	read_frame(frame, size, 1);
	free(frame);
	return 0;
}
