#!/bin/sh
# run.sh TEST... - run each program, one line each, its output only on failure.
# Exit status of a test: 0 pass, 77 skip, anything else (or over TIMEOUT seconds) fails.
# Adds to the tally file $TALLY: passed failed skipped, counted in "ok" lines.
: "${TIMEOUT:=120}" "${TALLY:=/dev/null}"
fail=0
for t in "$@"; do
	out=$(mktemp)
	start=$(date +%s)
	timeout -k 5 "$TIMEOUT" "$t" >"$out" 2>&1 </dev/null
	rc=$?
	took=$(($(date +%s) - start))
	good=$(grep -c '^ok ' "$out")
	bad=$(grep -c '^not ok ' "$out")
	case $rc in
	0)	printf '  PASS  %-44s %4d  %3ds\n' "$t" "$good" "$took"
		echo "$good 0 0" >>"$TALLY" ;;
	77)	printf '  SKIP  %-44s %s\n' "$t" "$(sed -n 's/.*SKIP //p' "$out" | head -n 1)"
		echo "$good 0 1" >>"$TALLY" ;;
	*)	printf '  FAIL  %-44s exit %d after %ds\n' "$t" "$rc" "$took"
		sed 's/^/        /' "$out" | tail -n 60
		[ "$bad" -gt 0 ] || bad=1
		echo "$good $bad 0" >>"$TALLY"
		fail=1 ;;
	esac
	rm -f "$out"
done
exit $fail
