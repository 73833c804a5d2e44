// SPDX-License-Identifier: GPL-2.0 OR MIT
/* attach.c - choosing hooks for an interface; receiving starts before sending is stamped. */
#include "kern/attach.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/clsact.h"
#include "kern/tcx.h"
#include "kern/xdp.h"

struct attach {
	struct xdp_hook xdp;
	int is_xdp;
	int ingress_link, egress_link; /* TCX, else -1 */
	struct guard_entry filters;    /* clsact */
	int guard_fd, guard_position;  /* -1: no clsact */
};

/* What an interface is, and what of ours goes there. */
struct place {
	unsigned ifindex;
	char name[IF_NAMESIZE];
	int has_ether; /* a link-layer header, Ethernet's */
	int has_xdp;
	int egress_fd, ingress_fd;
};

/* Return: ARPHRD_*, or -errno. */
static int device_type(const char *name)
{
	struct ifreq request = { 0 };
	int err = 0, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	memcpy(request.ifr_name, name, strnlen(name, IF_NAMESIZE - 1));
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		err = -errno;
	close(fd);
	return err ? err : request.ifr_hwaddr.sa_family;
}

static int look_at(struct place *ret, const struct attach_programs *programs, unsigned ifindex)
{
	struct place place = { .ifindex = ifindex };
	int type;

	if (!if_indextoname(ifindex, place.name))
		return -ENODEV;
	type = device_type(place.name);
	if (type < 0)
		return type;
	place.has_ether = type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
	place.has_xdp = type == ARPHRD_ETHER;
	place.egress_fd = place.has_ether ? programs->tx : programs->tx_bare;
	place.ingress_fd = place.has_ether ? programs->rx : programs->rx_bare;
	*ret = place;
	return 0;
}

static int attach_xdp(struct attach *attach, const struct attach_options *options,
		      const struct place *place, char *why)
{
	int err;

	if (options->rx != KERN_RX_XDP)
		return 0;
	if (!place->has_xdp) {
		snprintf(why, ATTACH_WHY_BYTES, "%s cannot have native XDP: received by TC",
			 place->name);
		return 0;
	}
	err = xdp_attach(&attach->xdp, place->ifindex, options->programs.rx_xdp);
	if (err == -EBUSY)
		snprintf(why, ATTACH_WHY_BYTES, "%s carries the XDP program of somebody else",
			 place->name);
	else if (err)
		snprintf(why, ATTACH_WHY_BYTES, "the driver of %s refuses native XDP: %s",
			 place->name, strerror(-err));
	attach->is_xdp = !err;
	return err;
}

static int attach_tcx(struct attach *attach, const struct place *place)
{
	if (!attach->is_xdp) {
		attach->ingress_link = tcx_attach(place->ifindex, place->ingress_fd, 0);
		if (attach->ingress_link < 0)
			return attach->ingress_link;
	}
	attach->egress_link = tcx_attach(place->ifindex, place->egress_fd, 1);
	return attach->egress_link < 0 ? attach->egress_link : 0;
}

static int attach_clsact(struct attach *attach, const struct attach_options *options,
			 const struct place *place, char *why)
{
	int position;

	if (options->guard_fd < 0) {
		snprintf(why, ATTACH_WHY_BYTES,
			 "%s: clsact filters are not used where no guardian would remove them",
			 place->name);
		return -EOPNOTSUPP;
	}
	position = clsact_attach(&attach->filters, options->guard_fd, place->ifindex,
				 place->egress_fd, attach->is_xdp ? -1 : place->ingress_fd);
	if (position < 0) {
		snprintf(why, ATTACH_WHY_BYTES, "%s takes no clsact filter: %s", place->name,
			 strerror(-position));
		return position;
	}
	attach->guard_fd = options->guard_fd;
	attach->guard_position = position;
	return 0;
}

static int attach_tc(struct attach *attach, const struct attach_options *options,
		     const struct place *place, char *why)
{
	int err = -EINVAL;

	if (options->tc != KERN_TC_CLSACT)
		err = attach_tcx(attach, place);
	if (!err)
		return 0;
	/* EINVAL is what a kernel says that does not know the attach type */
	if (err != -EINVAL || options->tc == KERN_TC_TCX) {
		snprintf(why, ATTACH_WHY_BYTES, "%s takes no TCX link%s: %s", place->name,
			 err == -EINVAL ? " (needs Linux 6.6)" : "", strerror(-err));
		return err;
	}
	return attach_clsact(attach, options, place, why);
}

int attach_new(struct attach **ret, const struct attach_options *options, unsigned ifindex,
	       char *why)
{
	struct attach *attach = calloc(1, sizeof(*attach));
	struct place place;
	int err;

	if (!attach)
		return -ENOMEM;
	attach->xdp.link_fd = attach->xdp.placeholder_fd = -1;
	attach->ingress_link = attach->egress_link = attach->guard_position = -1;
	err = look_at(&place, &options->programs, ifindex);
	if (err) {
		snprintf(why, ATTACH_WHY_BYTES, "there is no interface %u: %s", ifindex,
			 strerror(-err));
		goto fail;
	}
	err = attach_xdp(attach, options, &place, why);
	if (!err)
		err = attach_tc(attach, options, &place, why);
	if (err)
		goto fail;
	*ret = attach;
	return 0;
fail:
	attach_free(attach);
	return err;
}

void attach_free(struct attach *attach)
{
	if (!attach)
		return;
	if (attach->guard_position >= 0) {
		clsact_remove(&attach->filters);
		guard_drop(attach->guard_fd, attach->guard_position);
	}
	if (attach->egress_link >= 0)
		close(attach->egress_link);
	if (attach->ingress_link >= 0)
		close(attach->ingress_link);
	xdp_detach(&attach->xdp);
	free(attach);
}

int attach_is_alive(const struct attach *attach)
{
	if (attach->is_xdp && !xdp_is_alive(&attach->xdp))
		return 0;
	if (attach->guard_position >= 0)
		return clsact_is_alive(&attach->filters);
	return tcx_is_alive(attach->egress_link) &&
	       (attach->is_xdp || tcx_is_alive(attach->ingress_link));
}

int attach_is_xdp(const struct attach *attach)
{
	return attach->is_xdp;
}
