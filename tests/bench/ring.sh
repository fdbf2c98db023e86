#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: tests/vm/run --smp 2 --raw tests/bench/ring.sh; tests/bench/ring does it
#
# In a VM with two CPUs: one sends DNS into a veth as fast as it can, and what looks at it there
# runs on it, too; the other one reads what comes of it. Prints a line
#	NAME NS-PER-FRAME READER-NS-PER-FRAME GOT LOST
# for each of RUNS (5) bursts of PAIRS (50000) queries and answers: what the reader got of them, and
# what was lost on the way by its own account. The first burst of each is for warming up.
set -u
pairs=${PAIRS:-50000} runs=${RUNS:-5}
. "$STOPGAP_TOP/tests/bench/veth.sh"

# is_idle: the reader has used no CPU time for longer than tcpdump lets a packet wait
used() { cut -d' ' -f1 "/proc/$pid/schedstat"; }
is_idle() {
	local before
	before=$(used)
	read -rt 1.5 <> <(:)
	[ "$before" = "$(used)" ]
}

# one NAME SIGNAL SEED PROGRAM...: which SIGNAL ends (or none); what it printed is then in $work/NAME,
# burst's time and its own in $times
one() {
	local name=$1 sig=$2 seed=$3 pid frame spent i
	shift 3
	start_reader "$name" taskset -c 1 "$@" || return
	spent=$(used)
	frame=$(taskset -c 0 ip netns exec a "$bench/burst" v0 "$pairs" dns "$seed") || return
	for ((i = 0; i < 20; i++)); do is_idle && break; done
	spent=$(($(used) - spent))
	times="$frame $((spent / (2 * pairs)))"
	[ "$sig" = none ] || kill -"$sig" "$pid"
	wait "$pid" 2>/dev/null
	:
}
figure() { sed -n "s/^$2 \([0-9]*\)$/\1/p" "$work/$1"; }

# of_tap NAME [OPTION]: one record for each transaction
of_tap() {
	local i got lost
	for ((i = 0; i <= runs; i++)); do
		tap add v1 flags=1 >/dev/null || return
		one "$1" none $((i + 1)) "$tools/ringcat" -i 5000 ${2:+"$2"} "$(tap_device)" || return
		got=$(figure "$1" txn) lost=$(figure "$1" lost)
		[ "$((got + lost))" = "$pairs" ] && tap get v1 | grep -qx "answered $pairs" ||
			{ echo "# $1: $pairs were asked, the reader got $got, lost $lost"; return 1; }
		[ $i -eq 0 ] || echo "$1 $times $got $lost"
		tap del v1 >/dev/null
	done
}

of_bpf() {
	local i got
	for ((i = 0; i <= runs; i++)); do
		ebpf tc/ring || return
		one ebpf+ring TERM $((i + 1)) "$bench/ringbuf" sgap_events || return
		got=$(figure ebpf+ring records)
		[ $i -eq 0 ] || echo "ebpf+ring $times $got $((pairs - got))"
		in_b tc qdisc del dev v1 clsact
	done
}

of_packets() {
	local i said='\([0-9]*\) packets\?'
	for ((i = 0; i <= runs; i++)); do
		one tcpdump TERM $((i + 1)) tcpdump -n -i v1 -w /dev/null port 53 || return
		[ $i -eq 0 ] || echo "tcpdump $times $(sed -n "s/^$said captured/\1/p" "$work/tcpdump")" \
			"$(sed -n "s/^$said dropped by kernel/\1/p" "$work/tcpdump")"
	done
}

insmod "$STOPGAP_MODULE" || exit 1
of_tap tap+read && of_tap tap+mmap -m && rmmod stopgap || exit 1
of_bpf
of_packets
echo end
