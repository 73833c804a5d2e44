#!/bin/sh
# lab.sh - the lab's network: two namespaces of our own and one wire between them.
#
#   lab.sh up [NAME]         make NAME-a (the prober's side, sl0) and NAME-b (the network, sl1)
#   lab.sh down [NAME]       remove them, whatever runs inside, and the resolver file; idempotent
#   lab.sh stack on|off [NAME]   let NAME-b's own stack answer for every host, or not
#   lab.sh a|b NAME CMD...   run a command on one side
#
# 198.18.0.0/15 and fd00:51::/32 are routed from NAME-a to one next hop in NAME-b with a
# permanent neighbour entry: any number of hosts, one neighbour. Only the transfer nets
# 198.19.255.0/30 and fd00:51:ffff::/64 are on the wire itself. Who answers is up to
# `sonde-lab respond` (XDP, full speed), `sonde-lab emulate` (faults with time) or `stack on`.
set -eu

lab=${LAB:-$(cd "$(dirname "$0")/../.." && pwd)/out/sonde-lab} # another build: LAB=

usage() {
	sed -n 's/^# \{0,1\}//p' "$0" | sed -n '1,7p' >&2
	exit 2
}

check_name() {
	case $1 in
	'' | *[!A-Za-z0-9_.-]*) echo "lab: '$1' is no name for a namespace" >&2; exit 2 ;;
	esac
}

exists() {
	[ -e "/run/netns/$1" ]
}

# Ask what runs inside to end, then insist; only processes of our own namespaces are in the list.
end_inside() {
	pids=$(ip netns pids "$1")
	[ -n "$pids" ] || return 0
	# shellcheck disable=SC2086
	kill $pids 2>/dev/null || true
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ -n "$(ip netns pids "$1")" ] || return 0
		sleep 0.1
	done
	# shellcheck disable=SC2046
	kill -9 $(ip netns pids "$1") 2>/dev/null || true
}

down() {
	for side in a b; do
		if exists "$name-$side"; then
			end_inside "$name-$side"
			ip -n "$name-$side" link del sl0 2>/dev/null || true
			ip netns del "$name-$side"
		fi
	done
	rm -rf "/etc/netns/$name-a"
}

quiet_down() {
	down >/dev/null 2>&1 || true
}

tune() {
	ip netns exec "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
		net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.forwarding=0 \
		net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 net.ipv4.icmp_ratelimit=0 \
		net.ipv4.ping_group_range='0 2147483647' net.ipv6.icmp.ratelimit=0
	# Since Linux 6.9 every namespace has its own; before, only the first one has them.
	ip netns exec "$1" sysctl -qw net.ipv4.icmp_msgs_per_sec=10000000 \
		net.ipv4.icmp_msgs_burst=1000000 2>/dev/null || true
	ip -n "$1" link set lo up
}

wire() {
	ip -n "$name-a" link add sl0 address 02:53:4c:00:00:0a type veth \
		peer name sl1 address 02:53:4c:00:00:0b netns "$name-b"
	ip -n "$name-a" link set sl0 addrgenmode none
	ip -n "$name-b" link set sl1 addrgenmode none
	# With GRO the prober's end is polled, so that frames redirected by XDP arrive there although
	# it runs no XDP program: the place stays free for sonde's own.
	ip netns exec "$name-a" "$lab" gro sl0 on
	ip -n "$name-a" link set sl0 up
	ip -n "$name-b" link set sl1 up
}

addresses() {
	ip -n "$name-a" addr add 198.19.255.1/30 dev sl0
	ip -n "$name-b" addr add 198.19.255.2/30 dev sl1
	ip -n "$name-a" addr add fd00:51:ffff::1/64 dev sl0 nodad
	ip -n "$name-b" addr add fd00:51:ffff::2/64 dev sl1 nodad
	for hop in 198.19.255.2 fd00:51:ffff::2; do
		ip -n "$name-a" neigh add $hop lladdr 02:53:4c:00:00:0b dev sl0 nud permanent
	done
	for hop in 198.19.255.1 fd00:51:ffff::1; do
		ip -n "$name-b" neigh add $hop lladdr 02:53:4c:00:00:0a dev sl1 nud permanent
	done
	ip -n "$name-a" route add 198.18.0.0/15 via 198.19.255.2
	ip -n "$name-a" route add fd00:51::/32 via fd00:51:ffff::2
}

up() {
	down
	trap quiet_down EXIT
	trap 'exit 130' INT TERM HUP
	ip netns add "$name-a"
	ip netns add "$name-b"
	tune "$name-a"
	tune "$name-b"
	wire
	addresses
	mkdir -p "/etc/netns/$name-a"
	echo "nameserver 198.19.255.2" >"/etc/netns/$name-a/resolv.conf"
	trap - EXIT INT TERM HUP
}

stack() {
	case $1 in
	on)	verb=replace ;;
	off)	verb=del ;;
	*)	usage ;;
	esac
	ip -n "$name-b" route $verb local 198.18.0.0/15 dev lo
	ip -n "$name-b" route $verb local fd00:51::/32 dev lo
}

case ${1:-} in
up | down)
	name=${2:-lab}
	check_name "$name"
	"$1" ;;
stack)
	name=${3:-lab}
	check_name "$name"
	stack "${2:-}" ;;
a | b)
	[ $# -ge 3 ] || usage
	check_name "$2"
	side=$1 name=$2
	shift 2
	exec ip netns exec "$name-$side" "$@" ;;
*)	usage ;;
esac
