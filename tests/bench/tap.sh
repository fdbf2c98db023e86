#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: tests/vm/run --bench --raw tests/bench/tap.sh; tests/bench/tap does it
#
# In the VM whose clock counts instructions: what it costs that a frame arrives on a veth,
# with nothing there, with the tap, and with peers in its place. All of the guest is counted,
# kernel and user: programs that read run before the sender as soon as they have something
# to do. Prints "NAME KIND NS..." lines, one figure for each run, "NAME memory KIB..." and
# "LOST NAME N": records that a reader did not get.
# PAIRS (2000) queries and answers a run, RUNS (5) runs. With PROFILE (none, read or mmap) the tap
# alone, of frames of KIND, and then "symbol " and a line for each function of the kernel.
set -u
pairs=${PAIRS:-2000} runs=${RUNS:-5}
. "$STOPGAP_TOP/tests/bench/veth.sh"
burst() { ip netns exec a "$bench/burst" v0 "$pairs" "$1" "$2"; }

# measure NAME KIND: the first run is for warming up
measure() {
	local i line="$1 $2"
	burst "$2" 1 >/dev/null || return
	for ((i = 1; i <= runs; i++)); do
		line+=" $(burst "$2" $((i + 1)))" || return
	done
	echo "$line"
}

# reader NAME PROGRAM...: while it reads; it is in time when something else sleeps
reader() {
	local pid p
	start_reader "$@" || return
	chrt -a -f -p 1 "$pid" 2>/dev/null
	# tshark's is dumpcap
	for p in $(cat /proc/$pid/task/*/children 2>/dev/null); do chrt -f -p 1 "$p"; done
	measure "$1" dns
	kill -TERM "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	:
}

# Large pieces of memory by kmalloc() are counted as slab, too.
kernel_kib() {
	echo 1 >/proc/sys/vm/stat_refresh
	awk '/^(SUnreclaim|VmallocUsed|Percpu):/ { n += $2 } END { print n }' /proc/meminfo
}

# crowd PAIRS SEED: more servers than there is room for
crowd() {
	ip netns exec a "$bench/burst" v0 "$1" crowd "$2" >/dev/null &&
		[ "$(tap get v1 | sed -n 's/^unparsed10 //p')" -gt 0 ]
}

# memory NAME PAIRS: KiB of a tap as it comes by default that has seen so many clients, servers
# and zones, without readers (whose rings come on top); the first one is for warming up
memory() {
	local i line="$1 memory" before cache
	for ((i = 0; i <= runs; i++)); do
		# What its own caches keep of the one before is no less its own.
		for cache in /sys/kernel/slab/*/shrink; do echo 1 >"$cache"; done
		before=$(kernel_kib)
		tap add v1 flags=1 >/dev/null || return
		[ "$2" -eq 0 ] || crowd "$2" $((i + 1)) || return
		[ $i -eq 0 ] || line+=" $(($(kernel_kib) - before))"
		tap del v1 >/dev/null
	done
	echo "$line"
}

if [ -z "${PROFILE:-}" ]; then
	measure bare dns
	measure bare other
fi

insmod "$STOPGAP_MODULE" || exit 1
tap add v1 flags=1 ring=4194304 census=0 || exit 1
if [ -n "${PROFILE:-}" ]; then
	dev=$(tap_device)
	case $PROFILE in
	read)	reader tap+read "$tools/ringcat" "$dev" ;;
	mmap)	reader tap+mmap "$tools/ringcat" -m "$dev" ;;
	*)	measure tap "$KIND" ;;
	esac
	tap del v1
	sed 's/^/symbol /' /proc/kallsyms
	rmmod stopgap
	echo end
	exit
fi
measure tap dns
measure tap other
dev=$(tap_device)
reader tap+read "$tools/ringcat" "$dev"
reader tap+mmap "$tools/ringcat" -m "$dev"
tap get v1 | sed -n 's/^records_lost /LOST tap+readers /p'
tap get v1 | awk '{ c[$1] = $2 } END { exit c["queries"] != c["responses"] || !c["queries"] || c["answered"] + c["failed"] + c["unanswered"] + c["evicted"] + c["in_flight"] != c["transactions"] }' ||
	{ echo "# the tap's counters are wrong"; exit 1; }
tap del v1
tap add v1 flags=1 || exit 1
measure tap+census dns
tap del v1
memory tap 0 && memory crowded 20000 || { echo "# the memory cannot be measured"; exit 1; }
rmmod stopgap

in_b nft -f - <<'END'
table netdev t {
	chain in { type filter hook ingress device v1 priority 0; policy accept; udp dport 53 counter; udp sport 53 counter; }
}
END
measure nftables dns
measure nftables other
in_b nft flush ruleset

if ebpf tc; then
	measure ebpf dns
	measure ebpf other
	in_b tc qdisc del dev v1 clsact
else
	echo "# ebpf: the program cannot be loaded"
fi
if ebpf tc/ring; then
	reader ebpf+ring "$bench/ringbuf" sgap_events &&
		echo "LOST ebpf+ring $((pairs * (runs + 1) - $(sed -n 's/^records //p' "$work/ebpf+ring")))"
	in_b tc qdisc del dev v1 clsact
else
	echo "# ebpf+ring: the program cannot be loaded"
fi

reader tcpdump tcpdump -n -i v1 -w /dev/null port 53
reader dnscap dnscap -i v1 -N -T -P /usr/lib/x86_64-linux-gnu/dnscap/rssm.so -w "$work/rssm"
reader tshark tshark -n -l -i v1 -f 'port 53' -Y dns.flags.response==1 -T fields -e ip.src \
	-e dns.flags.rcode -e dns.time
echo end
