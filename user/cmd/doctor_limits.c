// SPDX-License-Identifier: GPL-2.0 OR MIT
/* doctor_limits.c - limits that a host with a few targets never notices. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cmd/doctor.h"

#define SOCKET_BUFFER_GOOD (4u << 20) /* about 5,000 echoes of 56 bytes with their sk_buffs */
#define FILES_GOOD         1024u
#define BACKLOG_GOOD       1000u /* the kernel's default */

/* Hosts of the largest IPv4 network that one of our interfaces is in: each answers ARP itself. */
static uint64_t largest_on_link(void)
{
	struct ifaddrs *all, *one;
	uint64_t largest = 0, size;

	if (getifaddrs(&all))
		return 0;
	for (one = all; one; one = one->ifa_next) {
		if (!one->ifa_addr || !one->ifa_netmask || one->ifa_addr->sa_family != AF_INET ||
		    one->ifa_flags & (IFF_LOOPBACK | IFF_NOARP))
			continue;
		size = 1 +
		       (uint64_t)(uint32_t)~ntohl(
			       ((struct sockaddr_in *)(void *)one->ifa_netmask)->sin_addr.s_addr);
		largest = size > largest ? size : largest;
	}
	freeifaddrs(all);
	return largest;
}

/* Entries of a neighbour table over all namespaces: the limit counts them together. */
static uint64_t neighbour_entries(const char *stat_path)
{
	uint64_t entries = 0;
	char line[256];
	FILE *file = fopen(stat_path, "re");

	if (!file)
		return 0;
	/* a line of headings, then a line a CPU; all of them show the table's total */
	if (fgets(line, sizeof(line), file) && fgets(line, sizeof(line), file))
		entries = strtoull(line, NULL, 16);
	fclose(file);
	return entries;
}

static void check_neighbours(struct doctor_report *report, int version, const char *stat_path)
{
	uint64_t limit, entries = neighbour_entries(stat_path);
	uint64_t on_link = version == 4 ? largest_on_link() : 0;
	struct doctor_finding *finding;
	char path[80], topic[24];
	int bites;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv%d/neigh/default/gc_thresh3", version);
	snprintf(topic, sizeof(topic), "neighbours IPv%d", version);
	if (doctor_read_uint(path, &limit))
		return; /* only the first network namespace shows it */
	bites = entries * 5 > limit * 4 || on_link > limit;
	finding = doctor_add(report, bites ? DOCTOR_WARN : DOCTOR_OK, topic,
			     "%" PRIu64 " of at most %" PRIu64 " entries", entries, limit);
	if (bites)
		doctor_explain(finding,
			       "targets on our own links beyond the limit fail with 'No buffer "
			       "space available'; routed targets need no entries",
			       "sysctl -w net.ipv%d.neigh.default.gc_thresh3=%" PRIu64
			       " net.ipv%d.neigh.default.gc_thresh2=%" PRIu64,
			       version, 2 * (on_link > limit ? on_link : limit), version,
			       on_link > limit ? on_link : limit);
}

static void check_conntrack(struct doctor_report *report)
{
	uint64_t count, max;

	if (doctor_read_uint("/proc/sys/net/netfilter/nf_conntrack_count", &count) ||
	    doctor_read_uint("/proc/sys/net/netfilter/nf_conntrack_max", &max)) {
		doctor_add(report, DOCTOR_OK, "conntrack", "not loaded");
		return;
	}
	if (count * 2 < max) {
		doctor_add(report, DOCTOR_OK, "conntrack",
			   "%" PRIu64 " of at most %" PRIu64 " entries; a target takes one", count,
			   max);
		return;
	}
	doctor_explain(doctor_add(report, DOCTOR_WARN, "conntrack",
				  "%" PRIu64 " of at most %" PRIu64 " entries", count, max),
		       "a full table drops probes on their way out, and everybody else's packets",
		       "sysctl -w net.netfilter.nf_conntrack_max=%" PRIu64
		       ", or 'notrack' for ICMP in nftables",
		       4 * max);
}

static void check_buffer(struct doctor_report *report, const char *name, const char *cost)
{
	struct doctor_finding *finding;
	char path[64];
	uint64_t bytes;
	int is_small;

	snprintf(path, sizeof(path), "/proc/sys/net/core/%s", name);
	if (doctor_read_uint(path, &bytes))
		return;
	is_small = bytes < SOCKET_BUFFER_GOOD && !doctor_has_right(CAP_NET_ADMIN);
	finding = doctor_add(
		report, is_small ? DOCTOR_WARN : DOCTOR_OK, name, "%" PRIu64 " bytes%s", bytes,
		bytes < SOCKET_BUFFER_GOOD && !is_small ? ", which CAP_NET_ADMIN may exceed" : "");
	if (is_small)
		doctor_explain(finding, cost, "sysctl -w net.core.%s=%u", name, SOCKET_BUFFER_GOOD);
}

static void check_backlog(struct doctor_report *report)
{
	uint64_t packets;

	if (doctor_read_uint("/proc/sys/net/core/netdev_max_backlog", &packets))
		return;
	if (packets >= BACKLOG_GOOD)
		doctor_add(report, DOCTOR_OK, "netdev_max_backlog", "%" PRIu64 " packets", packets);
	else
		doctor_explain(doctor_add(report, DOCTOR_WARN, "netdev_max_backlog",
					  "%" PRIu64 " packets", packets),
			       "bursts over loopback and veth lose packets on this host",
			       "sysctl -w net.core.netdev_max_backlog=%u", BACKLOG_GOOD);
}

static void check_files(struct doctor_report *report)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	if (limit.rlim_cur >= FILES_GOOD)
		doctor_add(report, DOCTOR_OK, "open files", "at most %" PRIu64,
			   (uint64_t)limit.rlim_cur);
	else
		doctor_explain(doctor_add(report, DOCTOR_WARN, "open files", "at most %" PRIu64,
					  (uint64_t)limit.rlim_cur),
			       "connections of the API and sockets are refused early",
			       "ulimit -n %u", FILES_GOOD);
}

static void check_memlock(struct doctor_report *report)
{
	const rlim_t good = 8 << 20; /* systemd's default */
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	if (limit.rlim_cur == RLIM_INFINITY || doctor_has_right(CAP_IPC_LOCK))
		doctor_add(report, DOCTOR_OK, "locked memory", "unlimited");
	else if (limit.rlim_cur >= good)
		doctor_add(report, DOCTOR_OK, "locked memory", "at most %" PRIu64 " KiB",
			   (uint64_t)limit.rlim_cur / 1024);
	else
		doctor_explain(doctor_add(report, DOCTOR_WARN, "locked memory",
					  "at most %" PRIu64 " KiB",
					  (uint64_t)limit.rlim_cur / 1024),
			       "io_uring may not get its buffers", "ulimit -l %u, or CAP_IPC_LOCK",
			       (unsigned)(good / 1024));
}

/* Does this host answer echoes itself, unlimited? Else its own addresses look lossy. */
static void check_own_replies(struct doctor_report *report)
{
	uint64_t ignores = 0, limit = 0, mask = 0;

	if (doctor_read_uint("/proc/sys/net/ipv4/icmp_echo_ignore_all", &ignores) ||
	    doctor_read_uint("/proc/sys/net/ipv4/icmp_ratelimit", &limit) ||
	    doctor_read_uint("/proc/sys/net/ipv4/icmp_ratemask", &mask))
		return;
	if (ignores)
		doctor_explain(doctor_add(report, DOCTOR_WARN, "own replies",
					  "this host answers no IPv4 echo"),
			       "127.0.0.1 and all its addresses look dead",
			       "sysctl -w net.ipv4.icmp_echo_ignore_all=0");
	else if (limit && mask & 1)
		doctor_explain(doctor_add(report, DOCTOR_WARN, "own replies",
					  "one echo reply a %" PRIu64 " ms at most", limit),
			       "probes of this host's own addresses look lost",
			       "sysctl -w net.ipv4.icmp_ratemask=%" PRIu64, mask & ~(uint64_t)1);
	else
		doctor_add(report, DOCTOR_OK, "own replies", "echoes are answered, unlimited");
}

void doctor_limits(struct doctor_report *report)
{
	check_neighbours(report, 4, "/proc/net/stat/arp_cache");
	check_neighbours(report, 6, "/proc/net/stat/ndisc_cache");
	check_conntrack(report);
	check_buffer(report, "rmem_max", "stamps by socket: bursts of answers are lost");
	check_buffer(report, "wmem_max", "bursts of probes fail to be sent");
	check_backlog(report);
	check_files(report);
	check_memlock(report);
	check_own_replies(report);
}
