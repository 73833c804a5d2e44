// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * resolve.c - c-ares driven by the loop. The contract is in resolve.h.
 *
 * c-ares may answer from inside any call into it, so it is called only from the
 * loop's dispatch: names.c queues who wants something and wakes the pump, a timer
 * that is due at once. Its file lookup stays off: it would read /etc/hosts anew,
 * blocking, for every name.
 */
#include "probe/resolve.h"

#include <ares.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "probe/hosts.h"
#include "probe/names.h"

#define TTL_MIN_NS   (5 * NS_PER_SEC)
#define TTL_MAX_NS   (300 * NS_PER_SEC)
#define RETRY_MIN_NS (1 * NS_PER_SEC)
#define TIMEOUT_MS   2000
#define TRIES        2
#define EDNS_BYTES   1232 /* fits every path without fragments (DNS flag day 2020) */

struct resolve {
	struct resolve_options options;
	struct names names;
	struct hosts *hosts;
	ares_channel channel;
	int has_channel;
	unsigned asked;            /* queries under way */
	struct loop_timer timeout; /* c-ares wants to be called */
};

/* What c-ares carries for a query. */
struct query {
	struct resolve *resolve;
	struct resolve_name *name;
};

static int state_of(int status)
{
	switch (status) {
	case ARES_ENOTFOUND:
	case ARES_EBADNAME:
		return -ENOENT;
	case ARES_ENODATA:
		return -ENODATA;
	case ARES_ETIMEOUT:
		return -ETIMEDOUT;
	case ARES_ECONNREFUSED:
	case ARES_ESERVFAIL:
	case ARES_EREFUSED:
		return -ECONNREFUSED;
	}
	return -EIO;
}

/* Addresses and the shortest TTL on the way to them. */
static unsigned read_answer(const struct ares_addrinfo *info, struct addr *ret, int64_t *ret_ttl_ns)
{
	struct addr addr;
	unsigned count = 0;
	int ttl = INT32_MAX;

	for (const struct ares_addrinfo_cname *c = info->cnames; c; c = c->next)
		ttl = c->ttl < ttl ? c->ttl : ttl;
	for (const struct ares_addrinfo_node *n = info->nodes; n; n = n->ai_next) {
		ttl = n->ai_ttl < ttl ? n->ai_ttl : ttl;
		if (count < RESOLVE_ADDRESSES_MAX && !addr_from_sockaddr(n->ai_addr, &addr))
			ret[count++] = addr;
	}
	*ret_ttl_ns = ttl * NS_PER_SEC;
	return count;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct query *query = arg;
	struct resolve *resolve = query->resolve;
	struct resolve_name *name = query->name;
	struct addr addrs[RESOLVE_ADDRESSES_MAX];
	unsigned count = 0;
	int64_t ttl_ns = 0;

	(void)timeouts;
	free(query);
	if (info && status == ARES_SUCCESS)
		count = read_answer(info, addrs, &ttl_ns);
	ares_freeaddrinfo(info);
	resolve->asked--;
	names_wake(&resolve->names);
	if (count)
		names_settle(
			name, addrs, count,
			clamp(ttl_ns, resolve->options.ttl_min_ns, resolve->options.ttl_max_ns));
	else
		names_fail(name, status == ARES_SUCCESS ? -ENODATA : state_of(status),
			   resolve->options.retry_min_ns);
}

static int family_of(unsigned family)
{
	return family == CHECK_FAMILY_4 ? AF_INET : family == CHECK_FAMILY_6 ? AF_INET6 : AF_UNSPEC;
}

/* Take one name from the hosts file, which never changes again, or ask for it. */
static void ask(struct resolve *resolve, struct resolve_name *name)
{
	struct ares_addrinfo_hints hints = { .ai_family = family_of(name->family) };
	struct addr addrs[RESOLVE_ADDRESSES_MAX];
	struct query *query;
	unsigned count;

	count = hosts_find(resolve->hosts, name->text, name->family, addrs, RESOLVE_ADDRESSES_MAX);
	if (count) {
		names_settle(name, addrs, count, 0);
		return;
	}
	query = malloc(sizeof(*query));
	if (!query) {
		names_fail(name, -EIO, resolve->options.retry_min_ns);
		return;
	}
	*query = (struct query){ resolve, name };
	resolve->asked++;
	ares_getaddrinfo(resolve->channel, name->text, NULL, &hints, on_answer, query);
}

static void rearm_timeout(struct resolve *resolve)
{
	struct timeval room, *wait = ares_timeout(resolve->channel, NULL, &room);

	if (!wait) {
		loop_disarm(resolve->names.loop, &resolve->timeout);
		return;
	}
	loop_arm(resolve->names.loop, &resolve->timeout,
		 clock_now_ns() + wait->tv_sec * NS_PER_SEC + wait->tv_usec * NS_PER_US);
}

static void on_pump(struct loop_timer *timer, int64_t now_ns)
{
	struct resolve *resolve = container_of(timer, struct resolve, names.pump);
	struct resolve_name *name;

	(void)now_ns;
	names_tell_newcomers(&resolve->names);
	while (resolve->asked < RESOLVE_QUERIES_MAX) {
		name = names_take(&resolve->names);
		if (!name)
			break;
		ask(resolve, name);
	}
	rearm_timeout(resolve);
}

static void on_timeout(struct loop_timer *timer, int64_t now_ns)
{
	struct resolve *resolve = container_of(timer, struct resolve, timeout);

	(void)now_ns;
	ares_process_fd(resolve->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	rearm_timeout(resolve);
}

static void on_ready(void *arg, int fd, unsigned events)
{
	struct resolve *resolve = arg;
	int is_readable = events & (POLLIN | POLLERR | POLLHUP | POLLNVAL);

	ares_process_fd(resolve->channel, is_readable ? fd : ARES_SOCKET_BAD,
			events & POLLOUT ? fd : ARES_SOCKET_BAD);
	rearm_timeout(resolve);
}

static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct resolve *resolve = arg;
	unsigned events = (readable ? POLLIN : 0) | (writable ? POLLOUT : 0);

	/* a refused watch costs a timeout, and the next query tries again */
	if (events)
		loop_watch(resolve->names.loop, fd, events, on_ready, resolve);
	else
		loop_unwatch(resolve->names.loop, fd);
}

static int open_channel(struct resolve *resolve, char *why, unsigned why_bytes)
{
	struct ares_options options = {
		/* aliases would be a file to read for every name */
		.flags = ARES_FLAG_EDNS | ARES_FLAG_NOALIASES,
		.timeout = resolve->options.timeout_ms,
		.tries = TRIES,
		.lookups = (char[]){ "b" },
		.sock_state_cb = on_socket,
		.sock_state_cb_data = resolve,
		.ednspsz = EDNS_BYTES,
		.resolvconf_path = (char *)resolve->options.resolv_conf,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
		   ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ | ARES_OPT_RESOLVCONF;
	const char *servers = resolve->options.servers;
	int status = ares_init_options(&resolve->channel, &options, mask);

	if (status) {
		snprintf(why, why_bytes, "the resolver library refused: %s", ares_strerror(status));
		return status == ARES_ENOMEM ? -ENOMEM : -EIO;
	}
	resolve->has_channel = 1;
	if (!servers)
		return 0;
	status = *servers ? ares_set_servers_ports_csv(resolve->channel, servers) : ARES_EBADSTR;
	if (!status)
		return 0;
	snprintf(why, why_bytes,
		 "cannot use the DNS servers \"%.100s\": expected 192.0.2.1:53,[2001:db8::1]:53",
		 servers);
	return status == ARES_ENOMEM ? -ENOMEM : -EINVAL;
}

static void set_defaults(struct resolve_options *options)
{
	if (!options->resolv_conf)
		options->resolv_conf = "/etc/resolv.conf";
	if (!options->hosts)
		options->hosts = "/etc/hosts";
	if (!options->ttl_min_ns)
		options->ttl_min_ns = TTL_MIN_NS;
	if (!options->ttl_max_ns)
		options->ttl_max_ns = TTL_MAX_NS;
	if (!options->retry_min_ns)
		options->retry_min_ns = RETRY_MIN_NS;
	if (!options->timeout_ms)
		options->timeout_ms = TIMEOUT_MS;
}

int resolve_new(struct resolve **ret, struct loop *loop, const struct resolve_options *options,
		char *why, unsigned why_bytes)
{
	struct resolve *resolve = calloc(1, sizeof(*resolve));
	int err;

	snprintf(why, why_bytes, "out of memory");
	if (!resolve)
		return -ENOMEM;
	resolve->options = *options;
	resolve->timeout.fn = on_timeout;
	set_defaults(&resolve->options);
	ares_library_init(ARES_LIB_INIT_ALL);
	err = names_init(&resolve->names, loop, on_pump);
	if (!err)
		err = hosts_new(&resolve->hosts, resolve->options.hosts);
	if (!err)
		err = open_channel(resolve, why, why_bytes);
	if (err) {
		resolve_free(resolve);
		return err;
	}
	*ret = resolve;
	return 0;
}

void resolve_free(struct resolve *resolve)
{
	if (!resolve)
		return;
	/* first the users, so that nobody is told how the queries end */
	names_clear(&resolve->names);
	if (resolve->has_channel)
		ares_destroy(resolve->channel);
	names_clear(&resolve->names);
	loop_disarm(resolve->names.loop, &resolve->timeout);
	hosts_free(resolve->hosts);
	ares_library_cleanup();
	free(resolve);
}

int resolve_watch(struct resolve *resolve, struct resolve_user *user, const char *name,
		  unsigned family)
{
	return names_watch(&resolve->names, user, name, family);
}

void resolve_unwatch(struct resolve *resolve, struct resolve_user *user)
{
	names_unwatch(&resolve->names, user);
}

int resolve_state(const struct resolve_user *user)
{
	return user->name ? user->name->state : -EIO;
}

const struct addr *resolve_addresses(const struct resolve_user *user, unsigned *ret_count)
{
	*ret_count = user->name ? user->name->count : 0;
	return user->name ? user->name->addrs : NULL;
}

const char *resolve_error_text(int state)
{
	switch (state) {
	case 0:
		return "resolved";
	case -EINPROGRESS:
		return "no answer yet";
	case -ENOENT:
		return "no such name";
	case -ENODATA:
		return "the name has no address of this family";
	case -ETIMEDOUT:
		return "the resolver does not answer";
	case -ECONNREFUSED:
		return "the resolver refused or failed";
	}
	return "the resolver's answer cannot be used";
}
