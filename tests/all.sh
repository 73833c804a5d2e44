#!/bin/sh
# all.sh - what `make test` runs; DEEP=1 runs long forms in full.
#
# Order: the borders, the build with warnings as errors, unit and packet-table tests, system tests,
# the page, then units and system again under AddressSanitizer and UBSan, threads under TSan, and
# the fuzz targets over their seeds and for a while.
#
# Everything after the build runs in a network namespace of its own, where there is nothing but
# loopback and what a test makes: no packet can leave this host.
set -u
cd "$(dirname "$0")/.."
export TALLY="${TALLY:-$PWD/out/tally}" WERROR=1
# set and empty would still be set to a test that asks the environment
[ -n "${DEEP:-}" ] || unset DEEP
unset MAKEFLAGS MFLAGS MAKELEVEL

section() { printf '\n== %s\n' "$1"; }

# check NAME COMMAND...: one test that is a command
check() {
	name=$1
	shift
	if out=$("$@" 2>&1); then
		printf '  PASS  %s\n' "$name"
		echo "1 0 0" >>"$TALLY"
	else
		printf '  FAIL  %s\n%s\n' "$name" "$out" | tail -n 60
		echo "0 1 0" >>"$TALLY"
	fi
}

programs() { # programs DIR KIND: the built tests of a kind
	find "$1/tests/$2" -maxdepth 1 -name 'test_*' -type f -perm -u+x 2>/dev/null | sort
}

scripts() {
	find tests/system -maxdepth 1 -name 'test_*' \( -name '*.sh' -o -name '*.py' \) -perm -u+x | sort
}

# Tests of threads: what crosses them must be clean under TSan.
threads='ring board judge writer loop api probe_thread'

run_release() {
	section 'unit'
	tests/run.sh $(programs out unit)
	section 'packets through the BPF programs'
	tests/run.sh $(programs out bpf)
	section 'system'
	tests/run.sh $(scripts)
	section 'page in Chromium'
	TIMEOUT=300 tests/run.sh $(find tests/web -name 'test_*.mjs' -perm -u+x | sort)
}

run_sanitized() {
	section 'again under AddressSanitizer and UBSan'
	export TIMEOUT="${TIMEOUT:-400}"
	export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
	export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp"
	tests/run.sh $(programs out/address unit) $(programs out/address bpf)
	SONDE=out/address/sonde LAB=out/address/sonde-lab SHORT=1 tests/run.sh $(scripts)
	section 'threads under TSan'
	export TSAN_OPTIONS="halt_on_error=1 suppressions=$PWD/tests/tsan.supp"
	for name in $threads; do
		test="out/thread/tests/unit/test_$name"
		[ ! -x "$test" ] || tests/run.sh "$test"
	done
	SONDE=out/thread/sonde LAB=out/sonde-lab SHORT=1 tests/run.sh tests/system/test_serve.py
}

run_fuzz() {
	seconds=8
	[ -z "${DEEP:-}" ] || seconds=1800
	section "fuzzing, $seconds s each"
	for target in out/tests/fuzz/fuzz_*; do
		case $target in *.d) continue ;; esac
		name=$(basename "$target")
		mkdir -p "out/corpus/$name"
		check "$name" "$target" -max_total_time=$seconds -max_len=4096 -rss_limit_mb=1024 \
			-artifact_prefix=out/ "out/corpus/$name" "tests/fuzz/$name.in"
	done
}

inner() {
	ip link set lo up
	mount -t sysfs none /sys 2>/dev/null && mount -t bpf bpf /sys/fs/bpf 2>/dev/null
	# names of our own, hidden from the host
	mkdir -p /run/netns && mount -t tmpfs none /run/netns
	[ -z "${DEEP:-}" ] || export TIMEOUT=7200
	run_release
	run_sanitized
	run_fuzz
}

if [ "${1:-}" = inner ]; then
	inner
	exit 0
fi

mkdir -p out
: >"$TALLY"
section 'build'
make -j"$(nproc)" tests-built || exit 1
make -j"$(nproc)" tests-built SAN=address,undefined || exit 1
make -j"$(nproc)" tests-built SAN=thread || exit 1
make -j"$(nproc)" fuzz || exit 1
section 'lint'
check 'layers, format, cppcheck' make lint
unshare --net --mount --propagation private "$0" inner </dev/null
awk '{ p += $1; f += $2; s += $3 }
	END { printf "\n%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }' "$TALLY"
