# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced in the VM: a veth from namespace a (v0, where burst sends) to b (v1, where what is
# measured looks at what arrives); and what reads there.
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
tap() { in_b "$tools/tapctl" "$@"; }
tap_device() { echo "/dev/stopgap$(tap get v1 | sed -n 's/^minor //p')"; }

# ebpf SECTION: at v1
ebpf() {
	in_b tc qdisc replace dev v1 clsact &&
		in_b tc filter add dev v1 ingress bpf direct-action \
			object-file "$bench/match.bpf.o" section "$1"
}

# start_reader NAME PROGRAM...: $pid is its own once it reads, and what it prints is in $work/NAME
start_reader() {
	local name=$1 i
	shift
	# Not by in_b: $! is the program itself.
	ip netns exec b "$@" >"$work/$name" 2>&1 &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		grep -qiE '^ready|listening on|capturing on' "$work/$name" && return
		[ -d /proc/$pid ] || { echo "# $name: $(head -n 1 "$work/$name")"; return 1; }
		read -rt 0.1 <> <(:)
	done
	return 0	# some say nothing at all
}
