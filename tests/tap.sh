# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What lanes of single points share: $work, a folder of their own that goes with
# them, and the points. Sourced by them, from the top of the tree.
tap_n=0 tap_failed=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

ok() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1"; }
not_ok() {
	tap_n=$((tap_n + 1)) tap_failed=$((tap_failed + 1))
	echo "not ok $tap_n - $1"
	shift
	printf '%s\n' "$@" | sed 's/^/# /'
}
# is DESCRIPTION GOT EXPECTED
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got: $2" "expected: $3"; fi; }
# check DESCRIPTION COMMAND...
check() {
	local what=$1 out
	shift
	if out=$("$@" 2>&1); then ok "$what"; else not_ok "$what" "exit $? of: $*" "$out"; fi
}
# wait_for SECONDS COMMAND...: until it ends with 0; fails when it never does
wait_for() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}
finish() {
	echo "1..$tap_n"
	[ $tap_failed = 0 ]
	exit
}
