# SPDX-License-Identifier: GPL-2.0-or-later
# Changes of a tapped interface are on the time line of its transactions: speed, duplex,
# autonegotiation, offloads and what its queue drops; and with --settings what only drivers know.
# nic: e1000 virtio-net-pci
# in turn on 6.1: 75 s
# in turn on debug: 253 s
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require jq ethtool tc

modprobe -a e1000 virtio_net 2>/dev/null
there() { nsenter --net=/run/vm-net "$@"; }
# card DRIVER: the interface that has it
card() {
	local dev
	for dev in $(there ip -br link | sed 's/[ @].*//'); do
		[ "$(there ethtool -i "$dev" 2>/dev/null | sed -n 's/^driver: //p')" != "$1" ] || echo "$dev"
	done | head -n 1
}
has_card() { [ -n "$(card virtio_net)" ]; }
check "a virtio card" wait_for 20 has_card
virtio=$(card virtio_net) e1000=$(card e1000)
[ -n "$virtio" ] || fail_all "it has a name" "$(there ip -br link)"
check "insmod" load_module
make_ns a b

# start NS DEV: a tap, and its time line in $WORK/DEV
start() {
	check "$2: goes to $1" eval "there ip link set $2 netns $$ && ip link set $2 netns $1"
	check "$2: up" ip -n "$1" link set "$2" up
	wait_for 20 has_carrier "$1" "$2"
	check "$2: a tap" in_ns_tap "$1" add "$2"
	ip netns exec "$1" "$STOPGAP" trace "$2" --settings --json >"$WORK/$2" 2>&1 &
	readers="$readers $!"
	check "$2: somebody reads" wait_for 20 opened $!
}
has_carrier() { in_ns "$1" cat "/sys/class/net/$2/carrier" | grep -qx 1; }
opened() { [ -n "$(find "/proc/$1/fd" -lname '/dev/stopgap*')" ]; }
# said DEV WHAT: "before after" of each record of that, in their order
said() { jq -r "select(.type == \"link\" and .what == \"$2\") | \"\(.before) \(.after)\"" "$WORK/$1"; }
tells() { said "$1" "$2" | grep -qxE -- "$3"; }
# bounce NS DEV: a link that is made anew
bounce() { ip -n "$1" link set "$2" down && ip -n "$1" link set "$2" up; }
readers=''

start b "$virtio"
in_ns b ethtool -s "$virtio" speed 1000 duplex full
check "a speed" bounce b "$virtio"
check "is told, which was not known" wait_for 20 tells "$virtio" speed '[0-9]+ 1000'
check "and full duplex" wait_for 20 tells "$virtio" duplex '[0-9]+ 1'
in_ns b ethtool -s "$virtio" speed 100 duplex half
check "another speed" bounce b "$virtio"
check "is told, with what it was" wait_for 20 tells "$virtio" speed '1000 100'
check "and half duplex" wait_for 20 tells "$virtio" duplex '1 0'
is "each once" "$(said "$virtio" speed | wc -l) $(said "$virtio" duplex | wc -l)" "2 2"
check "carrier or operation too: the times rise" \
	jq -se 'map(select(.interface | not) | .ts | tonumber) as $t | ($t | length) > 3 and $t == ($t | sort)' "$WORK/$virtio"

bits() { said "$virtio" features | tail -n 1; }
in_ns b ethtool -K "$virtio" gro off >/dev/null 2>&1
check "an offload that is switched off" wait_for 20 tells "$virtio" features '[0-9]+ [0-9]+'
read -r before after <<<"$(bits)"
is "is one bit" "$(python3 -c 'import sys; a, b = map(int, sys.argv[1:]); print(bin(a ^ b).count("1"), a & ~b > 0)' "$before" "$after")" "1 True"
# The settings are looked at each second only: back on sooner, it is not seen.
check "with its name among the settings" wait_for 20 tells "$virtio" 'offload rx-gro' 'on off'
in_ns b ethtool -K "$virtio" gro on >/dev/null 2>&1
check "and back" wait_for 20 tells "$virtio" features "$after $before"

# A queue of one packet: what is more is dropped by it.
add_addr b "$virtio" 192.0.2.2/24
in_ns b sh -c 'ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev '"$virtio"
check "a narrow queue" in_ns b tc qdisc add dev "$virtio" root tbf rate 8kbit burst 1600 limit 1600
in_ns b ping -q -f -c 100 -w 2 -s 1000 192.0.2.1 >/dev/null 2>&1
drops=$(in_ns b tc -s -j qdisc show dev "$virtio" | jq '.[0].drops')
check "drops" test "$drops" -gt 0
check "which are told, as many as tc says" wait_for 20 tells "$virtio" qdisc_drops "[0-9]+ $drops"
in_ns b tc qdisc del dev "$virtio" root
told=$(said "$virtio" qdisc_drops | wc -l)
check "another queue begins at none" bounce b "$virtio"
ip -n b link set "$virtio" mtu 1400
check "later changes are told" wait_for 20 tells "$virtio" mtu '1500 1400'
is "but that is none" "$(said "$virtio" qdisc_drops | wc -l)" "$told"

if [ -n "$e1000" ]; then
	start a "$e1000"
	rings=$(in_ns a ethtool -g "$e1000" | sed -n 's/^RX:[[:space:]]*//p' | tail -n 1)
	check "a smaller ring" in_ns a ethtool -G "$e1000" rx 128
	check "is told among the settings" wait_for 20 tells "$e1000" rings.rx "$rings 128"
	is "what the tap tells is told once" "$(jq -r 'select(.interface) | .what' "$WORK/$e1000" |
		grep -E '^link[. ](up|carrier|operstate|reason|speed|duplex|autonegotiation|mtu|[rt]x_(errors|dropped))$')" ""
	check "negotiation off" in_ns a ethtool -s "$e1000" autoneg off speed 100 duplex full
	check "is told" wait_for 20 tells "$e1000" autonegotiation '1 0'
	check "on" in_ns a ethtool -s "$e1000" autoneg on
	check "is told too" wait_for 20 tells "$e1000" autonegotiation '0 1'
else
	skip "negotiation is told" "this kernel has no driver for an e1000"
fi
# shellcheck disable=SC2086 # a list
kill $readers
# shellcheck disable=SC2086 # a list
wait $readers
finish
