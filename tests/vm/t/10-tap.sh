# SPDX-License-Identifier: GPL-2.0-or-later
# Taps come, are looked at, changed and go; what is refused is refused with a
# sentence; /dev and sysfs say whose tap it is.
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require jq python3

check "insmod" load_module
check "two namespaces" make_ns a b
check "a veth between them" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24

check "a tap is added" in_ns_tap a add v0
out=$(in_ns_tap a get v0)
is "it has the interface's name" "$(value ifname <<<"$out")" v0
is "and its index" "$(value ifindex <<<"$out")" "$(ip -n a -o link show v0 | cut -d: -f1)"
is "the port is 53" "$(value ports <<<"$out")" 53
is "the timeout is 5 s" "$(value timeout <<<"$out")" 5000
is "overdue is 1 s" "$(value overdue <<<"$out")" 1000
dev=$(dev_of a v0)
check "$dev is a character device" test -c "$dev"
sys=/sys/class/stopgap/${dev#/dev/}
is "sysfs: ifname" "$(cat "$sys/ifname")" v0
is "sysfs: ifindex" "$(cat "$sys/ifindex")" "$(value ifindex <<<"$out")"
is "sysfs: netns" "net:[$(cat "$sys/netns")]" "$(in_ns a readlink /proc/self/ns/net)"
is "sysfs: minor" "$(cat "$sys/minor")" "${dev#/dev/stopgap}"
check "the uevent carries the name" grep -qx 'STOPGAP_IFNAME=v0' "$sys/uevent"

check_fails "a second tap on it" 'already has a tap' in_ns_tap a add v0
check_fails "no such interface" 'no such interface' in_ns_tap a add nothere
check_fails "the other namespace's tap is not here" 'no tap on that interface' in_ns_tap b get v0
check_fails "no tap there" 'no tap on that interface' in_ns_tap b del v1
check_fails "no name and no index" 'neither IFINDEX nor IFNAME|is missing' in_ns_tap a add -
check_fails "name and index of two interfaces" 'not of the same interface' in_ns_tap b add v1 ifindex=1
check_fails "a name that is too long" 'Invalid argument|Numerical result' in_ns_tap b add abcdefghijklmnopqrst
check_fails "an attribute that nobody knows" 'nknown attribute' in_ns_tap b add v1 unknown=1
check_fails "an attribute that is not for setting" 'nsupported attribute' in_ns_tap b add v1 minor=3
check_fails "a timeout out of range" 'out of range' in_ns_tap b add v1 timeout=50
check_fails "overdue after the timeout" 'OVERDUE_MS is more than TIMEOUT_MS' in_ns_tap b add v1 timeout=500 overdue=600
check_fails "a ring that is no power of two" 'RING_BYTES is not a power of two' in_ns_tap b add v1 ring=100000
check_fails "a ring that is too big" 'out of range' in_ns_tap b add v1 ring=134217728
check_fails "transactions no power of two" 'TXN_MAX is not a power of two' in_ns_tap b add v1 txn=1000
check_fails "no transactions" 'out of range' in_ns_tap b add v1 txn=16
check_fails "no servers" 'out of range' in_ns_tap b add v1 servers=0
check_fails "unknown flags" 'reserved bit|Invalid argument' in_ns_tap b add v1 flags=128
check_fails "port 0" 'PORTS has a 0' in_ns_tap b add v1 ports=53,0
check_fails "nine ports" 'out of range|Invalid argument|Numerical' in_ns_tap b add v1 ports=1,2,3,4,5,6,7,8,9
modprobe tun 2>/dev/null
if ip -n a tuntap add tun0 mode tun; then
	check_fails "an interface that is not Ethernet-like" 'not Ethernet-like' in_ns_tap a add tun0
else
	skip "an interface that is not Ethernet-like" "this kernel has no tun"
fi
is "none of these left a tap" "$(in_ns_tap b list | grep -c ifname)" 0

check "a tap with everything set" in_ns_tap b add v1 ports=53,5353 timeout=2000 overdue=500 \
	txn=1024 servers=16 ring=65536 snaplen=256 flags=1
out=$(in_ns_tap b get v1)
is "it is as asked" "$(grep -E '^(ports|timeout|overdue|txn|servers|ring|snaplen|flags) ' <<<"$out" | sort | tr '\n' ' ')" \
	"flags 1 overdue 500 ports 53,5353 ring 65536 servers 16 snaplen 256 timeout 2000 txn 1024 "
check "options change while it runs" in_ns_tap b set v1 ports=5300 timeout=400 flags=0
out=$(in_ns_tap b get v1)
is "those given" "$(value ports <<<"$out") $(value timeout <<<"$out") $(value flags <<<"$out")" "5300 400 0"
is "overdue follows a shorter timeout" "$(value overdue <<<"$out")" 400
is "the others stay" "$(value ring <<<"$out") $(value txn <<<"$out")" "65536 1024"
check_fails "the table's size cannot change" 'nsupported attribute' in_ns_tap b set v1 txn=2048

check_fails "a reader without the right" 'ermission denied' setpriv --reuid 65534 --clear-groups head -c 1 "$dev"
check_fails "a request without the right" 'Operation not permitted' in_ns a setpriv --reuid 65534 --clear-groups --bounding-set -all --inh-caps -all "$TOOLS/tapctl" del v0
check "list needs no right" in_ns a setpriv --reuid 65534 --clear-groups "$TOOLS/tapctl" list
check_fails "servers need it" 'Operation not permitted' in_ns a setpriv --reuid 65534 --clear-groups --bounding-set -all --inh-caps -all "$TOOLS/tapctl" servers v0
check_fails "events need it" 'cannot listen' in_ns a setpriv --reuid 65534 --clear-groups --bounding-set -all --inh-caps -all "$TOOLS/tapctl" listen 1

check "many readers" bash -c 'for i in {1..16}; do exec {fd}<"$0" || exit; done; [ "$(ip netns exec a "$1" get v0 | sed -n "s/^readers //p")" = 16 ]' "$dev" "$TOOLS/tapctl"
check_fails "one too many" 'Too many users' bash -c 'for i in {1..17}; do exec {fd}<"$0" || exit; done' "$dev"

check "a reader" start_reader r -v "$dev"
# Before 6.2 an interface that is up keeps its name.
check "the interface is renamed" eval \
	'ip -n a link set v0 down && ip -n a link set v0 name v0new && ip -n a link set v0new up'
is "the tap has the new name" "$(in_ns_tap a list | value ifname)" v0new
is "sysfs too" "$(cat "$sys/ifname")" v0new
# No protocol takes a frame of this type, so v0 drops it; nothing else happens to the interface.
strangers() {
	in_ns b python3 -c 'import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("v1", 0))
for i in range(30): s.send(b"\xff" * 6 + b"\x02" * 6 + b"\x88\xb5" + bytes(46))'
}
dropped() { ip -n a -s -j link show v0new | jq '.[0].stats64.rx.dropped'; }
# rises: sums up what LINK records say of it: "+N", N by how much, when one goes on where another ended
rises() { awk '/^link 8 / { if (n++ && $3 != last) bad = 1; sum += $4 - $3; last = $4 } END { print "+" sum + 0, last + 0, bad + 0 }' "$WORK/r.out"; }
all_rises() { [ "$(rises | cut -d ' ' -f 2)" = "$(dropped)" ]; }
before=$(dropped)
check "frames of a type that nobody takes" strangers
check "are dropped" test "$(dropped)" -ge $((before + 30))
check "which the reader is told of, though no event was" wait_for 15 all_rises
is "one record goes on where another ended" "$(rises | cut -d ' ' -f 3)" 0
check "with all of them" test "$(rises | sed 's/^+\([0-9]*\) .*/\1/')" -ge 30
told=$(grep -c '^link 8 ' "$WORK/r.out")
check "and again" strangers
check "it is told again" wait_for 15 all_rises
check "in one record a second at most" test $(($(grep -c '^link 8 ' "$WORK/r.out") - told)) -le 3
check "the MTU changes" ip -n a link set v0new mtu 1400
check "the other end goes down" ip -n b link set v1 down
check "the reader is told of the name" wait_for 10 grep -q '^link 5 ' "$WORK/r.out"
check "of the MTU" wait_for 10 grep -q '^link 2 1500 1400' "$WORK/r.out"
check "of the carrier" wait_for 10 grep -q '^link 1 1 0' "$WORK/r.out"

check "the tap is deleted" in_ns_tap a del v0new
check "its device goes" test ! -e "$dev" -a ! -e "$sys"
check "its reader is told" wait_for 10 grep -q '^link 10 ' "$WORK/r.out"
check "and ends" wait_for 10 grep -q '^gone 1' "$WORK/r.out"
check "the other one's sums hold" sums_hold
check "rmmod with the other tap still there" unload_module
finish
