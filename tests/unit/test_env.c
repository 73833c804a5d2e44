// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Entries of meta as FORMAT.md prints them; LMDB's codes as errno. */
#include "store/env.c"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

static const char *const names[] = { "meta", NULL };
static char dir[64];

static int list_reader(const char *text, void *arg)
{
	*(int *)arg += !strstr(text, "no active readers") && !strstr(text, "pid");
	return 0;
}

static int count_readers(struct env *env)
{
	int n = 0;

	mdb_reader_list(env->mdb, list_reader, &n);
	return n;
}

/* A reader of another process that is killed in a transaction; @env is not open here meanwhile. */
static pid_t start_reader(int *ret_in)
{
	struct env env = { 0 };
	MDB_txn *txn;
	int ends[2];
	pid_t child;

	if (pipe(ends))
		exit(1);
	child = fork();
	if (!child) {
		if (env_open(&env, dir, names, 0, 1) || env_read(&env, &txn) ||
		    write(ends[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	close(ends[1]);
	*ret_in = ends[0];
	return child;
}

static void test_dead_reader(void)
{
	struct env env = { 0 };
	char byte;
	pid_t child;
	int in;

	snprintf(dir, sizeof(dir), "/var/tmp/sonde-test-env-%d", getpid());
	mkdir(dir, 0700);
	ok(!env_open(&env, dir, names, 1 << 20, 0), "an environment");
	child = start_reader(&in);
	ok(read(in, &byte, 1) == 1 && count_readers(&env) == 1, "a reader in another process");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ok(count_readers(&env) == 1, "dead, it still keeps its pages");
	env_check_readers(&env);
	ok(!count_readers(&env), "until it is looked for");
	close(in);
	env_close(&env);
	snprintf(env.path, sizeof(env.path), "rm -r %s", dir);
	ok(!system(env.path), "nothing is left");
}

int main(void)
{
	static const uint8_t bytes[] = { 0x0f, 0xa6, 0x61, 0xc7, 0x01, 0x00, 0x00, 0x00,
					 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };
	uint8_t copy[sizeof(bytes)];
	MDB_val name = { 6, "format" }, other = { 6, "epochs" }, value = { sizeof(bytes), copy };
	unsigned seen = 0;
	uint64_t number;

	memcpy(copy, bytes, sizeof(bytes));
	ok(!env_parse_number(&name, &value, &number) && number == 1, "the vector of FORMAT.md");
	ok(env_parse_number(&other, &value, &number) == -EBADMSG,
	   "under another name it is damage");
	for (unsigned bit = 0; bit < 8 * sizeof(bytes); bit++) {
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		seen += env_parse_number(&name, &value, &number) == -EBADMSG;
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ok(seen == 8 * sizeof(bytes), "each single flipped bit is seen");
	value.mv_size--;
	ok(env_parse_number(&name, &value, &number) == -EBADMSG, "and a missing byte");
	ok(env_error(MDB_MAP_FULL) == -ENOSPC && env_error(MDB_CORRUPTED) == -EBADMSG &&
		   env_error(ENOSPC) == -ENOSPC && env_error(-EIO) == -EIO &&
		   env_error(MDB_PANIC) == -EIO && !env_error(0),
	   "LMDB's codes become errno");
	test_dead_reader();
	return tap_done();
}
