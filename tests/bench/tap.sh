#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: tests/vm/run --bench --raw tests/bench/tap.sh; tests/bench/tap does it
#
# In the VM whose clock counts instructions: what it costs that a frame arrives on a veth,
# with nothing there, with the tap, and with peers in its place. All of the guest is counted,
# kernel and user: programs that read run before the sender as soon as they have something
# to do. Prints "NAME KIND NS..." lines, one figure for each run, and "LOST NAME N": records
# that a reader did not get.
# PAIRS (2000) queries and answers a run, RUNS (5) runs. With PROFILE (none, read or mmap) the tap
# alone, of frames of KIND, and then "symbol " and a line for each function of the kernel.
set -u
pairs=${PAIRS:-2000} runs=${RUNS:-5}
bench=${STOPGAP_MODULE%/kmod/*}/bench
tools=${STOPGAP_MODULE%/kmod/*}/tests/vm
work=$(mktemp -d)

for m in veth nf_tables cls_bpf sch_ingress af_packet $STOPGAP_DEPENDS; do
	modprobe -q $m
done
ip netns add a
ip netns add b
ip -n a link add v0 type veth peer name v1 netns b
for x in "a v0" "b v1"; do
	set -- $x
	ip netns exec $1 sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip -n $1 link set $2 up promisc on
done
in_b() { ip netns exec b "$@"; }
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

# reader NAME PROGRAM...: while it reads; it is in time when something else sleeps. What it
# prints is in $work/NAME afterwards.
reader() {
	local name=$1 pid
	shift
	in_b "$@" >"$work/$name" 2>&1 &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		grep -qiE '^ready|listening on|capturing on' "$work/$name" && break
		[ -d /proc/$pid ] || { echo "# $name: $(head -n 1 "$work/$name")"; return 1; }
		read -rt 0.1 <> <(:)
	done
	chrt -a -f -p 1 "$pid" 2>/dev/null
	for p in $(cat /proc/$pid/task/*/children 2>/dev/null); do chrt -f -p 1 "$p"; done
	measure "$name" dns
	kill -TERM "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	:
}

if [ -z "${PROFILE:-}" ]; then
	measure bare dns
	measure bare other
fi

insmod "$STOPGAP_MODULE" || exit 1
tap() { in_b "$tools/tapctl" "$@"; }
tap add v1 flags=1 ring=4194304 census=0 || exit 1
if [ -n "${PROFILE:-}" ]; then
	dev=/dev/stopgap$(tap get v1 | sed -n 's/^minor //p')
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
dev=/dev/stopgap$(tap get v1 | sed -n 's/^minor //p')
reader tap+read "$tools/ringcat" "$dev"
reader tap+mmap "$tools/ringcat" -m "$dev"
tap get v1 | sed -n 's/^records_lost /LOST tap+readers /p'
tap get v1 | awk '{ c[$1] = $2 } END { exit c["queries"] != c["responses"] || !c["queries"] || c["answered"] + c["failed"] + c["unanswered"] + c["evicted"] + c["in_flight"] != c["transactions"] }' ||
	{ echo "# the tap's counters are wrong"; exit 1; }
tap del v1
tap add v1 flags=1 || exit 1
measure tap+census dns
tap del v1
rmmod stopgap

in_b nft -f - <<'END'
table netdev t {
	chain in { type filter hook ingress device v1 priority 0; policy accept; udp dport 53 counter; udp sport 53 counter; }
}
END
measure nftables dns
measure nftables other
in_b nft flush ruleset

# ebpf SECTION: at v1
ebpf() {
	in_b tc qdisc replace dev v1 clsact &&
		in_b tc filter add dev v1 ingress bpf direct-action \
			object-file "$bench/match.bpf.o" section "$1"
}
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
