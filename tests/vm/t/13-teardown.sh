# SPDX-License-Identifier: GPL-2.0-or-later
# The interface goes, its namespace goes, it moves, the module goes: while
# traffic flows and readers have the device open.
# in turn on debug: 187 s
# limit: 400
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require dnsperf nsd

check "insmod" load_module
make_zone "$WORK/zone" example.test 100
make_queries "$WORK/queries" example.test 100 1000

flows() { [ "$(counter "$1" "$2" responses)" -gt 0 ]; }
loses() { [ "$(counter "$1" "$2" records_lost)" -gt 100 ]; }

# scene: a server in b, dnsperf in a, taps on both ends, a reader of each kind
scene() {
	check "$1: two namespaces" make_ns a b
	check "$1: a veth" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24
	check "$1: nsd" start_dns auth nsd b 192.0.2.2 zone "$WORK/zone" example.test
	check "$1: tap" in_ns_tap a add v0 ring=65536
	check "$1: tap on the other end" in_ns_tap b add v1 ring=65536
	dev=$(dev_of a v0)
	# Before there is anything to read: then what each gets and what it loses is all there was.
	check "$1: a reader" start_reader reads "$dev"
	check "$1: one by mmap" start_reader maps -m "$dev"
	check "$1: one that stalls" start_reader stalls -s "$dev"
	check "$1: one by mmap that stalls" start_reader stallsmap -m -s "$dev"
	ip netns exec a dnsperf -s 192.0.2.2 -d "$WORK/queries" -l 600 -c 2 -q 20 -Q "$(scaled 8000)" >/dev/null 2>&1 &
	traffic=$!
	check "$1: traffic flows" wait_for 20 flows a v0
	check "$1: the rings of these are full of traffic" wait_for 30 loses a v0
	for ((i = 0; i < 64; i++)); do echo "link set v0 mtu $((1400 + i))"; done >"$WORK/mtu"
	check "$1: and of events" ip -n a -batch "$WORK/mtu"
	check "$1: the sums hold" sums_hold
}

# readers_end NAME: each of them is told and ends, none hangs
readers_end() {
	local r
	stop_stall stalls
	stop_stall stallsmap
	for r in reads maps stalls stallsmap; do
		check "$1: $r ends" wait_for 20 grep -q '^answered' "$WORK/$r.out" &&
			wait "$(reader_pid $r)"
		is "$1: $r saw nothing wrong" "$(reader_wrong $r)" ""
		# Both have room in a ring that is full of traffic.
		check "$1: $r was told of changes" test "$(reader_value $r link)" -ge 15
		check "$1: $r was told of the end" grep -q '^end 1' "$WORK/$r.out"
		rm -f "$WORK/$r.in"
	done
	for r in maps stalls stallsmap; do
		is "$1: what $r read and lost is what reads did" "$(got $r)" "$(got reads)"
	done
}
got() { echo $(($(reader_value "$1" records) + $(reader_value "$1" lost))); }

unscene() {
	kill $traffic 2>/dev/null
	wait $traffic 2>/dev/null
	[ ! -e "$WORK/auth/main.pid" ] || stop_dns auth
	ip netns del a 2>/dev/null
	ip netns del b 2>/dev/null
}

gone() { [ ! -e "$dev" ]; }

scene "interface removed"
check "interface removed: ip link del" ip -n a link del v0
check "interface removed: the device goes" wait_for 10 gone
readers_end "interface removed"
is "interface removed: no tap is left" "$(in_ns_tap a list; in_ns_tap b list)" ""
unscene

scene "tap removed"
check "tap removed: del" in_ns_tap a del v0
check "tap removed: the device goes" gone
readers_end "tap removed"
check "tap removed: it can come again" in_ns_tap a add v0
is "tap removed: its number is free again, so nothing holds the old device" "$(dev_of a v0)" "$dev"
check "tap removed: and sees the traffic" wait_for 20 flows a v0
unscene

scene "interface moved"
check "interface moved: to the other namespace" ip -n a link set v0 netns b
check "interface moved: the device goes" wait_for 10 gone
readers_end "interface moved"
check "interface moved: it can be tapped there" in_ns_tap b add v0
unscene

scene "namespace deleted"
dev2=$(dev_of b v1)
kill $traffic 2>/dev/null
wait $traffic 2>/dev/null
# A namespace lives as long as a process in it.
check "namespace deleted: ip netns del" ip netns del a
check "namespace deleted: the device goes" wait_for 20 gone
readers_end "namespace deleted"
check "namespace deleted: so does the other end's, with its interface" wait_for 20 test ! -e "$dev2"
unscene

scene "module"
check_fails "module: rmmod with the device open is refused" 'in use' rmmod stopgap
kill -9 "$(reader_pid reads)" "$(reader_pid maps)" "$(reader_pid stalls)" "$(reader_pid stallsmap)"
check "module: rmmod under traffic" unload_module
check "module: no node is left" gone
check "module: it comes again under traffic" load_module
check "module: tap" in_ns_tap a add v0
check "module: it sees the traffic" wait_for 20 flows a v0
check "module: and goes again" unload_module
finish
