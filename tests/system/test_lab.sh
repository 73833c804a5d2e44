#!/bin/sh
# The lab: namespaces come and go, both responders do what they say, and the truth is true.
# SHORT=1 sends a tenth; DEEP=1 ten times as much.
cd "$(dirname "$0")/../.." || exit 1
export LAB="${LAB:-out/sonde-lab}"
[ "$(id -u)" -eq 0 ] || { echo "1..0 # SKIP needs root"; exit 77; }

name=tlab$$
dir=$(mktemp -d)
count=100
[ -z "${SHORT:-}" ] || count=20
[ -z "${DEEP:-}" ] || count=1000
ran=0
failed=0
background=

a() { tools/lab/lab.sh a $name "$@"; }
b() { tools/lab/lab.sh b $name "$@"; }

clean() {
	[ -z "$background" ] || kill "$background" 2>/dev/null
	tools/lab/lab.sh down $name
	rm -rf "$dir"
}
trap clean EXIT
trap 'exit 1' INT TERM

# ok SENTENCE COMMAND...: one test
ok() {
	sentence=$1
	shift
	ran=$((ran + 1))
	if "$@" >"$dir/out" 2>&1; then
		echo "ok $ran - $sentence"
	else
		echo "not ok $ran - $sentence"
		sed 's/^/# /' "$dir/out" | tail -n 20
		failed=$((failed + 1))
	fi
}

# start COMMAND...: in the background on the network's side, until it says that it is ready
start() {
	mkfifo "$dir/ready"
	# not through lab.sh, so that the signal of stop() reaches the program itself
	ip netns exec $name-b "$LAB" "$@" >"$dir/ready" 2>"$dir/err" &
	background=$!
	exec 3<"$dir/ready"
	rm "$dir/ready"
	read -r word <&3
	[ "$word" = ready ] || { echo "not ok - $1 did not start"; cat "$dir/err"; exit 1; }
}

# stop: end it; what it printed last is in $dir/report
stop() {
	kill -TERM "$background"
	cat <&3 >"$dir/report"
	exec 3<&-
	wait "$background"
	status=$?
	background=
	return $status
}

field() { # field KEY FILE: of a JSON line
	sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$2"
}

is_gone() {
	! [ -e /run/netns/$name-a ] && ! [ -e /run/netns/$name-b ] && ! [ -e /etc/netns/$name-a ]
}

received() { # received HOST...: answers to $count echoes each, as fping counts them
	a fping -q -c $count -p 10 -t 300 "$@" 2>&1 | sed -n 's,.*%loss = [0-9]*/\([0-9]*\)/.*,\1,p'
}

all_answer() { # all_answer HOST...: every echo to every host
	want=$(for _ in "$@"; do echo $count; done)
	got=$(received "$@")
	echo "want $want, got $got"
	[ "$got" = "$want" ]
}

matches() { # matches HOST FILTER: fping's answers of a host are the truth's rows with the filter
	got=$(received "$1")
	stop
	want=$(awk -F '\t' -v host="$1" "\$1 == host && ($2)" "$dir/truth" | wc -l)
	echo "fping $got, truth $want"
	[ "$got" -eq "$want" ]
}

emulate() { # emulate RULE...: start the emulator with these lines
	printf '%s\n' "$@" >"$dir/rules"
	start emulate --iface sl1 --rules "$dir/rules" --truth "$dir/truth" --seed 42 \
		--timeout 300ms --late-window 1s
}

test_network() {
	ok 'down without up is no error' tools/lab/lab.sh down $name
	ok 'the lab goes up' tools/lab/lab.sh up $name
	ok 'and up again' tools/lab/lab.sh up $name
	ok 'both families have a route to every host' a sh -c \
		'ip route get 198.18.1.2 && ip route get 198.19.200.1 && ip route get fd00:51:7::1'
	ok 'and one neighbour each' test "$(ip -n $name-a neigh show | grep -c PERMANENT)" -eq 2
	ok 'a bad name is refused' sh -c '! tools/lab/lab.sh up "../x"'
	ok 'stack on lets the network answer by itself' sh -c \
		"tools/lab/lab.sh stack on $name && tools/lab/lab.sh a $name ping -q -c 1 -W 1 198.18.3.3"
	tools/lab/lab.sh stack off $name
}

seen_is() { # seen_is N: what the observer counted
	b "$LAB" stat sl1 >"$dir/stat" && cat "$dir/stat" &&
		[ "$(field requests "$dir/stat")" -eq "$1" ] &&
		[ "$(field replies "$dir/stat")" -eq "$1" ]
}

counts_agree() { # counts_agree FILTER KEY: fping's losses are what the observer dropped
	got=$(received 198.18.0.1 198.18.0.2 fd00:51::1 | awk '{ n += $1 } END { print n }')
	b "$LAB" stat sl1 >"$dir/stat"
	echo "fping $got, $(cat "$dir/stat")"
	[ $((got + $(field loss "$dir/stat"))) -eq $((3 * count)) ] &&
		[ "$(field loss "$dir/stat")" -gt 0 ]
}

faults_agree() { # what is not lost, damaged or from elsewhere is right, and nothing else is
	a tests/system/lab_pinger.py -c $count -t 0.2 -l 0.1 198.18.0.1 fd00:51::1 >"$dir/results"
	b "$LAB" stat sl1 >"$dir/stat"
	right=$(grep -c '"class": "ok"' "$dir/results")
	cat "$dir/stat"
	echo "right $right, $(tail -n 1 "$dir/results")"
	[ "$(field duplicate "$dir/stat")" -gt 0 ] || return 1
	[ "$right" -eq $((2 * count - $(field loss "$dir/stat") - $(field corrupt "$dir/stat") -
		$(field wrong_source "$dir/stat"))) ]
}

test_xdp() {
	start respond --iface sl1
	ok 'the XDP responder answers for hosts of both families' \
		all_answer 198.18.0.1 198.18.255.254 198.19.0.1 fd00:51::1 fd00:51:ffff:1::9
	ok 'and counts every request and reply' seen_is $((5 * count))
	ok 'it ends clean' stop
	ok 'and leaves no program' sh -c "! ip -n $name-b link show sl1 | grep -q xdp"
	printf '198.18.0.0/15 loss=30%%\nfd00:51::/32 loss=30%%\n' >"$dir/rules"
	start respond --iface sl1 --rules "$dir/rules" --seed 7
	ok 'its losses are the ones a pinger sees' counts_agree
	stop
	printf '%s loss=15%% duplicate=15%% corrupt=15%% wrong_source=15%%\n' \
		198.18.0.0/15 fd00:51::/32 >"$dir/rules"
	start respond --iface sl1 --rules "$dir/rules" --seed 7
	ok 'its other faults are the ones a strict pinger sees' faults_agree
	stop
	echo '198.18.0.0/15 delay=5ms' >"$dir/rules"
	ok 'rules that need time are refused' sh -c \
		"! ip netns exec $name-b $LAB respond --iface sl1 --rules $dir/rules"
	ok 'so is an interface that is not there' sh -c \
		"! ip netns exec $name-b $LAB respond --iface nothing"
}

test_fping() {
	emulate '198.18.0.0/15 loss=20% duplicate=10% late=10%:700ms'
	ok 'fping loses what the emulator dropped or delayed (IPv4)' matches 198.18.4.4 '$7 == "ok"'
	emulate 'fd00:51::/32 loss=20% error=20%:1/0'
	ok 'fping loses what the emulator dropped or refused (IPv6)' matches fd00:51::4 '$7 == "ok"'
	emulate 'fd00:51::/32 corrupt=100%' # raw IPv4 sockets get wrong checksums, too
	ok 'corrupt replies get to fping with a valid checksum only' \
		matches fd00:51::4 '$6 == "valid"'
	emulate '198.18.0.0/15 flap=400ms:50%'
	ok 'a flapping host answers while it is up' matches 198.18.4.4 '$5 == "none"'
}

# Everything at once, attempt by attempt, with a pinger that knows sonde's payload.
faults='loss=10% duplicate=10%:2 corrupt=10% wrong_source=5% late=5% expired=2% reorder=5%:20ms'
hosts='198.18.1.1 198.18.2.2 198.18.3.3 198.18.4.4 fd00:51:1::1 fd00:51:2::2 fd00:51:3::3'

ping_all() {
	emulate "198.18.0.0/15 $faults error=2%:3/1 error=2%:11/0 error=2%:3/4:mtu=1400" \
		"fd00:51::/32 $faults error=2%:1/4 error=2%:2/0:mtu=1280 error=2%:3/0:quote=48" \
		'198.18.2.0/24 delay=20ms jitter=5ms' '198.18.3.0/24 closed' '198.18.4.0/24 blackhole' \
		'fd00:51:2::/48 delay=5ms jitter=normal:1ms'
	# shellcheck disable=SC2086
	a tests/system/lab_pinger.py -c $count -t 0.3 -l 1 $hosts >"$dir/results"
	stop
}

holds_are_plausible() { # a delayed host holds at least what its rule says; more when the machine is busy
	awk -F '\t' '$1 == "198.18.2.2" && $5 == "none" && $9 < 15e6 { bad++; print }
		$1 == "198.18.2.2" && $5 == "none" { n++ }
		END { exit bad > n / 20 || !n }' "$dir/truth"
}

is_repeatable() { # the same seed, the same faults by attempt
	cut -f 1,2,5,6 "$dir/truth" | sort >"$dir/first"
	ping_all && cut -f 1,2,5,6 "$dir/truth" | sort | diff - "$dir/first"
}

falsify() { # a comparison that cannot fail proves nothing
	sed '0,/"class": "ok"/s//"class": "lost"/' "$dir/results" >"$dir/false"
	! tools/lab/compare.py "$dir/truth" "$dir/false"
}

test_truth() {
	ok 'a run with every fault ends clean' ping_all
	ok 'every attempt is what the truth says, by sequence number' \
		tools/lab/compare.py "$dir/truth" "$dir/results"
	tools/lab/compare.py "$dir/truth" "$dir/results" | sed 's/^/# /'
	ok 'a single wrong class is found' falsify
	ok 'every fault has occurred' sh -c \
		"[ \$(cut -f 5 $dir/truth | sort -u | wc -l) -ge 11 ] || [ -n '${SHORT:-}' ]"
	ok 'hold times are what the rules ask for' holds_are_plausible
	ok 'the same seed does the same again' is_repeatable
}

test_refusals() {
	printf '198.18.0.0/15 loss=10%%\nnonsense loss=1%%\n1.2.3.4 los=1%%\n' >"$dir/rules"
	ok 'rules are refused with line and column' sh -c \
		"! $LAB emulate --iface lo --rules $dir/rules 2>$dir/err &&
		grep -q 'rules:2:1: ' $dir/err && grep -q 'rules:3:9: ' $dir/err"
	ok 'a run ends by itself after its duration' \
		b "$LAB" emulate --iface sl1 --duration 200ms
	ok 'and leaves no qdisc' sh -c "! tc -n $name-b qdisc show dev sl1 | grep -q clsact"
}

test_names() {
	start dns --ttl 7
	ok 'a name stands for its IPv4 address' a sh -c \
		'getent ahostsv4 host-198-18-1-2.lab | grep -q "^198.18.1.2 "'
	ok 'and for its IPv6 address' a sh -c \
		'getent ahostsv6 HOST-fd00-51--7.lab | grep -q "^fd00:51::7 "'
	ok 'or for both' a sh -c \
		'getent ahosts both-300.lab | grep -q "^198.18.1.44 " &&
		getent ahosts both-300.lab | grep -q "^fd00:51::12c "'
	ok 'or for several' test "$(a getent ahostsv4 many-4-10.lab | grep -c STREAM)" -eq 4
	ok 'another name does not exist' sh -c \
		"! tools/lab/lab.sh a $name getent hosts nobody.lab"
	ok 'the name server ends clean' stop
}

test_forger() {
	emulate '198.18.0.0/15 blackhole' 'fd00:51::/32 blackhole'
	a tests/system/lab_pinger.py -c $((count * 2)) -t 0.3 -l 0.1 198.18.9.9 fd00:51::9 \
		>"$dir/results" &
	pinger=$!
	ok 'the forger finds live probes and sends at them' \
		b "$LAB" forge --iface sl1 --count $((count * 100))
	field sent "$dir/out" | sed 's/^/# sent /'
	wait $pinger
	stop
	ok 'a strict pinger believes none' tools/lab/compare.py "$dir/truth" "$dir/results"
	ok 'though they have come' sh -c "! grep -q '\"strange\": 0}' $dir/results"
}

# The server is in the lab, the client where this script runs.
test_forward() {
	port=$((20000 + $$ % 20000))
	seq 1 200000 >"$dir/page"
	ip netns exec $name-a python3 -m http.server --bind 127.0.0.1 --directory "$dir" 7663 \
		>/dev/null 2>&1 &
	server=$!
	"$LAB" forward --listen 127.0.0.1:$port --netns $name-a --to 127.0.0.1:7663 >"$dir/forward" &
	forward=$!
	ok 'a page of the lab comes out on this side' sh -c \
		"curl -fs --retry 20 --retry-delay 1 --retry-all-errors http://127.0.0.1:$port/page |
		cmp - $dir/page"
	ok 'to several readers at once' sh -c \
		"for i in 1 2 3 4 5 6 7 8; do curl -fs -o $dir/page.\$i http://127.0.0.1:$port/page & done
		wait; cat $dir/page.[1-8] | wc -c | grep -qx $((8 * $(wc -c <"$dir/page")))"
	kill $forward $server
	wait $forward
	ok 'the forwarder ends clean' test $? -eq 0
	wait $server
}

test_network
test_forward
test_xdp
test_fping
test_truth
test_refusals
test_names
test_forger
ok 'down leaves nothing' sh -c "tools/lab/lab.sh down $name && tools/lab/lab.sh down $name"
ok 'really nothing' is_gone
echo "1..$ran"
[ $failed -eq 0 ]
