/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* gro.c - sonde-lab gro: the one setting of ethtool that the lab needs. */
#include "lab.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int set_gro(const char *interface, int on)
{
	struct ethtool_value value = { .cmd = ETHTOOL_SGRO, .data = on };
	struct ifreq request = { .ifr_data = (char *)&value };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (ioctl(fd, SIOCETHTOOL, &request))
		err = -errno;
	close(fd);
	return err;
}

int gro_main(int argc, char **argv)
{
	int err;

	if (argc != 3 || (strcmp(argv[2], "on") && strcmp(argv[2], "off"))) {
		fprintf(stderr, "usage: sonde-lab gro INTERFACE on|off\n");
		return EXIT_USAGE;
	}
	err = set_gro(argv[1], !strcmp(argv[2], "on"));
	return err ? lab_fail(argv[1], err) : 0;
}
