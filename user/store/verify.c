// SPDX-License-Identifier: GPL-2.0 OR MIT
/* verify.c - the contract is in verify.h. */
#include "store/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/env.h"

/* What the child says by its exit code; anything else is as good as a crash. */
enum verdict {
	VERDICT_GOOD = 40,
	VERDICT_BAD,
	VERDICT_NEWER,
	VERDICT_ERROR, /* could not look */
};

/* "meta" comes first (pages.h), so that a newer format is told before anything else is judged. */
static int visit(void *arg, const struct pages_entry *entry)
{
	verify_entry_fn *fn = arg;

	if (!strcmp(entry->db, "meta")) {
		MDB_val name = { entry->key_bytes, (void *)entry->key };
		MDB_val value = { entry->value_bytes, (void *)entry->value };
		uint64_t number;
		int err = env_parse_number(&name, &value, &number);

		if (err || entry->key_bytes != strlen("format") ||
		    memcmp(entry->key, "format", entry->key_bytes))
			return err;
		return number > ENV_FORMAT ? -EPROTONOSUPPORT : 0;
	}
	return (*fn)(entry);
}

static int check_file(const char *path, verify_entry_fn fn, const char **why)
{
	int64_t now_ns = clock_now_ns();
	struct pages_visitor visitor = { visit, &fn, now_ns + VERIFY_VALUES_NS,
					 now_ns + VERIFY_PAGES_NS };
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	void *map;
	int err;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) || !st.st_size) {
		close(fd);
		return 0;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	/* Reading around what is asked for would fetch the whole file. */
	madvise(map, (size_t)st.st_size, MADV_RANDOM);
	*why = "a value does not match its checksum";
	err = pages_walk(map, (size_t)st.st_size, &visitor, why);
	munmap(map, (size_t)st.st_size);
	close(fd);
	return err == -ETIME ? 0 : err;
}

static _Noreturn void run_child(const char *path, verify_entry_fn fn, int out)
{
	static const int deadly[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
	struct rlimit no_core = { 0 };
	const char *why = "";
	ssize_t n;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &no_core);
	for (unsigned i = 0; i < sizeof(deadly) / sizeof(*deadly); i++)
		signal(deadly[i], SIG_DFL);
	err = check_file(path, fn, &why);
	if (err == -EBADMSG)
		n = write(out, why, strlen(why));
	else if (err && err != -EPROTONOSUPPORT)
		n = write(out, strerror(-err), strlen(strerror(-err)));
	else
		n = 0;
	(void)n; /* the exit code matters, the sentence is a courtesy */
	_exit(!err                      ? VERDICT_GOOD
	      : err == -EBADMSG         ? VERDICT_BAD
	      : err == -EPROTONOSUPPORT ? VERDICT_NEWER
					: VERDICT_ERROR);
}

/* Read the child's sentence until it ends, or time is up. Return: 0 or -ETIME. */
static int listen_to(int in, int64_t timeout_ns, char *why, size_t why_bytes)
{
	int64_t until_ns = clock_now_ns() + timeout_ns;
	size_t len = 0;

	*why = 0;
	for (;;) {
		struct pollfd pfd = { .fd = in, .events = POLLIN };
		int64_t left_ns = until_ns - clock_now_ns();
		ssize_t n;

		if (left_ns <= 0)
			return -ETIME;
		if (poll(&pfd, 1, (int)(left_ns / NS_PER_MS) + 1) <= 0)
			continue;
		n = read(in, why + len, why_bytes - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		len += (size_t)n;
		why[len] = 0;
	}
}

static int judge(int status, char *why, size_t why_bytes)
{
	if (WIFSIGNALED(status)) {
		snprintf(why, why_bytes, "reading it ended a process (signal %d)",
			 WTERMSIG(status));
		return -EBADMSG;
	}
	switch (WEXITSTATUS(status)) {
	case VERDICT_GOOD:
		return 0;
	case VERDICT_NEWER:
		snprintf(why, why_bytes, "it was made by a newer sonde");
		return -EPROTONOSUPPORT;
	case VERDICT_ERROR:
		return -EIO;
	default:
		return -EBADMSG;
	}
}

static int verify_within(int64_t timeout_ns, const char *path, verify_entry_fn fn, char *why,
			 size_t why_bytes)
{
	char file[4096 + 16];
	int ends[2], status, late;
	pid_t child;

	snprintf(file, sizeof(file), "%s/data.mdb", path);
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	child = fork();
	if (!child)
		run_child(file, fn, ends[1]);
	close(ends[1]);
	if (child < 0) {
		int err = -errno;

		close(ends[0]);
		return err;
	}
	late = listen_to(ends[0], timeout_ns, why, why_bytes);
	if (late)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	close(ends[0]);
	if (late) {
		snprintf(why, why_bytes, "reading it took more than %lld ms",
			 (long long)(timeout_ns / NS_PER_MS));
		return -ETIMEDOUT;
	}
	return judge(status, why, why_bytes);
}

int verify_env(const char *path, verify_entry_fn fn, char *why, size_t why_bytes)
{
	return verify_within(VERIFY_TIMEOUT_NS, path, fn, why, why_bytes);
}
