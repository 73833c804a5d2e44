// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_resolve.c - the resolver against a DNS server of our own on 127.0.0.1. */
#include "probe/resolve.c"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tap.h"

/* The stub: one thread, answers by the name's first label. */
struct stub {
	pthread_t thread;
	int udp, tcp, stop[2];
	char servers[32];
	atomic_uint queries, tcp_queries;
	atomic_int is_silent;
	atomic_int host; /* last byte of the address of "moving" */
};

static unsigned put_address(unsigned char *at, unsigned type, unsigned host)
{
	static const unsigned char head[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4 };

	memcpy(at, head, sizeof(head));
	at[3] = (unsigned char)type;
	at[11] = type == 1 ? 4 : 16;
	memset(at + 12, 0, at[11]);
	memcpy(at + 12, type == 1 ? "\306\022" : "\375\0", 2);
	at[12 + at[11] - 2] = (unsigned char)(host >> 8);
	at[12 + at[11] - 1] = (unsigned char)host;
	return 12u + at[11];
}

/* Addresses of one question, 0 for none. */
static unsigned hosts_of(struct stub *stub, const char *label, unsigned type, unsigned *hosts)
{
	unsigned number = 0, turn = atomic_load(&stub->queries);

	if (!strcmp(label, "moving") || !strcmp(label, "fading"))
		return hosts[0] = (unsigned)atomic_load(&stub->host), hosts[0] != 0;
	if (!strcmp(label, "rotating"))
		return hosts[0] = 1 + turn % 3, hosts[1] = 1 + (turn + 1) % 3,
		       hosts[2] = 1 + (turn + 2) % 3, 3;
	if (!strcmp(label, "growing"))
		return hosts[0] = (unsigned)atomic_load(&stub->host), hosts[1] = 1, hosts[0];
	if (!strcmp(label, "six"))
		return hosts[0] = 6, type == 28;
	if (!strcmp(label, "big")) {
		for (unsigned i = 0; i < 100; i++)
			hosts[i] = i + 1;
		return 100;
	}
	if (sscanf(label, "n%u", &number) == 1)
		return hosts[0] = number, type == 1;
	return 0;
}

/* Turn a query into its answer. Return: bytes, 0 for silence. */
static unsigned answer(struct stub *stub, unsigned char *packet, unsigned len, int is_tcp)
{
	char label[64] = "";
	unsigned at = 12, hosts[100], count, type;

	atomic_fetch_add(is_tcp ? &stub->tcp_queries : &stub->queries, 1);
	if (len < 17 || packet[12] > 63)
		return 0;
	memcpy(label, packet + 13, packet[12]);
	while (at < len && packet[at])
		at += packet[at] + 1u;
	type = packet[at + 2];
	at += 5;
	if (atomic_load(&stub->is_silent) || !strcmp(label, "silent"))
		return 0;
	count = hosts_of(stub, label, type, hosts);
	packet[2] = 0x81;
	packet[3] = !count && (!strcmp(label, "nx") || !strcmp(label, "fading")) ? 3 : 0;
	memset(packet + 6, 0, 6);
	if (count > 20 && !is_tcp) {
		packet[2] |= 2; /* truncated: ask by TCP */
		return at;
	}
	packet[7] = (unsigned char)count;
	for (unsigned i = 0; i < count; i++)
		at += put_address(packet + at, type, hosts[i]);
	return at;
}

/* One exchange, the answer in pieces, as a network may deliver it. */
static void serve_tcp(struct stub *stub)
{
	int fd = accept(stub->tcp, NULL, NULL), one = 1;
	unsigned char packet[4096];
	unsigned len;

	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof(one));
	if (recv(fd, packet, 2, MSG_WAITALL) == 2) {
		len = packet[0] * 256u + packet[1];
		if (recv(fd, packet + 2, len, MSG_WAITALL) == (ssize_t)len) {
			len = answer(stub, packet + 2, len, 1);
			packet[0] = (unsigned char)(len >> 8);
			packet[1] = (unsigned char)len;
			for (unsigned i = 0; i < len + 2; i += 500)
				send(fd, packet + i, len + 2 - i < 500 ? len + 2 - i : 500, 0);
		}
	}
	recv(fd, packet, 1, 0); /* until the other side closes */
	close(fd);
}

static void *serve(void *arg)
{
	struct stub *stub = arg;
	struct pollfd fds[] = { { stub->udp, POLLIN, 0 },
				{ stub->tcp, POLLIN, 0 },
				{ stub->stop[0], POLLIN, 0 } };
	unsigned char packet[4096];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t len;

	while (poll(fds, 3, -1) > 0 && !fds[2].revents) {
		if (fds[1].revents)
			serve_tcp(stub);
		if (!fds[0].revents)
			continue;
		len = recvfrom(stub->udp, packet, 512, 0, (struct sockaddr *)&from, &from_len);
		len = len > 0 ? answer(stub, packet, (unsigned)len, 0) : 0;
		if (len)
			sendto(stub->udp, packet, (size_t)len, 0, (struct sockaddr *)&from,
			       from_len);
	}
	return NULL;
}

static int stub_start(struct stub *stub)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	stub->udp = socket(AF_INET, SOCK_DGRAM, 0);
	stub->tcp = socket(AF_INET, SOCK_STREAM, 0);
	if (pipe(stub->stop) || bind(stub->udp, (struct sockaddr *)&at, sizeof(at)) ||
	    getsockname(stub->udp, (struct sockaddr *)&at, &len) ||
	    bind(stub->tcp, (struct sockaddr *)&at, sizeof(at)) || listen(stub->tcp, 8))
		return -1;
	snprintf(stub->servers, sizeof(stub->servers), "127.0.0.1:%u", ntohs(at.sin_port));
	return pthread_create(&stub->thread, NULL, serve, stub);
}

static void stub_stop(struct stub *stub)
{
	if (write(stub->stop[1], "x", 1) == 1)
		pthread_join(stub->thread, NULL);
	close(stub->udp);
	close(stub->tcp);
	close(stub->stop[0]);
	close(stub->stop[1]);
}

struct client {
	struct resolve_user user;
	unsigned calls;
};

static struct loop *loop;
static struct stub stub;
static struct resolve *resolve;

static void on_change(struct resolve_user *user)
{
	container_of(user, struct client, user)->calls++;
}

static int want(struct client *client, const char *name, unsigned family)
{
	client->user.fn = on_change;
	return resolve_watch(resolve, &client->user, name, family);
}

static void drop(struct client *client)
{
	resolve_unwatch(resolve, &client->user);
	client->calls = 0;
}

/* Turn the loop until @condition; the deadline only ends a broken test. */
#define turn_until(condition)                                                                      \
	for (int64_t end = clock_now_ns() + 10 * NS_PER_SEC;                                       \
	     !(condition) && clock_now_ns() < end;)                                                \
	loop_turn(loop, clock_now_ns() + 10 * NS_PER_MS)

static void turn_for(int64_t ns)
{
	for (int64_t end = clock_now_ns() + ns; clock_now_ns() < end;)
		loop_turn(loop, end);
}

static const char *first(const struct client *client)
{
	static char text[ADDR_TEXT_MAX];
	unsigned count;
	const struct addr *addrs = resolve_addresses(&client->user, &count);

	if (!count)
		return "";
	addr_format(&addrs[0], text);
	return text;
}

static unsigned count_of(const struct client *client)
{
	unsigned count;

	resolve_addresses(&client->user, &count);
	return count;
}

static char hosts_path[] = "/tmp/test_resolve.XXXXXX";

static struct resolve *new_resolver(const char *servers)
{
	struct resolve_options options = { .servers = servers,
					   .resolv_conf = "/nonexistent",
					   .hosts = hosts_path,
					   .ttl_min_ns = 40 * NS_PER_MS,
					   .retry_min_ns = 40 * NS_PER_MS,
					   .timeout_ms = 60 };
	char why[256] = "";

	if (resolve_new(&resolve, loop, &options, why, sizeof(why)))
		printf("# %s\n", why);
	return resolve;
}

static void test_answers(void)
{
	struct client a = { 0 }, b = { 0 }, c = { 0 };
	unsigned before = atomic_load(&stub.queries);

	ok(!want(&a, "n7.test", CHECK_FAMILY_4), "a name is wanted");
	ok(resolve_state(&a.user) == -EINPROGRESS && !count_of(&a), "it has no answer yet");
	ok(want(&a, "n8.test", CHECK_FAMILY_4) == -EBUSY, "one user wants one name");
	ok(!want(&b, "N7.Test", CHECK_FAMILY_4), "another user wants it too, in capitals");
	turn_until(a.calls && b.calls);
	ok(!resolve_state(&a.user) && count_of(&a) == 1 && !strcmp(first(&a), "198.18.0.7"),
	   "both are answered");
	ok(!strcmp(first(&b), "198.18.0.7") && atomic_load(&stub.queries) == before + 1,
	   "by one query");
	want(&c, "n7.test", CHECK_FAMILY_4);
	ok(!c.calls && !resolve_state(&c.user), "a latecomer has it at once");
	turn_until(c.calls);
	ok(c.calls == 1 && a.calls == 1, "and alone is told");
	drop(&a);
	drop(&b);
	drop(&c);
	drop(&c);
	want(&a, "six.test", CHECK_FAMILY_ANY);
	turn_until(a.calls);
	ok(!strcmp(first(&a), "fd00::6"), "an IPv6 address");
	drop(&a);
	ok(want(&a, "", CHECK_FAMILY_ANY) == -EINVAL, "no name is refused");
}

static void test_failures(void)
{
	struct client nx = { 0 }, none = { 0 }, silent = { 0 };
	unsigned before;

	want(&nx, "nx.test", CHECK_FAMILY_4);
	want(&none, "six.test", CHECK_FAMILY_4);
	want(&silent, "silent.test", CHECK_FAMILY_4);
	turn_until(nx.calls && none.calls);
	ok(resolve_state(&nx.user) == -ENOENT && !count_of(&nx), "no such name");
	ok(resolve_state(&none.user) == -ENODATA, "no address of the family");
	ok(resolve_state(&silent.user) == -EINPROGRESS, "silence takes its time");
	turn_until(silent.calls);
	ok(resolve_state(&silent.user) == -ETIMEDOUT, "and ends as a timeout");
	drop(&none);
	drop(&silent);
	before = atomic_load(&stub.queries);
	turn_for(500 * NS_PER_MS);
	before = atomic_load(&stub.queries) - before;
	ok(before >= 2 && before <= 8, "a failed name is asked again, ever more slowly (%u)",
	   before);
	ok(nx.calls == 1, "the same failure is told once");
	drop(&nx);
}

static void test_expiry(void)
{
	struct client moving = { 0 }, fading = { 0 };
	unsigned before;

	atomic_store(&stub.host, 1);
	want(&moving, "moving.test", CHECK_FAMILY_4);
	want(&fading, "fading.test", CHECK_FAMILY_4);
	turn_until(moving.calls && fading.calls);
	before = atomic_load(&stub.queries);
	turn_until(atomic_load(&stub.queries) >= before + 6);
	ok(moving.calls == 1, "an answer that stays the same is told once");
	atomic_store(&stub.host, 2);
	turn_until(moving.calls == 2 && fading.calls == 2);
	ok(!strcmp(first(&moving), "198.18.0.2"), "a new one is told when the TTL has ended");
	atomic_store(&stub.host, 0); /* no data, no such name */
	before = atomic_load(&stub.queries);
	turn_until(atomic_load(&stub.queries) >= before + 4);
	turn_for(20 * NS_PER_MS);
	ok(!resolve_state(&fading.user) && !strcmp(first(&fading), "198.18.0.2") &&
		   !strcmp(first(&moving), "198.18.0.2") && moving.calls == 2,
	   "the last good answer survives that the name goes");
	atomic_store(&stub.is_silent, 1);
	turn_for(300 * NS_PER_MS);
	ok(!strcmp(first(&moving), "198.18.0.2"), "and that the resolver dies");
	atomic_store(&stub.is_silent, 0);
	atomic_store(&stub.host, 3);
	turn_until(moving.calls == 3 && fading.calls == 3);
	ok(!strcmp(first(&fading), "198.18.0.3"), "when it is back, so are fresh answers");
	drop(&moving);
	drop(&fading);
}

static void test_rotation(void)
{
	struct client client = { 0 };
	char was_first[ADDR_TEXT_MAX];
	unsigned before;

	want(&client, "rotating.test", CHECK_FAMILY_4);
	turn_until(client.calls);
	ok(count_of(&client) == 3, "all addresses are kept");
	snprintf(was_first, sizeof(was_first), "%s", first(&client));
	before = atomic_load(&stub.queries);
	turn_until(atomic_load(&stub.queries) >= before + 5);
	ok(client.calls == 1 && !strcmp(first(&client), was_first), "rotation moves nothing");
	drop(&client);
	atomic_store(&stub.host, 1);
	want(&client, "growing.test", CHECK_FAMILY_4);
	turn_until(client.calls);
	atomic_store(&stub.host, 2);
	turn_until(client.calls == 2);
	ok(count_of(&client) == 2 && !strcmp(first(&client), "198.18.0.1"),
	   "a second address, answered first, does not displace the first");
	drop(&client);
}

static void test_tcp(void)
{
	struct client client = { 0 };

	want(&client, "big.test", CHECK_FAMILY_4);
	turn_until(client.calls);
	ok(atomic_load(&stub.tcp_queries) == 1 && count_of(&client) == RESOLVE_ADDRESSES_MAX,
	   "an answer too large for a datagram comes by TCP, in pieces");
	drop(&client);
}

static void test_hosts(void)
{
	struct client client = { 0 };
	unsigned before = atomic_load(&stub.queries);

	want(&client, "router.home", CHECK_FAMILY_ANY);
	turn_until(client.calls);
	ok(!strcmp(first(&client), "198.18.9.9"), "the hosts file knows");
	drop(&client);
	want(&client, "localhost", CHECK_FAMILY_6);
	turn_until(client.calls);
	ok(!strcmp(first(&client), "::1"), "localhost needs no file");
	turn_for(100 * NS_PER_MS);
	ok(atomic_load(&stub.queries) == before, "nobody is asked for these");
	drop(&client);
}

static void test_many(void)
{
	static struct client clients[1000];
	char name[32], expected[32];
	unsigned right = 0, calls = 0, most = 0;

	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%u.many.test", i);
		want(&clients[i], name, CHECK_FAMILY_ANY);
	}
	for (int64_t end = clock_now_ns() + 20 * NS_PER_SEC;
	     calls < 1000 && clock_now_ns() < end;) {
		loop_turn(loop, end);
		most = resolve->asked > most ? resolve->asked : most;
		calls = 0;
		for (unsigned i = 0; i < 1000; i++)
			calls += !!clients[i].calls;
	}
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(expected, sizeof(expected), "198.18.%u.%u", i / 256, i % 256);
		right += !strcmp(first(&clients[i]), expected);
	}
	ok(right == 1000, "a thousand names at once: each gets its own address (%u)", right);
	ok(most == RESOLVE_QUERIES_MAX, "never more than so many queries under way (%u)", most);
	for (unsigned i = 0; i < 1000; i++)
		drop(&clients[i]);
	turn_for(20 * NS_PER_MS);
}

static struct client chained[2];

static void on_chain(struct resolve_user *user)
{
	chained[0].calls++;
	resolve_unwatch(resolve, user);
	want(&chained[1], "n2.test", CHECK_FAMILY_4);
}

static void test_calls(void)
{
	struct client gone = { 0 };
	unsigned before = atomic_load(&stub.queries);

	chained[0].user.fn = on_chain;
	resolve_watch(resolve, &chained[0].user, "n1.test", CHECK_FAMILY_4);
	turn_until(chained[1].calls);
	ok(chained[0].calls == 1 && !strcmp(first(&chained[1]), "198.18.0.2"),
	   "a call may leave and want another name");
	drop(&chained[1]);
	want(&gone, "n3.test", CHECK_FAMILY_4);
	drop(&gone);
	turn_for(20 * NS_PER_MS);
	ok(atomic_load(&stub.queries) == before + 2, "who leaves at once costs no query");
	want(&gone, "n3.test", CHECK_FAMILY_4);
	turn_until(resolve->asked);
	drop(&gone);
	turn_until(!resolve->asked);
	ok(!gone.calls && resolve_state(&gone.user) == -EIO, "who leaves later hears nothing");
	want(&gone, "silent.test", CHECK_FAMILY_4);
	turn_until(resolve->asked);
	resolve_free(resolve);
	ok(!gone.user.name && !gone.calls, "freeing in mid-query releases the users in silence");
}

static void test_options(void)
{
	struct resolve_options options = { .servers = "not an address" };
	struct client client = { 0 };
	char why[256] = "";

	ok(resolve_new(&resolve, loop, &options, why, sizeof(why)) == -EINVAL && strlen(why) > 20,
	   "servers that are none are refused: %s", why);
	options.servers = "";
	ok(resolve_new(&resolve, loop, &options, why, sizeof(why)) == -EINVAL, "no servers, too");
	stub_stop(&stub);
	resolve = new_resolver(stub.servers);
	want(&client, "n1.test", CHECK_FAMILY_4);
	turn_until(client.calls);
	ok(resolve_state(&client.user) == -ECONNREFUSED, "nobody listens: refused");
	resolve_free(resolve);
	resolve_free(NULL);
	ok(!!strcmp(resolve_error_text(-ENOENT), resolve_error_text(-EIO)), "errors have words");
}

int main(void)
{
	FILE *hosts = fdopen(mkstemp(hosts_path), "w");
	int err = loop_new(&loop);

	if (err == -EPERM || err == -ENOSYS)
		tap_skip("no io_uring here");
	ok(hosts && fputs("198.18.9.9 router.home router\n", hosts) > 0 && !fclose(hosts),
	   "a hosts file");
	ok(!stub_start(&stub), "a DNS server on %s", stub.servers);
	ok(new_resolver(stub.servers) != NULL, "a resolver");
	test_answers();
	test_failures();
	test_expiry();
	test_rotation();
	test_tcp();
	test_hosts();
	test_many();
	test_calls();
	test_options();
	loop_free(loop);
	unlink(hosts_path);
	return tap_done();
}
