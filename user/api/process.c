// SPDX-License-Identifier: GPL-2.0 OR MIT
/* process.c - the contract is in process.h. */
#include "api/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "api/exposition.h"
#include "base/clock.h"

static void put(struct json *to, const char *name, const char *type, const char *help, double value)
{
	exposition_metric(to, name, type, help);
	exposition_value(to, name, NULL, 0, value);
}

static int read_file(const char *path, char *text, size_t room)
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return -1;
	n = fread(text, 1, room - 1, file);
	fclose(file);
	text[n] = '\0';
	return 0;
}

/* Fields 20, 22, 23 and 24 of /proc/self/stat, counted from behind the name in brackets. */
static void write_stat(struct json *to)
{
	unsigned long long started, virtual_bytes;
	long threads, resident_pages;
	char text[1024];
	const char *at;

	if (read_file("/proc/self/stat", text, sizeof(text)) || !(at = strrchr(text, ')')) ||
	    sscanf(at + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld %*d "
		   "%llu %llu %ld",
		   &threads, &started, &virtual_bytes, &resident_pages) != 4)
		return;
	put(to, "process_threads", "gauge", "Threads.", (double)threads);
	put(to, "process_virtual_memory_bytes", "gauge", "Virtual memory.", (double)virtual_bytes);
	put(to, "process_resident_memory_bytes", "gauge", "Resident memory.",
	    (double)resident_pages * (double)sysconf(_SC_PAGESIZE));
	/* both clocks stop together: the difference is when the machine came up */
	put(to, "process_start_time_seconds", "gauge", "Start, in seconds since 1970.",
	    (double)(clock_wall_ns() - clock_now_ns()) * 1e-9 +
		    (double)started / (double)sysconf(_SC_CLK_TCK));
}

static void write_descriptors(struct json *to)
{
	DIR *dir = opendir("/proc/self/fd");
	struct rlimit limit;
	int n = -3; /* ".", ".." and the directory itself */

	if (dir) {
		while (readdir(dir))
			n++;
		closedir(dir);
		put(to, "process_open_fds", "gauge", "Open descriptors.", n);
	}
	if (!getrlimit(RLIMIT_NOFILE, &limit))
		put(to, "process_max_fds", "gauge", "Most descriptors there may be.",
		    (double)limit.rlim_cur);
}

void process_write(struct json *to)
{
	struct timespec cpu;

	if (!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu))
		put(to, "process_cpu_seconds_total", "counter", "CPU time of user and system.",
		    (double)cpu.tv_sec + (double)cpu.tv_nsec * 1e-9);
	write_stat(to);
	write_descriptors(to);
}
