// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_tun.c - devices without a link layer, and packets that are not in one piece. */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "frame.h"
#include "prober.h"

static int open_tun(const char *name, short flags)
{
	struct ifreq request = { .ifr_flags = flags | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		tap_skip("there is no /dev/net/tun");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &request)) {
		perror(name);
		exit(1);
	}
	netns_do("ip addr add 198.18.0.1/24 dev %s && ip addr add fd00:18::1/64 dev %s nodad && "
		 "ip link set %s up",
		 name, name, name);
	return fd;
}

static void open_on(struct prober *p, enum kern_rx rx, enum kern_tc tc, const char *interface)
{
	if (prober_open(p, rx, tc) || kern_attach(p->kern, if_nametoindex(interface))) {
		printf("# %s\n", kern_why(p->kern));
		exit(1);
	}
}

/* The next packet that the host sends and that is an echo request. Return: its bytes. */
static int read_request(int tun, int is_v6, __u8 *packet)
{
	for (int i = 0; i < 100; i++) {
		struct pollfd ready = { .fd = tun, .events = POLLIN };
		int bytes = poll(&ready, 1, 1000) == 1 ? (int)read(tun, packet, 2048) : -1;

		if (bytes < 0)
			return -1;
		if (is_v6 ? packet[0] >> 4 == 6 && packet[6] == 58 && packet[40] == 128
			  : packet[0] >> 4 == 4 && packet[9] == 1 && packet[20] == 8)
			return bytes;
	}
	return -1;
}

static void test_bare(enum kern_rx rx, enum kern_tc tc, const char *target)
{
	int tun = open_tun("tunk", IFF_TUN), fd;
	struct echo e = { .nonce = 4321, .id = 77, .payload_bytes = 56 };
	__u8 packet[2048];
	struct prober p;
	struct frame f;

	open_on(&p, rx, tc, "tunk");
	ok(kern_stamp_of(p.kern, if_nametoindex("tunk")) == 3, "tun, %s: received by TC", target);
	ok((rx == KERN_RX_XDP) == (strstr(kern_why(p.kern), "native XDP") != NULL),
	   "and if XDP was wanted, it says why: %s", kern_why(p.kern));
	fd = prober_socket(&e, target);
	ok(!prober_send(&p, fd, &e, 3) && read_request(tun, e.is_v6, packet) > 0,
	   "the probe leaves by the tunnel");
	frame_reply(&f, &(struct shape){ .is_bare = 1 }, &e);
	ok(write(tun, f.bytes, f.length) == (ssize_t)f.length &&
		   prober_await(&p, SONDE_EVENT_REPLY, 1) == 1 && !p.unstamped,
	   "it is stamped, and its answer matched");
	close(fd);
	prober_close(&p);
	close(tun);
}

/*
 * NAPI_FRAGS makes of each part of a writev() a fragment of the packet: only the first part is in its
 * linear part. The kernel wants the headers there that it looks at itself.
 */
static void write_parts(int tap, const struct frame *f, unsigned linear, unsigned part)
{
	struct iovec parts[64];
	int count = 1;

	parts[0] = (struct iovec){ (void *)f->bytes, linear };
	for (unsigned at = linear; at < f->length; at += part) {
		unsigned left = f->length - at;

		parts[count++] =
			(struct iovec){ (void *)(f->bytes + at), left < part ? left : part };
	}
	if (writev(tap, parts, count) != (ssize_t)f->length)
		perror("writev");
}

static void test_parts(int is_v6, unsigned payload_bytes)
{
	int tap = open_tun("tapk", IFF_TAP | IFF_NAPI | IFF_NAPI_FRAGS);
	struct echo e = { .nonce = 99, .is_v6 = is_v6, .payload_bytes = payload_bytes };
	unsigned answered = 0, sent = 0;
	struct prober p;
	struct frame f;

	netns_do("ip link set tapk address 02:00:00:00:00:01");
	inet_pton(is_v6 ? AF_INET6 : AF_INET, is_v6 ? "fd00:18::1" : "198.18.0.1", e.source);
	inet_pton(is_v6 ? AF_INET6 : AF_INET, is_v6 ? "fd00:18::2" : "198.18.0.2", e.target);
	open_on(&p, KERN_RX_TC, KERN_TC_AUTO, "tapk");
	for (unsigned part = 8; part <= payload_bytes; part += 37) {
		if (payload_bytes / part > 15) /* of MAX_SKB_FRAGS, 17 */
			continue;
		e.slot = part;
		frame_reply(&f, &(struct shape){ 0 }, &e);
		echo_arm(&e, kern_slots(p.kern));
		write_parts(tap, &f, f.icmp, part);
		answered += prober_await(&p, SONDE_EVENT_REPLY, answered + 1) == answered + 1;
		sent++;
	}
	ok(sent && answered == sent, "tap, IPv%d: %u answers of %u bytes in parts are matched",
	   is_v6 ? 6 : 4, sent, payload_bytes);
	prober_close(&p);
	close(tap);
}

int main(void)
{
	netns_enter();
	test_bare(KERN_RX_TC, KERN_TC_TCX, "198.18.0.2");
	test_bare(KERN_RX_TC, KERN_TC_TCX, "fd00:18::2");
	test_bare(KERN_RX_XDP, KERN_TC_CLSACT, "198.18.0.2");
	test_bare(KERN_RX_XDP, KERN_TC_CLSACT, "fd00:18::2");
	for (int is_v6 = 0; is_v6 < 2; is_v6++) {
		test_parts(is_v6, 56);
		test_parts(is_v6, 1000);
	}
	return tap_done();
}
