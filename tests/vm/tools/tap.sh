# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the tests of the tap, after lib.sh: the tools beside this, and what must hold.

TOOLS=${STOPGAP_MODULE%/kmod/*}/tests/vm
tapctl() { "$TOOLS/tapctl" "$@"; }
ringcat() { "$TOOLS/ringcat" "$@"; }

# in_ns_tap NS ARGUMENTS...: tapctl in a namespace; before a tap goes, its sums must hold
in_ns_tap() {
	local sums=0
	[ "$2" != del ] || sums_hold || sums=1
	in_ns "$1" "$TOOLS/tapctl" "${@:2}" && return $sums
}

# dev_of NS IFNAME: its /dev/stopgapN
dev_of() { echo "/dev/stopgap$(in_ns_tap "$1" get "$2" | sed -n 's/^minor //p')"; }

# value NAME <<< "name value" lines
value() { sed -n "s/^$1 //p" | head -n 1; }

# counter NS IFNAME NAME
counter() { in_ns_tap "$1" get "$2" | value "$3"; }

# conserves NS IFNAME: the sums of uapi/stopgap.h, of one reading of the tap
conserves() {
	in_ns_tap "$1" get "$2" | awk '
		{ c[$1] = $2 }
		END {
			for (i = 0; i < 16; i++) un += c["unparsed" i]
			sum = c["queries"] + c["responses"] + un + c["icmp"] + c["tcp_control"]
			if (c["seen"] != sum) { print "seen " c["seen"] ", its parts " sum; bad = 1 }
			sum = c["answered"] + c["unanswered"] + c["failed"] + c["evicted"] + c["in_flight"]
			if (c["transactions"] != sum) { print "transactions " c["transactions"] ", their ends " sum; bad = 1 }
			if (c["records_made"] < c["records_read"] + c["records_lost"]) { print "more records read and lost than made"; bad = 1 }
			exit bad
		}'
}

# servers_conserve NS IFNAME: the same for each server; in flight may not be below 0
servers_conserve() {
	in_ns_tap "$1" servers "$2" | awk '
		{
			for (i = 1; i <= NF; i++) if (split($i, kv, "=") == 2) c[kv[1]] = kv[2]
			flight = c["transactions"] - c["answered"] - c["unanswered"] - c["failed"] - c["evicted"]
			if (flight < 0) { print $2 ": in flight " flight; bad = 1 }
			if (c["queries"] != c["transactions"] + c["resends"]) { print $2 ": queries"; bad = 1 }
			if (c["responses"] != c["answered"] + c["late"] + c["duplicates"] + c["unmatched"]) { print $2 ": responses"; bad = 1 }
		}
		END { exit bad }'
}

# settled NS IFNAME: nothing is in flight
settled() { [ "$(counter "$1" "$2" in_flight)" = 0 ]; }

# start_reader NAME ARGUMENTS...: ringcat in the background, its output in
# $WORK/NAME.out; returns when it has the device open. Its stdin is open until
# stop_stall NAME.
start_reader() {
	local name=$1
	shift
	mkfifo "$WORK/$name.in"
	"$TOOLS/ringcat" "$@" <>"$WORK/$name.in" >"$WORK/$name.out" 2>&1 &
	echo $! >"$WORK/$name.pid"
	wait_for 10 grep -q '^ready' "$WORK/$name.out"
}
reader_pid() { read -r pid <"$WORK/$1.pid"; echo "$pid"; }
stop_stall() { echo go >"$WORK/$1.in"; }
reader_value() { value "$2" <"$WORK/$1.out"; }
# reader_wrong NAME: what it found wrong, or that it said nothing at all
reader_wrong() { grep '^bad' "$WORK/$1.out" || [ -s "$WORK/$1.out" ] || echo "it said nothing"; }
