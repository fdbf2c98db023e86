# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# link: what it says of real drivers is what ethtool and ip say, and what is
# unusual about an interface has its sentence. The module is not needed.
# nic: e1000 virtio-net-pci
# in turn on 6.1: 16 s
# clock: instructions
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
require jq ethtool tc
modinfo e1000 >/dev/null 2>&1 || skip_all "this kernel has no driver for an e1000"

modprobe -a e1000 virtio_net dummy veth 2>/dev/null
there() { nsenter --net=/run/vm-net "$@"; }
driver_of() { there ethtool -i "$1" | sed -n 's/^driver: //p'; }
two_cards() { [ "$(there ip -br link | grep -c '^eth')" = 2 ]; }
check "two cards" wait_for 20 two_cards
for dev in eth0 eth1; do
	case $(driver_of $dev) in
	e1000) e1000=$dev ;;
	virtio_net) virtio=$dev ;;
	esac
done
[ -n "${e1000:-}" ] && [ -n "${virtio:-}" ] || fail_all "an e1000 and a virtio card" "$(there ip -br link)"
make_ns a b
# Nothing is sent but what the test sends: counters stand still between two looks.
for ns in a b; do
	in_ns $ns sh -c 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 >"$f"; done'
done
check "one card to a" there ip link set "$e1000" netns $$
check "is on its way" ip link set "$e1000" netns a name card
check "the other to b" there ip link set "$virtio" netns $$
check "is on its way" ip link set "$virtio" netns b name card
add_addr a card 192.0.2.1/24
add_addr b card 192.0.2.2/24

link() { local ns=$1; shift; stopgap link -N "$ns" -i 100ms "$@"; }
said() { link "$@" -j | jq -r '.unusual[].about'; }
# same NS JQ ETHTOOL-OPTION NAME: the figure of ethtool's text
same() {
	is "$1 $2: as ethtool says" "$(link "$1" card -j | jq -r "$2")" \
		"$(in_ns "$1" ethtool $3 card 2>/dev/null | sed -n "s/^[[:space:]]*$4:[[:space:]]*//p" | tail -n 1)"
}

# --- switched off, then on
check_fails "switched off: exit 1 and a sentence" "fault .*switched off" link a card
ip -n a link set card up
ip -n b link set card up
wait_for 20 in_ns a ping -c 1 -W 1 192.0.2.2
link a card >"$WORK/text"
is "up and well: exit 0" "$?" 0
check "the text names the driver" grep -q '^driver *e1000 ' "$WORK/text"
is "carrier" "$(link a card -j | jq -c '[.link.up, .link.carrier, .link.operstate]')" '[true,true,"up"]'

# --- as ethtool sees it
same a .driver.name -i driver
same a .driver.bus -i bus-info
same a '"\(.link.speed)Mb/s"' '' Speed
is "duplex" "$(link a card -j | jq -r .link.duplex)" full
is "autonegotiation" "$(link a card -j | jq -r .link.autonegotiation)" true
is "link modes" "$(link a card -j | jq -c '.modes.supported | index("1000baseT/Full") != null')" true
for ns in a b; do
	same $ns .rings.rx -g RX
	same $ns .rings.tx -g TX
	same $ns '.offloads."rx-gro".active | if . then "on" else "off" end' -k generic-receive-offload
	is "$ns: every feature is on or off as ethtool says" \
		"$(link $ns card -j | jq -r '.offloads | to_entries[] | select(.value.settable) | "\(.key) \(if .value.active then "on" else "off" end)"' | sort | grep -E '^(rx-vlan-filter|tx-tcp-segmentation|tx-checksum-ip-generic) ')" \
		"$(in_ns $ns ethtool -k card | sed -n 's/^[[:space:]]*//; /fixed/d; s/: \(on\|off\).*/ \1/p' | sed 's/^rx-vlan-filter /rx-vlan-filter /' | sort | grep -E '^(rx-vlan-filter|tx-tcp-segmentation|tx-checksum-ip-generic) ')"
done
is "pause" "$(link a card -j | jq -c '[.pause.rx, .pause.tx] | map(type) | unique')" '["boolean"]'
is "counters of the link: as ip -s says" \
	"$(link a card -j | jq -c '[.counters[] | select(.source == "link" and (.name == "tx_packets" or .name == "rx_packets")) | .value]')" \
	"$(ip -n a -s -j link show card | jq -c '[.[0].stats64.rx.packets, .[0].stats64.tx.packets]')"
is "the driver's own counters too" \
	"$(link a card -j | jq -c '[.counters[] | select(.source == "driver")] | length')" \
	"$(in_ns a ethtool -S card | grep -c ': ')"
in_ns a ping -q -i 0.02 -c 400 192.0.2.2 >/dev/null &
pinger=$!
rate() { [ "$(link a card -j | jq '.counters[] | select(.source == "link" and .name == "tx_packets") | .per_s > 5')" = true ]; }
check "a rate is seen while packets go" wait_for 10 rate
kill $pinger
wait $pinger 2>/dev/null

# --- what is unusual
# (The driver negotiates even so when the speed that is forced is 1000.)
in_ns a ethtool -s card autoneg off speed 100 duplex full
forced() { said a card | grep -qx autonegotiation; }
check "autonegotiation off has its sentence" wait_for 20 forced
check "and is no fault" link a card
in_ns a ethtool -s card autoneg on
negotiated() { [ "$(link a card -j | jq -r .link.autonegotiation)" = true ]; }
check "on again" wait_for 20 negotiated
ip -n a link set card mtu 1200
check_fails "an MTU below IPv6's" "fault .*MTU is 1200: IPv6 needs 1280" link a card
ip -n a link set card mtu 1500
in_ns a ethtool -K card rx on >/dev/null 2>&1
in_ns a ethtool -K card rx off >/dev/null 2>&1
is "checksums by the CPU" "$(said a card | grep -cx rx-checksum)" \
	"$(in_ns a ethtool -k card | grep -c '^rx-checksumming: off$')"
ip -n a link set card promisc on
check "promiscuous mode" grep -qx promiscuity <(said a card)
ip -n a link set card promisc off

# A queue of one packet: what is more is dropped by it.
in_ns b tc qdisc add dev card root tbf rate 8kbit burst 1600 limit 1600
in_ns b ping -q -f -c 300 -w 5 -s 1000 192.0.2.1 >/dev/null 2>&1
drops() { in_ns b tc -s -j qdisc show dev card | jq '.[0].drops'; }
check "a full queue drops" test "$(drops)" -gt 0
our_drops() { link b card -j | jq '.counters[] | select(.source == "qdisc" and (.name | test("^tbf .* drops$"))) | .value'; }
as_tc() { [ "$(our_drops)" = "$(drops)" ]; }
check "as many drops as tc says, once the last ping is through" wait_for 10 as_tc
check "and a sentence" grep -q 'the queue was full' <(link b card)

# --- other kinds, and the cable
ip -n a link add d0 type dummy && ip -n a link set d0 up
is "dummy" "$(link a d0 -j | jq -c '[.kind, .driver.name, .link.up, .unusual]')" '["dummy","dummy",true,[]]'
ip -n a link add v0 type veth peer name v1 netns b
ip -n a link set v0 up
check_fails "a veth whose other end is down" "fault .*no carrier" link a v0
ip -n b link set v1 up
check "and up" link a v0
is "its speed" "$(link a v0 -j | jq .link.speed)" 10000
changes() { link a v0 -j | jq .link.carrier_changes; }
for _ in 1 2 3 4 5 6 7; do ip -n b link set v1 down; ip -n b link set v1 up; done
check "a carrier that comes and goes" test "$(changes)" -gt 10
check "has its sentence" grep -qx carrier_changes <(said a v0)
is "loopback" "$(link a lo -j | jq -c .unusual)" '[]'

# --- goes on, and ends
env --default-signal=INT "$STOPGAP" link d0 -N a -w -i 100ms -j >"$WORK/watch" &
watcher=$!
three() { [ "$(wc -l <"$WORK/watch")" -ge 3 ]; }
check "--watch goes on" wait_for 20 three
kill -INT $watcher
wait $watcher
is "until it is interrupted" "$?" 0
"$STOPGAP" link d0 -N a -w -i 100ms >/dev/null 2>"$WORK/gone" &
watcher=$!
ip -n a link del d0
wait $watcher
is "an interface that goes away ends it" "$? $(grep -c "no interface 'd0'" "$WORK/gone")" "1 1"
check_fails "no such interface" "no interface 'nope'.*ENODEV" link a nope
finish
