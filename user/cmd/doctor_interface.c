// SPDX-License-Identifier: GPL-2.0 OR MIT
/* doctor_interface.c - each interface: driver, XDP mode, MTU, carrier. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/doctor.h"
#include "cmd/xdp_info.h"

struct interface {
	const char *name;
	unsigned index;
	char driver[ETHTOOL_BUSINFO_LEN];
	int mtu;
	unsigned flags;
	struct xdp_info xdp;
};

static int read_interface(struct interface *i, int fd)
{
	struct ethtool_drvinfo driver = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request;

	memset(&request, 0, sizeof(request));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", i->name);
	if (ioctl(fd, SIOCGIFMTU, &request))
		return -errno;
	i->mtu = request.ifr_mtu;
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return -errno;
	i->flags = (unsigned short)request.ifr_flags;
	request.ifr_data = (void *)&driver;
	snprintf(i->driver, sizeof(i->driver), "%s",
		 i->flags & IFF_LOOPBACK             ? "loopback"
		 : !ioctl(fd, SIOCETHTOOL, &request) ? driver.driver
						     : "no driver name");
	return xdp_info_get(i->index, &i->xdp);
}

static const char *link_text(const struct interface *i)
{
	if (!(i->flags & IFF_UP))
		return "down";
	return i->flags & IFF_RUNNING ? "up" : "no carrier";
}

static const char *xdp_text(const struct interface *i)
{
	if (i->xdp.program)
		return "XDP taken by another program, TC is used";
	if (!i->xdp.knows_features)
		return "native XDP unknown";
	if (!(i->xdp.features & XDP_INFO_NATIVE))
		return "no native XDP, TC is used";
	return i->xdp.features & XDP_INFO_XMIT ? "native XDP, takes redirected frames"
					       : "native XDP";
}

static void report_interface(struct doctor_report *report, const struct interface *i, int is_asked)
{
	int is_up = i->flags & IFF_UP && i->flags & IFF_RUNNING;
	struct doctor_finding *finding;

	finding = doctor_add(report, is_up || !is_asked ? DOCTOR_OK : DOCTOR_WARN, i->name,
			     "%s, MTU %d, %s, %s", i->driver, i->mtu, link_text(i), xdp_text(i));
	if (!(i->flags & IFF_UP) && is_asked)
		doctor_explain(finding, "nothing can be probed through it", "ip link set %s up",
			       i->name);
	else if (!is_up && is_asked)
		doctor_explain(finding, "nothing can be probed through it",
			       "look at the cable, or at the peer's end");
}

void doctor_interfaces(struct doctor_report *report, const char *name)
{
	struct if_nameindex *all = if_nameindex();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (unsigned n = 0; all && fd >= 0 && all[n].if_index; n++) {
		struct interface i = { .name = all[n].if_name, .index = all[n].if_index };

		/* one that went away meanwhile is no finding */
		if ((!name || !strcmp(name, i.name)) && !read_interface(&i, fd))
			report_interface(report, &i, name != NULL);
	}
	if (!all || fd < 0)
		doctor_explain(doctor_add(report, DOCTOR_BAD, "interfaces", "cannot be listed: %s",
					  strerror(errno)),
			       "it is not known where probes could leave", "%s", "");
	if (fd >= 0)
		close(fd);
	if_freenameindex(all);
}
