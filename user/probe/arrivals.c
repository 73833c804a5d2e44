// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * arrivals.c - the contract is in arrivals.h.
 *
 * Sockets are read with recvmmsg() until they are empty, at every turn and before
 * slots expire: "nothing left" is then known, which completions of a receive in
 * the ring could not tell. Send stamps are looped back with the packet, not with
 * a count of sends: a count goes wrong as soon as one send fails.
 */
#include "probe/arrivals.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/net_tstamp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/clock.h"
#include "probe/echo_parse.h"
#include "probe/icmp.h"

#define BATCH 32
#define DATAGRAM_BYTES                                                                             \
	65536              /* the longest IPv4 packet and then some; untouched pages cost nothing */
#define DRAIN_BATCHES  256 /* a flood must not hold up the sends */
#define STAMPED_BYTES  256 /* Ethernet, IPv6, extensions and the payload's identity */
#define CONTROL_BYTES  256
#define STAMP_NOISE_NS 100000     /* of the distance between the two clocks */
#define BUFFER_BYTES   (16 << 20) /* what arrives within a stall of the thread */

enum { FAMILY_4, FAMILY_6, FAMILY_MAX };

/* Room for one recvmmsg(). */
struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_in6 names[BATCH];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CONTROL_BYTES];
	uint8_t *bytes; /* BATCH pieces of piece_bytes */
	size_t piece_bytes;
};

struct arrivals {
	struct arrivals_options options;
	int fds[FAMILY_MAX];
	struct batch arrived, stamped;
};

/* What the ancillary data of one message say; 0 and 0 when they say nothing. */
struct notes {
	int64_t wall_ns;
	int hop_limit;
};

static int batch_init(struct batch *batch, size_t piece_bytes)
{
	batch->piece_bytes = piece_bytes;
	batch->bytes = mmap(NULL, BATCH * piece_bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (batch->bytes == MAP_FAILED) {
		batch->bytes = NULL;
		return -ENOMEM;
	}
	return 0;
}

static void batch_clear(struct batch *batch)
{
	if (batch->bytes)
		munmap(batch->bytes, BATCH * batch->piece_bytes);
}

/* Return: messages read, 0 when there are none. */
static unsigned batch_read(struct batch *batch, int fd, int flags)
{
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		batch->iov[i] =
			(struct iovec){ batch->bytes + i * batch->piece_bytes, batch->piece_bytes };
		batch->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &batch->names[i],
			.msg_namelen = sizeof(batch->names[i]),
			.msg_iov = &batch->iov[i],
			.msg_iovlen = 1,
			.msg_control = batch->control[i],
			.msg_controllen = CONTROL_BYTES,
		};
	}
	do
		n = recvmmsg(fd, batch->messages, BATCH, flags | MSG_DONTWAIT, NULL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? 0 : (unsigned)n;
}

int arrivals_new(struct arrivals **ret, const struct arrivals_options *options)
{
	struct arrivals *arrivals = calloc(1, sizeof(*arrivals));

	if (!arrivals)
		return -ENOMEM;
	arrivals->options = *options;
	arrivals->fds[FAMILY_4] = arrivals->fds[FAMILY_6] = -1;
	if (batch_init(&arrivals->arrived, DATAGRAM_BYTES) ||
	    batch_init(&arrivals->stamped, STAMPED_BYTES)) {
		arrivals_free(arrivals);
		return -ENOMEM;
	}
	*ret = arrivals;
	return 0;
}

void arrivals_free(struct arrivals *arrivals)
{
	if (!arrivals)
		return;
	for (int i = 0; i < FAMILY_MAX; i++) {
		if (arrivals->fds[i] < 0)
			continue;
		if (!arrivals->options.has_stamps)
			loop_unwatch(arrivals->options.loop, arrivals->fds[i]);
		close(arrivals->fds[i]);
	}
	batch_clear(&arrivals->arrived);
	batch_clear(&arrivals->stamped);
	free(arrivals);
}

static int ask_stamps(int fd)
{
	int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) ? -errno : 0;
}

int arrivals_can_stamp(void)
{
	int err, fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	if (fd < 0)
		return -errno;
	err = ask_stamps(fd);
	close(fd);
	return err;
}

/* Replies and the errors of echo_parse.h; everything else is dropped before it is queued. */
static int set_filter(int fd, int is_v6)
{
	struct icmp_filter only4 = { .data = ~(1u << ICMP_ECHOREPLY | 1u << ICMP_DEST_UNREACH |
					       1u << ICMP_TIME_EXCEEDED |
					       1u << ICMP_PARAMETERPROB) };
	struct icmp6_filter only6;
	int yes = 1;

	if (!is_v6)
		return setsockopt(fd, SOL_RAW, ICMP_FILTER, &only4, sizeof(only4)) ? -errno : 0;
	ICMP6_FILTER_SETBLOCKALL(&only6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only6);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &only6);
	ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &only6);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &only6);
	ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &only6);
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &only6, sizeof(only6)) ||
	    setsockopt(fd, SOL_IPV6, IPV6_RECVHOPLIMIT, &yes, sizeof(yes)))
		return -errno;
	return 0;
}

static void on_ready(void *arg, int fd, unsigned events)
{
	(void)fd;
	(void)events;
	arrivals_drain(arg, 0);
}

int arrivals_open(struct arrivals *arrivals, int is_v6)
{
	int *fd = &arrivals->fds[is_v6 ? FAMILY_6 : FAMILY_4];
	int bytes = BUFFER_BYTES, err;

	if (*fd >= 0)
		return 0;
	*fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		     is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (*fd < 0)
		return -errno;
	err = set_filter(*fd, is_v6);
	if (!err && arrivals->options.has_stamps)
		err = ask_stamps(*fd);
	if (setsockopt(*fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (!err && !arrivals->options.has_stamps)
		err = loop_watch(arrivals->options.loop, *fd, POLLIN, on_ready, arrivals);
	if (err) {
		close(*fd);
		*fd = -1;
	}
	return err;
}

static struct notes read_notes(struct msghdr *message)
{
	struct notes notes = { 0 };
	struct scm_timestamping stamps;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING) {
			memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
			notes.wall_ns = stamps.ts[0].tv_sec * NS_PER_SEC + stamps.ts[0].tv_nsec;
		} else if (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_HOPLIMIT) {
			memcpy(&notes.hop_limit, CMSG_DATA(c), sizeof(notes.hop_limit));
		}
	}
	return notes;
}

/* The slot whose identity the packet carries. */
static uint32_t find_identity(const struct slots *slots, const struct echo *echo)
{
	const struct slot *slot = slots_get(slots, echo->slot);

	if (!slot || slot->generation != echo->generation ||
	    slots_shared(slots, echo->slot)->nonce != echo->nonce)
		return SLOT_NONE;
	return echo->slot;
}

/* May a packet without an identity be about this slot? */
static int is_candidate(const struct slot *slot, const struct sonde_slot *shared,
			const struct echo *echo)
{
	uint32_t sum = (uint32_t)echo->quoted_sum + shared->payload_sum;

	if (slot->icmp_id != echo->id)
		return 0;
	if (echo->kind == ECHO_ERROR) /* the quoted checksum must fit the payload */
		return slot->state == SLOT_OPEN && (sum & 0xffff) + (sum >> 16) == 0xffff;
	return slot->path == SLOT_SOCKET && shared->payload_bytes < SONDE_PAYLOAD_MIN;
}

/*
 * Without an identity: the slots that share the sequence number, told apart by ICMP id, the address
 * we asked and, of errors, the quoted checksum. Open ones come before those that are over, whose id
 * may have been used again.
 */
static uint32_t find_short(const struct slots *slots, const struct echo *echo,
			   const struct addr *asked)
{
	uint32_t tag = icmp_address_tag(asked), found = SLOT_NONE;
	const struct sonde_slot *shared;
	const struct slot *slot;

	for (uint32_t i = echo->seq; i < slots_count(slots); i += 1 << 16) {
		slot = slots_get(slots, i);
		shared = slots_shared(slots, i);
		if (!slot || shared->address != tag || !is_candidate(slot, shared, echo))
			continue;
		found = i;
		if (slot->state == SLOT_OPEN)
			break;
	}
	return found;
}

static uint32_t find(const struct slots *slots, const struct echo *echo, const struct addr *asked)
{
	return echo->has_identity ? find_identity(slots, echo) : find_short(slots, echo, asked);
}

/* What a reply is to its slot, as bpf/ judges it. */
static uint8_t judge(const struct slots *slots, uint32_t number, const struct echo *echo,
		     const struct addr *from)
{
	const struct sonde_slot *shared = slots_shared(slots, number);
	struct slot *slot = slots_get(slots, number);

	if (echo->kind == ECHO_ERROR)
		return icmp_address_tag(&echo->target) == shared->address ? SONDE_EVENT_ICMP_ERROR
									  : 0;
	if (icmp_address_tag(from) != shared->address)
		return SONDE_EVENT_WRONG_SOURCE;
	if (!echo->is_whole || echo->payload_bytes != shared->payload_bytes ||
	    icmp_sum(echo->payload, echo->payload_bytes) != shared->payload_sum)
		return SONDE_EVENT_CORRUPT;
	return slot->is_answered ? SONDE_EVENT_DUPLICATE : SONDE_EVENT_REPLY;
}

/* Does this event still count, now that the slot is known? If so, *ret_word is the slot's word. */
static int claim(struct arrivals *arrivals, uint32_t number, uint8_t event, uint64_t *ret_word)
{
	struct slots *slots = arrivals->options.slots;
	struct slot *slot = slots_get(slots, number);
	int is_first = event == SONDE_EVENT_REPLY || event == SONDE_EVENT_ICMP_ERROR;

	if (event == SONDE_EVENT_ICMP_ERROR && slot->state != SLOT_OPEN)
		return 0;
	if (slot->path == SLOT_KERNEL)
		return is_first && !slots_claim(slots, number, ret_word);
	if (event == SONDE_EVENT_ICMP_ERROR && slot->is_answered)
		return 0;
	slot->is_answered |= is_first;
	*ret_word = slots_word(slots, number);
	return 1;
}

static void report(struct arrivals *arrivals, uint32_t number, const struct echo *echo,
		   const struct addr *from, int64_t rx_ns, enum result_stamp stamp)
{
	struct sonde_error_record record = { 0 };
	uint8_t event = judge(arrivals->options.slots, number, echo, from);
	uint64_t word;

	if (!event || !claim(arrivals, number, event, &word))
		return;
	record.record = (struct sonde_record){
		.rx_ns = (uint64_t)rx_ns,
		.tx_word = word,
		.slot = number,
		.event = event,
		.ttl = echo->ttl,
		.icmp_type = echo->type,
		.icmp_code = echo->code,
	};
	memcpy(record.router, from->bytes, sizeof(record.router));
	record.mtu = echo->mtu;
	arrivals->options.fn(arrivals->options.arg, &record, stamp);
}

/* A stamp from before the wall clock was stepped is off by the step once it has been moved to the
 * monotonic clock: not between sending and now. */
static int is_plausible(const struct slot *slot, int64_t at_ns, int64_t now_ns)
{
	return at_ns > slot->sent_ns - STAMP_NOISE_NS && at_ns < now_ns + STAMP_NOISE_NS;
}

static void handle(struct arrivals *arrivals, int is_v6, unsigned i, int64_t now_ns,
		   int64_t wall_offset_ns)
{
	struct mmsghdr *message = &arrivals->arrived.messages[i];
	struct notes notes = read_notes(&message->msg_hdr);
	const void *bytes = arrivals->arrived.iov[i].iov_base;
	enum result_stamp stamp = RESULT_STAMP_CLOCK;
	int64_t stamped_ns;
	struct addr from;
	struct echo echo;
	uint32_t number;

	if (is_v6 ? echo_parse6(bytes, message->msg_len, &echo)
		  : echo_parse4(bytes, message->msg_len, &echo))
		return;
	from = echo.from;
	if (is_v6) {
		if (addr_from_sockaddr((struct sockaddr *)&arrivals->arrived.names[i], &from))
			return;
		echo.ttl = (uint8_t)notes.hop_limit;
	}
	number = find(arrivals->options.slots, &echo,
		      echo.kind == ECHO_ERROR ? &echo.target : &from);
	if (number == SLOT_NONE)
		return;
	stamped_ns = notes.wall_ns - wall_offset_ns;
	if (notes.wall_ns &&
	    is_plausible(slots_get(arrivals->options.slots, number), stamped_ns, now_ns)) {
		now_ns = stamped_ns;
		stamp = RESULT_STAMP_SOCKET;
	}
	report(arrivals, number, &echo, &from, now_ns, stamp);
}

/* One packet of ours as it left. */
static void note_stamp(struct arrivals *arrivals, unsigned i, int64_t wall_offset_ns)
{
	struct mmsghdr *message = &arrivals->stamped.messages[i];
	struct notes notes = read_notes(&message->msg_hdr);
	int64_t stamped_ns = notes.wall_ns - wall_offset_ns;
	struct slot *slot;
	struct echo echo;
	uint32_t number;

	if (!notes.wall_ns ||
	    echo_parse_sent(arrivals->stamped.iov[i].iov_base, message->msg_len, &echo))
		return;
	number = find(arrivals->options.slots, &echo, &echo.target);
	if (number == SLOT_NONE)
		return;
	slot = slots_get(arrivals->options.slots, number);
	if (slot->path == SLOT_SOCKET && !slot->tx_ns &&
	    is_plausible(slot, stamped_ns, clock_now_ns()))
		slot->tx_ns = stamped_ns;
}

static void drain_stamps(struct arrivals *arrivals, int64_t wall_offset_ns)
{
	const struct list *all = sockets_list(arrivals->options.sockets);
	const struct socket *socket;
	unsigned n;

	for (struct list *at = all->next; at != all; at = at->next) {
		socket = container_of(at, struct socket, link);
		if (!socket->key.wants_stamps || socket->fd < 0)
			continue;
		do {
			n = batch_read(&arrivals->stamped, socket->fd, MSG_ERRQUEUE);
			for (unsigned i = 0; i < n; i++)
				note_stamp(arrivals, i, wall_offset_ns);
		} while (n == BATCH);
	}
}

/* Stamps are read after the replies and handled before them: a reply that has been read left its
 * send stamp on the queue long ago. Return: as arrivals_drain(). */
static int drain_family(struct arrivals *arrivals, int is_v6, int64_t wall_offset_ns)
{
	int fd = arrivals->fds[is_v6 ? FAMILY_6 : FAMILY_4];
	int64_t now_ns;
	unsigned n;

	if (fd < 0)
		return 1;
	for (unsigned rounds = 0; rounds < DRAIN_BATCHES; rounds++) {
		n = batch_read(&arrivals->arrived, fd, 0);
		now_ns = clock_now_ns();
		if (n && arrivals->options.has_stamps)
			drain_stamps(arrivals, wall_offset_ns);
		for (unsigned i = 0; i < n; i++)
			handle(arrivals, is_v6, i, now_ns, wall_offset_ns);
		if (n < BATCH)
			return 1;
	}
	return 0;
}

int arrivals_drain(struct arrivals *arrivals, int64_t wall_offset_ns)
{
	int is_empty;

	if (arrivals->options.has_stamps)
		drain_stamps(arrivals, wall_offset_ns);
	is_empty = drain_family(arrivals, 0, wall_offset_ns);
	is_empty &= drain_family(arrivals, 1, wall_offset_ns);
	return is_empty;
}
