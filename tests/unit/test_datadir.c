// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The data directory: whose, where, locked by one; names of what is set aside. */
#include "store/datadir.c"

#include <sys/wait.h>

#include "../tap.h"

static char dir[64], why[256];

static int shell(const char *command)
{
	char text[512];

	snprintf(text, sizeof(text), "D=%s; %s", dir, command);
	return system(text);
}

static void test_lock(void)
{
	int fd = -1, second = -1, status;
	pid_t child;

	ok(!datadir_open(dir, 0, &fd, why, sizeof(why)) && fd >= 0, "made and locked");
	ok(!shell("test $(stat -c %a $D) = 700 && test $(stat -c %a $D/lock) = 600"),
	   "for us alone");
	ok(datadir_open(dir, 0, &second, why, sizeof(why)) == -EBUSY, "not twice: %s", why);
	ok(datadir_open(dir, 1, &second, why, sizeof(why)) == -EBUSY,
	   "not even to read in the same process");
	child = fork();
	if (!child)
		_exit(datadir_open(dir, 1, &second, why, sizeof(why)) || second != -1);
	waitpid(child, &status, 0);
	ok(!status, "another process may look");
	close(fd);
	ok(!datadir_open(dir, 1, &second, why, sizeof(why)) && second == -1,
	   "after the lock is gone so may we");
	ok(!datadir_open(dir, 0, &fd, why, sizeof(why)), "and lock it again");
	close(fd);
	shell("rm -r $D/lock; mkdir $D/lock");
	ok(datadir_open(dir, 0, &fd, why, sizeof(why)) < 0, "a lock that is a directory: %s", why);
	shell("rm -r $D/lock");
}

static void test_owner(void)
{
	int status;
	pid_t child;

	int fd = -1;

	shell("chmod 755 $D; touch $D/other");
	ok(!datadir_open(dir, 0, &fd, why, sizeof(why)) && !shell("test $(stat -c %a $D) = 755"),
	   "a directory with other things in it keeps its mode");
	close(fd);
	shell("chmod 1777 $D");
	ok(!datadir_open(dir, 0, &fd, why, sizeof(why)) && !shell("test $(stat -c %a $D) = 1777"),
	   "even one like /tmp");
	close(fd);
	shell("chmod 777 $D");
	ok(datadir_open(dir, 0, &fd, why, sizeof(why)) == -EPERM,
	   "but not without the sticky bit: %s", why);
	shell("rm -r $D/*; mkdir $D/lost+found $D/registry.bad-1; touch $D/token");
	ok(!datadir_open(dir, 0, &fd, why, sizeof(why)) && !shell("test $(stat -c %a $D) = 700"),
	   "one with nothing else in it becomes ours");
	close(fd);
	shell("rm -r $D/*; chmod 777 $D");
	child = fork();
	if (!child) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		_exit(datadir_open(dir, 0, &fd, why, sizeof(why)) == -EPERM && *why ? 0 : 1);
	}
	waitpid(child, &status, 0);
	ok(!status, "a directory of somebody else that all may write to is refused");
	ok(is_network_type(NFS_SUPER_MAGIC) && is_network_type(CIFS_SUPER_MAGIC) &&
		   !is_network_type(TMPFS_MAGIC) && !is_network_type(EXT4_SUPER_MAGIC) &&
		   !is_network_type(OVERLAYFS_SUPER_MAGIC),
	   "network file systems are told from local ones");
	ok(is_network_type((unsigned long)(long)(int)CIFS_SUPER_MAGIC),
	   "whatever sign they come with");
}

static void test_set_aside(void)
{
	char first[128], second[128];

	shell("mkdir $D/journal && echo 1 > $D/journal/data.mdb");
	ok(!datadir_set_aside(dir, "journal", first, sizeof(first)) &&
		   !strncmp(first, "journal.bad-", 12),
	   "renamed to %s", first);
	shell("mkdir $D/journal && echo 2 > $D/journal/data.mdb");
	ok(!datadir_set_aside(dir, "journal", second, sizeof(second)) && strcmp(first, second),
	   "and the next one to %s", second);
	ok(!shell("test $(cat $D/journal.bad-*/data.mdb | sort | tr -d '\\n') = 12"),
	   "both are kept");
	ok(datadir_set_aside(dir, "journal", first, sizeof(first)) == -ENOENT, "nothing to rename");
	ok(!datadir_check_env(dir, "journal", why, sizeof(why)), "nothing there is no damage");
	ok(!datadir_make_env(dir, "journal") && !datadir_make_env(dir, "journal") &&
		   !datadir_check_env(dir, "journal", why, sizeof(why)),
	   "an empty one is made, once");
	shell("echo > $D/journal/x; ln $D/journal/x $D/journal/data.mdb");
	ok(datadir_check_env(dir, "journal", why, sizeof(why)) == -EBADMSG,
	   "a file that has another name too: %s", why);
}

int main(void)
{
	snprintf(dir, sizeof(dir), "/var/tmp/sonde-test-datadir-%d", getpid());
	test_lock();
	test_owner();
	test_set_aside();
	shell("rm -r $D");
	return tap_done();
}
