/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * forge.c - sonde-lab forge: echo replies that nearly fit, at live probes.
 *
 * Watches the requests that arrive on an interface and answers the newest ones
 * falsely: another nonce, another slot, another generation, another source.
 * Everything else is right: fill, ICMP sequence number, checksums, and `balance`
 * keeps even the payload's sum. So only the one thing that is wrong can tell.
 */
#include "lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "draw.h"
#include "frame.h"

#define BATCH       64
#define LIVE        256 /* requests remembered, the newest; a power of two */
#define PAUSE_TRIES 200

enum lie {
	LIE_NONCE,
	LIE_SLOT,
	LIE_GENERATION,
	LIE_SOURCE,
	LIE_MAX,
};

static const char *const lie_names[LIE_MAX] = { "nonce", "slot", "generation", "source" };

struct options {
	const char *interface;
	uint64_t count, seed;
	int64_t wait_ns;
};

struct forger {
	int fd, signals;
	uint64_t random;    /* state of the dice */
	uint64_t live_seen; /* requests learned so far */
	uint64_t sent[LIE_MAX];
	struct {
		unsigned len;
		struct frame_room room;
	} live[LIVE];
	struct frame_room batch[BATCH];
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
};

static uint32_t roll(struct forger *f, uint32_t range)
{
	f->random = lab_mix(f->random);
	return lab_scale(f->random, range);
}

static int open_socket(struct forger *f, const char *interface)
{
	struct sockaddr_ll device = { .sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_ALL),
				      .sll_ifindex = if_nametoindex(interface) };
	int one = 1, bytes = 8 << 20;

	if (!device.sll_ifindex)
		return -errno;
	f->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	/* Past TC, so that an emulator's stamps on the same device stay its own. */
	if (f->fd < 0 || setsockopt(f->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) ||
	    setsockopt(f->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    setsockopt(f->fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) ||
	    bind(f->fd, (struct sockaddr *)&device, sizeof(device)))
		return -errno;
	return 0;
}

/* Remember the requests that came in meanwhile, the newest LIVE of them. */
static void learn(struct forger *f)
{
	struct frame frame;
	ssize_t len;

	for (unsigned i = 0; i < LIVE; i++) {
		uint8_t *bytes = f->live[f->live_seen % LIVE].room.bytes;

		len = recv(f->fd, bytes, FRAME_MAX_BYTES, MSG_DONTWAIT);
		if (len < 0)
			return;
		if (frame_parse(&frame, bytes, len) || !frame_is_request(&frame) ||
		    !frame_is_sonde(&frame))
			continue;
		f->live[f->live_seen++ % LIVE].len = frame.len;
	}
}

static uint32_t sum_words(const uint8_t *bytes, unsigned len)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < len; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The fill that belongs to the nonce, and the balance that keeps the sum. */
static void settle(uint8_t *bytes, unsigned len, struct sonde_payload *payload, uint32_t sum_before)
{
	uint8_t nonce[sizeof(payload->nonce)];
	uint32_t sum;

	payload->balance = 0;
	memcpy(nonce, &payload->nonce, sizeof(nonce));
	memcpy(bytes, payload, sizeof(*payload));
	for (unsigned i = sizeof(*payload); i < len; i++)
		bytes[i] = nonce[i % sizeof(nonce)] ^ (i & 0xff);
	sum = sum_words(bytes, len);
	sum = sum_before >= sum ? sum_before - sum : sum_before + 0xffff - sum;
	payload->balance = htons(sum);
	memcpy(bytes, payload, sizeof(*payload));
}

static void lie_in_payload(struct forger *f, struct frame *frame, enum lie lie)
{
	struct sonde_payload payload;
	unsigned len;
	uint8_t *bytes = frame_payload(frame, &len);
	uint32_t sum = sum_words(bytes, len), slot;

	memcpy(&payload, bytes, sizeof(payload));
	if (lie == LIE_NONCE) {
		payload.nonce ^= 1ull << roll(f, 64) | 1ull << roll(f, 64);
	} else if (lie == LIE_GENERATION) {
		payload.generation ^= htonl(1 + roll(f, (1u << SONDE_GENERATION_BITS) - 1));
	} else {
		/* A neighbour, which is most likely in flight as well; the header follows. */
		slot = ntohl(payload.slot) ^ (1 + roll(f, 63));
		payload.slot = htonl(slot);
		frame_set_sequence(frame, slot & 0xffff);
	}
	settle(bytes, len, &payload, sum);
	frame_mend(frame);
}

static void forge_one(struct forger *f, unsigned i, enum lie lie)
{
	unsigned live = f->live_seen < LIVE ? f->live_seen : LIVE, pick = roll(f, live);
	struct addr source;
	struct frame frame;

	memcpy(f->batch[i].bytes, f->live[pick].room.bytes, f->live[pick].len);
	frame_parse(&frame, f->batch[i].bytes, f->live[pick].len);
	frame_to_reply(&frame);
	if (lie == LIE_SOURCE) {
		source = frame_source(&frame);
		source.bytes[15] ^= 1 + roll(f, 255);
		frame_set_source(&frame, &source);
	} else {
		lie_in_payload(f, &frame, lie);
	}
	f->iov[i] = (struct iovec){ .iov_base = frame.bytes, .iov_len = frame.len };
	f->msg[i].msg_hdr = (struct msghdr){ .msg_iov = &f->iov[i], .msg_iovlen = 1 };
}

/* Return: how many went, or -errno. A full queue is asked again for a while. */
static int send_batch(struct forger *f, unsigned count)
{
	unsigned at = 0, tries = 0;
	int n;

	while (at < count) {
		n = sendmmsg(f->fd, f->msg + at, count - at, 0);
		if (n > 0) {
			at += n;
			tries = 0;
		} else if ((errno == ENOBUFS || errno == EAGAIN) && tries++ < PAUSE_TRIES) {
			usleep(50);
		} else {
			return -errno;
		}
	}
	return at;
}

/* Return: 0 when a live probe is known, -ETIMEDOUT, -EINTR by a signal. */
static int wait_for_live(struct forger *f, int64_t wait_ns)
{
	struct pollfd fds[] = { { .fd = f->fd, .events = POLLIN },
				{ .fd = f->signals, .events = POLLIN } };
	int64_t end_ns = clock_now_ns() + wait_ns, left_ns;

	for (learn(f); !f->live_seen; learn(f)) {
		left_ns = end_ns - clock_now_ns();
		if (left_ns <= 0)
			return -ETIMEDOUT;
		if (poll(fds, 2, (int)(left_ns / NS_PER_MS) + 1) < 0)
			return -errno;
		if (fds[1].revents)
			return -EINTR;
	}
	return 0;
}

static int run(struct forger *f, const struct options *options)
{
	struct pollfd signals = { .fd = f->signals, .events = POLLIN };
	int err = wait_for_live(f, options->wait_ns);
	uint64_t left = options->count;

	while (!err && left && !poll(&signals, 1, 0)) {
		unsigned count = left < BATCH ? left : BATCH;

		learn(f);
		for (unsigned i = 0; i < count; i++)
			forge_one(f, i, i % LIE_MAX);
		err = send_batch(f, count);
		if (err < 0)
			return err;
		for (unsigned i = 0; i < count; i++)
			f->sent[i % LIE_MAX]++;
		left -= count;
		err = 0;
	}
	return err;
}

static int parse_options(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = { { "iface", 1, NULL, 'i' },
					       { "count", 1, NULL, 'c' },
					       { "wait", 1, NULL, 'w' },
					       { "seed", 1, NULL, 's' },
					       { 0 } };
	int c, err = 0;

	while (!err && (c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (c == 'i')
			options->interface = optarg;
		else
			err = c == 'c'   ? lab_number(optarg, UINT64_MAX, &options->count)
			      : c == 's' ? lab_number(optarg, UINT64_MAX, &options->seed)
			      : c == 'w' ? clock_parse_duration(optarg, &options->wait_ns)
					 : -EINVAL;
	return err || optind < argc || !options->interface || !options->count ? -EINVAL : 0;
}

static void report(const struct forger *f, int64_t took_ns)
{
	uint64_t sum = 0;

	printf("{");
	for (int lie = 0; lie < LIE_MAX; lie++) {
		printf("\"%s\":%llu,", lie_names[lie], (unsigned long long)f->sent[lie]);
		sum += f->sent[lie];
	}
	printf("\"sent\":%llu,\"live_seen\":%llu,\"took_ns\":%lld}\n", (unsigned long long)sum,
	       (unsigned long long)f->live_seen, (long long)took_ns);
}

int forge_main(int argc, char **argv)
{
	struct options options = { .seed = 1, .wait_ns = 10 * NS_PER_SEC };
	struct forger *f;
	int64_t start_ns;
	int err;

	if (parse_options(&options, argc, argv)) {
		fprintf(stderr,
			"usage: sonde-lab forge --iface NAME --count N [--wait D] [--seed N]\n");
		return EXIT_USAGE;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return lab_fail("forging", -ENOMEM);
	f->random = options.seed;
	f->fd = -1;
	f->signals = lab_signals();
	err = open_socket(f, options.interface);
	if (!err) {
		lab_ready();
		start_ns = clock_now_ns();
		err = run(f, &options);
		report(f, clock_now_ns() - start_ns);
	}
	if (f->fd >= 0)
		close(f->fd);
	close(f->signals);
	free(f);
	return err ? lab_fail("forging", err) : 0;
}
