/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* sender.c - replies into the device, by sendmmsg on an AF_PACKET socket. */
#include "replies.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define SEND_BUFFER_BYTES (8 << 20)
#define RETRIES           200 /* of 50 us each: a queue that stays full that long is broken */

struct sender {
	int fd;
	unsigned count;
	const volatile uint64_t *sent;
	void (*done)(void *arg, struct reply *reply, int64_t sent_ns);
	void *arg;
	struct reply *reply[EMULATE_BATCH];
	struct mmsghdr msg[EMULATE_BATCH];
	struct iovec iov[EMULATE_BATCH];
	union {
		struct cmsghdr header; /* for its alignment */
		char bytes[CMSG_SPACE(sizeof(uint32_t))];
	} control[EMULATE_BATCH];
};

static void put_mark(struct sender *sender, unsigned i)
{
	struct msghdr *msg = &sender->msg[i].msg_hdr;
	uint32_t mark = EMULATE_MARK + i;
	struct cmsghdr *cmsg;

	msg->msg_iov = &sender->iov[i];
	msg->msg_iovlen = 1;
	msg->msg_control = sender->control[i].bytes;
	msg->msg_controllen = sizeof(sender->control[i].bytes);
	cmsg = CMSG_FIRSTHDR(msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SO_MARK;
	cmsg->cmsg_len = CMSG_LEN(sizeof(mark));
	memcpy(CMSG_DATA(cmsg), &mark, sizeof(mark));
}

int sender_new(struct sender **ret, unsigned ifindex, const volatile uint64_t *sent,
	       void (*done)(void *arg, struct reply *reply, int64_t sent_ns), void *arg)
{
	struct sockaddr_ll device = { .sll_family = AF_PACKET, .sll_ifindex = ifindex };
	struct sender *sender = calloc(1, sizeof(*sender));
	int bytes = SEND_BUFFER_BYTES, err;

	if (!sender)
		return -ENOMEM;
	sender->sent = sent;
	sender->done = done;
	sender->arg = arg;
	sender->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* 0: receives nothing */
	if (sender->fd < 0 || bind(sender->fd, (struct sockaddr *)&device, sizeof(device)) ||
	    setsockopt(sender->fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes))) {
		err = -errno;
		sender_free(sender);
		return err;
	}
	for (unsigned i = 0; i < EMULATE_BATCH; i++)
		put_mark(sender, i);
	*ret = sender;
	return 0;
}

void sender_free(struct sender *sender)
{
	if (!sender)
		return;
	if (sender->fd >= 0)
		close(sender->fd);
	free(sender);
}

int sender_has_room(const struct sender *sender)
{
	return sender->count < EMULATE_BATCH;
}

void sender_add(struct sender *sender, struct reply *reply)
{
	unsigned i = sender->count++;

	sender->reply[i] = reply;
	sender->iov[i] = (struct iovec){ .iov_base = reply->bytes, .iov_len = reply->len };
}

int sender_flush(struct sender *sender)
{
	const struct timespec pause = { .tv_nsec = 50 * NS_PER_US };
	unsigned at = 0, tries = 0;
	int n, err = 0;

	while (at < sender->count && !err) {
		n = sendmmsg(sender->fd, sender->msg + at, sender->count - at, 0);
		if (n > 0) {
			at += n;
			tries = 0;
		} else if ((errno == ENOBUFS || errno == EAGAIN) && tries++ < RETRIES) {
			nanosleep(&pause, NULL);
		} else if (errno != EINTR) {
			err = -errno;
		}
	}
	for (unsigned i = 0; i < sender->count; i++)
		sender->done(sender->arg, sender->reply[i], i < at ? (int64_t)sender->sent[i] : 0);
	sender->count = 0;
	return err;
}
