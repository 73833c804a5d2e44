#!/bin/sh
# check-layers.sh - fail when a file includes a folder its own may not see, or a library that
# belongs to another folder. The table is that of ARCHITECTURE.md.
set -eu
cd "$(dirname "$0")/.."

allowed() {
	case $1 in
	base)	echo base ;;
	domain)	echo base domain ;;
	loop)	echo base loop ;;
	kern)	echo base loop kern ;;
	probe)	echo base domain loop kern probe ;;
	sched)	echo base domain loop kern probe sched ;;
	judge)	echo base domain judge ;;
	store)	echo base domain store ;;
	config)	echo base domain config ;;
	worker)	echo base domain worker ;;
	api)	echo base domain api ;;
	esac
}
layers='base domain loop kern probe sched judge store config worker api'

# library header : the folder (or file) that may include it
libs='liburing.h:user/loop/ bpf/:user/kern/ lmdb.h:user/store/ h2o:user/api/ jansson.h:user/api/
	yaml.h:user/config/ ares.h:user/probe/resolve.c curl/:user/worker/ [a-z_/]*\.skel.h:user/kern/'

bad=0
for layer in $layers; do
	ok=$(allowed $layer | tr ' ' '|')
	grep -rnE "^#include \"($(echo $layers cmd | tr ' ' '|'))/" "user/$layer" 2>/dev/null |
		grep -vE "#include \"($ok)/" && bad=1
done
for rule in $libs; do
	grep -rnE "^#include [<\"]${rule%%:*}" user 2>/dev/null | grep -v "^${rule##*:}" && bad=1
done
[ $bad -eq 0 ] || { echo "check-layers: the includes above break the layering rule" >&2; exit 1; }
