// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_attach.c - what is attached, what is left alone, and what is left behind: nothing. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sys/syscall.h>

#include "kern/responder.h"
#include "prober.h"

#define TCX_INGRESS 46
#define TCX_EGRESS  47
#define TCX_DROP    2

static unsigned va;

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int count_tcx(unsigned ifindex, unsigned type)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = ifindex;
	attr.query.attach_type = type;
	return syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) ? -errno
								     : (int)attr.query.prog_cnt;
}

/* Lines that a command prints. */
__attribute__((format(printf, 1, 2))) static int count_lines(const char *format, ...)
{
	char command[256];
	va_list arguments;
	int count = 0, c;
	FILE *pipe;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	pipe = popen(command, "r");
	while (pipe && (c = getc(pipe)) != EOF)
		count += c == '\n';
	pclose(pipe);
	return count;
}

static int count_filters(const char *side)
{
	return count_lines("tc filter show dev va %s | grep handle", side);
}

static int count_disciplines(void)
{
	return count_lines("tc qdisc show dev va | grep clsact");
}

static unsigned xdp_id(unsigned ifindex)
{
	__u32 id = 0;

	bpf_xdp_query_id((int)ifindex, 0, &id);
	return id;
}

static int is_clean(void)
{
	return count_tcx(va, TCX_INGRESS) == 0 && count_tcx(va, TCX_EGRESS) == 0 &&
	       !count_disciplines() && !xdp_id(va);
}

/* A program that returns a constant. */
static int load_constant(enum bpf_prog_type type, int value)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(type, "stranger", "GPL", insns, 2, NULL);

	if (fd < 0) {
		perror("stranger");
		exit(1);
	}
	return fd;
}

/* One probe to the neighbour. */
static int is_answered(struct prober *p)
{
	struct echo e = { .nonce = 5, .payload_bytes = 40 };
	int fd = prober_socket(&e, "198.18.0.2");
	unsigned before = p->events[SONDE_EVENT_REPLY];

	p->unstamped = 0;
	prober_send(p, fd, &e, 9);
	close(fd);
	return prober_await(p, SONDE_EVENT_REPLY, before + 1) == before + 1 && !p->unstamped;
}

static void test_refusals(void)
{
	struct kern_options o = { .slot_bits = 9, .guard_fd = -1 };
	struct prober p;
	struct kern *kern;
	char why[256] = "";

	ok(kern_new(&kern, &o, why, sizeof(why)) == -EINVAL && strstr(why, "10 to 22"),
	   "9 slot bits are refused: %s", why);
	o.slot_bits = 23;
	ok(kern_new(&kern, &o, why, sizeof(why)) == -EINVAL, "and 23");
	o = (struct kern_options){ .ring_bytes = 12288, .guard_fd = -1 };
	ok(kern_new(&kern, &o, why, sizeof(why)) == -EINVAL && strstr(why, "power of two"),
	   "an odd ring is refused: %s", why);
	o = (struct kern_options){
		.rx = KERN_RX_TC, .tc = KERN_TC_CLSACT, .slot_bits = 10, .guard_fd = -1
	};
	ok(!kern_new(&kern, &o, why, sizeof(why)) && kern_slot_count(kern) == 1024,
	   "1024 slots are accepted");
	ok(kern_attach(kern, va) == -EOPNOTSUPP && strstr(kern_why(kern), "guardian") && is_clean(),
	   "clsact without a guard is refused: %s", kern_why(kern));
	kern_free(kern);
	prober_open(&p, KERN_RX_TC, KERN_TC_AUTO);
	ok(kern_attach(p.kern, 9999) == -ENODEV && *kern_why(p.kern), "no such interface: %s",
	   kern_why(p.kern));
	ok(kern_attach(p.kern, 0) == -ENODEV, "nor number 0");
	kern_detach(p.kern, 9999);
	ok(kern_stamp_of(p.kern, 9999) == 0, "nothing stamps there");
	prober_close(&p);
}

static void test_no_bpf(void)
{
	struct kern_options o = { .rx = KERN_RX_NONE, .slot_bits = 10, .guard_fd = -1 };
	struct kern *kern;
	char why[256];

	ok(!kern_new(&kern, &o, why, sizeof(why)) && !kern_has_bpf(kern) && !*kern_why(kern),
	   "without BPF, as asked");
	memset(kern_slots(kern), 0xaa, kern_slot_count(kern) * sizeof(struct sonde_slot));
	ok(kern_attach(kern, va) == -EOPNOTSUPP && !kern_drain(kern, prober_take, NULL) &&
		   !kern_counter(kern, SONDE_COUNT_REPLY),
	   "slots are there, the rest is nothing");
	kern_free(kern);
}

static void test_idempotent(enum kern_rx rx, enum kern_tc tc, const char *name)
{
	struct prober p;

	prober_open(&p, rx, tc);
	ok(!kern_attach(p.kern, va) && !kern_attach(p.kern, va), "%s: attached twice", name);
	ok(count_tcx(va, TCX_EGRESS) + count_filters("egress") == 1, "is attached once");
	ok(is_answered(&p), "and works");
	kern_detach(p.kern, va);
	kern_detach(p.kern, va);
	ok(is_clean() && kern_stamp_of(p.kern, va) == 0, "detached twice, nothing is left");
	ok(!kern_attach(p.kern, va) && is_answered(&p), "and again");
	prober_close(&p);
	ok(is_clean(), "closing detaches");
}

static void test_tcx_stranger(void)
{
	int drop = load_constant(BPF_PROG_TYPE_SCHED_CLS, TCX_DROP);
	int ingress, before;
	struct prober p;

	prober_open(&p, KERN_RX_TC, KERN_TC_TCX);
	ingress = bpf_link_create(drop, (int)va, TCX_INGRESS, NULL);
	ok(!kern_attach(p.kern, va) && count_tcx(va, TCX_INGRESS) == 2,
	   "tcx: attached beside a stranger that drops everything");
	ok(is_answered(&p), "and before it");
	before = count_tcx(va, TCX_INGRESS);
	prober_close(&p);
	ok(before == 2 && count_tcx(va, TCX_INGRESS) == 1, "the stranger stays");
	close(ingress);
	close(drop);
}

static void test_clsact_stranger(void)
{
	struct bpf_tc_hook hook = { .sz = sizeof(hook),
				    .ifindex = (int)va,
				    .attach_point = BPF_TC_INGRESS };
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1,
		    .prog_fd = load_constant(BPF_PROG_TYPE_SCHED_CLS, -1));
	struct prober p;

	netns_do("tc qdisc add dev va clsact");
	ok(!bpf_tc_attach(&hook, &opts), "clsact: a stranger has our favourite place");
	prober_open(&p, KERN_RX_TC, KERN_TC_CLSACT);
	ok(!kern_attach(p.kern, va) && count_filters("ingress") == 2 && is_answered(&p),
	   "we attach beside it");
	prober_close(&p);
	ok(count_filters("ingress") == 1 && count_filters("egress") == 0 && count_disciplines(),
	   "the stranger and the discipline stay");
	netns_do("tc filter del dev va ingress && tc filter add dev va ingress pref 1 "
		 "protocol ip bpf bytecode '1,6 0 0 0'");
	prober_open(&p, KERN_RX_TC, KERN_TC_CLSACT);
	ok(!kern_attach(p.kern, va), "where priority 1 is for one protocol only, we take the next");
	prober_close(&p);
	netns_do("tc qdisc del dev va clsact");
	close(opts.prog_fd);
	ok(is_clean(), "nothing is left");
}

static void test_clsact_shared(void)
{
	struct prober p, q;

	prober_open(&p, KERN_RX_TC, KERN_TC_CLSACT);
	prober_open(&q, KERN_RX_TC, KERN_TC_CLSACT);
	ok(!kern_attach(p.kern, va) && !kern_attach(q.kern, va) && count_filters("egress") == 2,
	   "clsact: two of us on one interface");
	ok(is_answered(&p) && is_answered(&q), "both work");
	prober_close(&q);
	ok(is_answered(&p) && count_filters("egress") == 1, "one goes, the other works");
	prober_close(&p);
	ok(is_clean(), "both gone, nothing is left");
}

static void test_xdp_stranger(void)
{
	int pass = load_constant(BPF_PROG_TYPE_XDP, XDP_PASS);
	LIBBPF_OPTS(bpf_link_create_opts, native, .flags = XDP_FLAGS_DRV_MODE);
	struct prober p;
	unsigned id;
	int link;

	prober_open(&p, KERN_RX_XDP, KERN_TC_AUTO);
	link = bpf_link_create(pass, (int)va, BPF_XDP, &native);
	id = xdp_id(va);
	ok(link >= 0 && kern_attach(p.kern, va) == -EBUSY && strstr(kern_why(p.kern), "somebody"),
	   "xdp: a stranger's link is respected: %s", kern_why(p.kern));
	ok(id && xdp_id(va) == id && !count_tcx(va, TCX_EGRESS), "and nothing half done");
	close(link);
	for (unsigned i = 0; i < 2; i++) {
		unsigned mode = i ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;

		ok(!bpf_xdp_attach((int)va, pass, mode, NULL) &&
			   kern_attach(p.kern, va) == -EBUSY && xdp_id(va),
		   "xdp: and one attached by netlink, %s", i ? "generic" : "native");
		bpf_xdp_detach((int)va, mode, NULL);
	}
	ok(!kern_attach(p.kern, va) && is_answered(&p), "when it is gone, we attach");
	ok(bpf_link_create(pass, (int)va, BPF_XDP, &native) < 0, "and are respected too");
	prober_close(&p);
	close(pass);
	ok(is_clean(), "nothing is left");
}

static void test_taken_away(void)
{
	struct prober p;
	unsigned old;

	prober_open(&p, KERN_RX_TC, KERN_TC_CLSACT);
	kern_attach(p.kern, va);
	netns_do("tc qdisc del dev va clsact");
	ok(!kern_attach(p.kern, va) && is_answered(&p),
	   "clsact: taken off by somebody, the next attach puts it back");
	prober_close(&p);
	ok(is_clean(), "nothing is left");
	prober_open(&p, KERN_RX_TC, KERN_TC_TCX);
	netns_do("ip link add vx type veth peer name vy && ip link set vx up && ip link set vy up");
	old = if_nametoindex("vx");
	ok(!kern_attach(p.kern, old), "tcx: attached to a device");
	netns_do("ip link del vx && ip link add vx index %u type veth peer name vy", old);
	ok(if_nametoindex("vx") == old && !kern_attach(p.kern, old) &&
		   count_tcx(old, TCX_EGRESS) == 1,
	   "the device went, and one with its number came: attached again");
	netns_do("ip link del vx");
	kern_detach(p.kern, old);
	ok(kern_attach(p.kern, old) == -ENODEV, "gone for good");
	prober_close(&p);
}

static void test_cycles(enum kern_rx rx, enum kern_tc tc, const char *name)
{
	struct prober p;
	int fds, right = 1;

	prober_open(&p, rx, tc);
	kern_attach(p.kern, va);
	kern_detach(p.kern, va);
	fds = count_fds();
	for (int i = 0; i < 100; i++) {
		right &= !kern_attach(p.kern, va);
		kern_detach(p.kern, va);
	}
	ok(right && count_fds() == fds && is_clean(), "%s: 100 cycles leave no descriptor", name);
	prober_close(&p);
}

/* A child that attaches and waits to be killed. */
struct victim {
	enum kern_rx rx;
	enum kern_tc tc;
	int guard_fd;
};

static int be_victim(int ready_fd, void *arg)
{
	const struct victim *v = arg;
	struct kern_options options = {
		.rx = v->rx, .tc = v->tc, .slot_bits = 10, .guard_fd = v->guard_fd
	};
	struct kern *kern;
	char why[256];

	if (kern_new(&kern, &options, why, sizeof(why)) || kern_attach(kern, va))
		return 1;
	netns_ready(ready_fd);
	for (;;)
		pause();
}

/* Links go when the kernel gets to it: at once, but not in kill(). */
static int await_clean(void)
{
	for (int i = 0; i < 2000 && !is_clean(); i++)
		poll(NULL, 0, 1);
	return is_clean();
}

static void test_killed(enum kern_rx rx, enum kern_tc tc, const char *name)
{
	struct victim victim = { .rx = rx, .tc = tc, .guard_fd = kern_guard_new() };
	pid_t pid = netns_fork(be_victim, &victim);
	int was_attached = !is_clean();

	netns_kill(pid);
	if (tc == KERN_TC_CLSACT) {
		ok(count_filters("egress") == 1, "%s: filters outlive kill -9", name);
		kern_guard_clean(victim.guard_fd);
	}
	ok(was_attached && await_clean(), "%s: after kill -9 nothing is left", name);
	kern_guard_clean(victim.guard_fd);
	close(victim.guard_fd);
}

/* The guard's handle and priority, but another program: it must not be touched. */
static void test_guard_respects(void)
{
	struct victim victim = { .rx = KERN_RX_TC,
				 .tc = KERN_TC_CLSACT,
				 .guard_fd = kern_guard_new() };
	struct bpf_tc_hook hook = { .sz = sizeof(hook),
				    .ifindex = (int)va,
				    .attach_point = BPF_TC_EGRESS };
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1,
		    .prog_fd = load_constant(BPF_PROG_TYPE_SCHED_CLS, -1));

	netns_kill(netns_fork(be_victim, &victim));
	netns_do("tc filter del dev va egress");
	ok(!bpf_tc_attach(&hook, &opts), "a stranger takes the place of a dead filter of ours");
	kern_guard_clean(victim.guard_fd);
	ok(count_filters("egress") == 1 && count_filters("ingress") == 0,
	   "cleaning takes ours and leaves the stranger, with the discipline");
	netns_do("tc qdisc del dev va clsact");
	close(opts.prog_fd);
	close(victim.guard_fd);
}

static int be_responder(int ready_fd, void *arg)
{
	struct responder *responder;

	(void)arg;
	if (responder_new(&responder))
		return 1;
	netns_ready(ready_fd);
	for (;;)
		pause();
}

static void test_responder(void)
{
	struct responder *first, *second;
	char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];
	unsigned ifindex, id;
	struct prober p;
	int fds = count_fds(), gone = 0;
	pid_t pid;

	ok(!responder_new(&first) && !responder_new(&second), "two responders at once");
	addr_format(responder_address4(first), a);
	addr_format(responder_address4(second), b);
	ok(strcmp(a, b), "have addresses of their own: %s, %s", a, b);
	netns_do("ping -q -c 2 -i 0.01 %s >/dev/null && ping -q -c 2 -i 0.01 %s >/dev/null", a, b);
	ifindex = if_nametoindex("sonde0");
	id = xdp_id(ifindex);
	prober_open(&p, KERN_RX_XDP, KERN_TC_AUTO);
	ok(id && !kern_attach(p.kern, ifindex) && xdp_id(ifindex) != id &&
		   kern_stamp_of(p.kern, ifindex) == 4 && !kern_attach(p.kern, ifindex),
	   "xdp receiving takes the placeholder's place");
	prober_close(&p);
	ok(xdp_id(ifindex) == id, "and gives it back");
	responder_free(first);
	responder_free(second);
	ok(!if_nametoindex("sonde0") && !if_nametoindex("sonde1") && count_fds() == fds,
	   "freed, nothing of them is left");
	pid = netns_fork(be_responder, NULL);
	ok(if_nametoindex("sonde0"), "another process has one");
	netns_kill(pid);
	for (int i = 0; i < 5000 && !gone; i++) {
		gone = !if_nametoindex("sonde0");
		poll(NULL, 0, 1);
	}
	ok(gone, "after kill -9 it is gone");
}

int main(void)
{
	pid_t neighbour;

	netns_enter();
	neighbour = netns_neighbour();
	va = if_nametoindex("va");
	test_refusals();
	test_no_bpf();
	test_idempotent(KERN_RX_TC, KERN_TC_TCX, "tcx");
	test_idempotent(KERN_RX_TC, KERN_TC_CLSACT, "clsact");
	test_idempotent(KERN_RX_XDP, KERN_TC_TCX, "xdp, tcx");
	test_idempotent(KERN_RX_XDP, KERN_TC_CLSACT, "xdp, clsact");
	test_tcx_stranger();
	test_clsact_stranger();
	test_clsact_shared();
	test_xdp_stranger();
	test_taken_away();
	test_cycles(KERN_RX_TC, KERN_TC_TCX, "tcx");
	test_cycles(KERN_RX_TC, KERN_TC_CLSACT, "clsact");
	test_cycles(KERN_RX_XDP, KERN_TC_AUTO, "xdp");
	test_killed(KERN_RX_TC, KERN_TC_TCX, "tcx");
	test_killed(KERN_RX_TC, KERN_TC_CLSACT, "clsact");
	test_killed(KERN_RX_XDP, KERN_TC_TCX, "xdp");
	test_killed(KERN_RX_XDP, KERN_TC_CLSACT, "xdp, clsact");
	test_guard_respects();
	test_responder();
	netns_kill(neighbour);
	return tap_done();
}
