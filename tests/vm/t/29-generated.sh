# SPDX-License-Identifier: GPL-2.0-or-later
# A large generated capture, played on a veth: the kernel's tap counts what the offline source
# counts of the file, and what the generator says is in it; by server, transport, rcode and type.
# in turn on debug: 120 s
# clock: instructions
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require tcpreplay python3 jq

SAME=$STOPGAP_TOP/tests/vm/tools/same.py
# Further than any interval between a query and its last repetition or answer, by as much
# as an emulated machine may play late.
TIMEOUT=15000

generated=''
if [ -x "$TOOLS/gendns" ]; then
	generated=yes
	check "a capture is generated" "$TOOLS/gendns" -n "$(scaled 20000)" -s 5 -r 1500 \
		-o "$WORK/capture" -t "$WORK/truth"
else
	note "no generator beside the repository (../shared/bench): the tree's own, of fewer packets"
	check "a capture is generated" "$STOPGAP_TOP/tests/differential/odd.py" 5 "$WORK/capture" "$WORK/other"
fi
check "insmod" load_module
check "two namespaces" make_ns a b
check "a veth between them" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24
check "captured frames may be longer than a wire's" eval \
	'ip -n a link set v0 mtu 65535 && ip -n b link set v1 mtu 65535'
check "a mirror port's tap" in_ns_tap b add v1 flags=1 timeout=$TIMEOUT overdue=1000

# It sleeps between two packets, and does not spin.
in_ns a tcpreplay -q --timer=nano -i v0 "$WORK/capture" >"$WORK/play" 2>&1
is "all of it was sent" "$(sed -n 's/.*\(Successful\|Failed\) packets: *//p' "$WORK/play" | tr '\n' ' ')" \
	"$(("$(jq .packets "$WORK/truth" 2>/dev/null || sed -n 's/^Actual: \([0-9]*\) .*/\1/p' "$WORK/play")")) 0 "
wait_for $((TIMEOUT / 1000 + 8)) settled b v1

in_ns b "$STOPGAP" servers v1 --json >"$WORK/live"
check "the file counts" eval \
	"'$STOPGAP' servers --pcap '$WORK/capture' --timeout ${TIMEOUT}ms --json >'$WORK/offline'"
check "by server, transport, rcode and type: the same as of the file" "$SAME" "$WORK/offline" "$WORK/live"
for c in seen queries responses tcp_control transactions answered; do
	is "$c of the whole tap" "$(counter b v1 $c)" "$(jq ".counters.$c" "$WORK/offline")"
done
if [ "$generated" ]; then
	check "and as the generator says" "$SAME" "$WORK/truth" "$WORK/live"
	is "malformed messages too" "$(in_ns_tap b get v1 | awk '/^unparsed/ { n += $2 } END { print n }')" \
		"$(jq .malformed "$WORK/truth")"
	jq '.qtypes."28" += 1' "$WORK/truth" >"$WORK/wrong"
	check_fails "a type that differs from that is noticed" 'type AAAA' "$SAME" "$WORK/wrong" "$WORK/live"
	jq '.servers[].udp.rcode."3" += 1' "$WORK/truth" >"$WORK/wrong"
	check_fails "an rcode too" 'udp rcode: .*NXDOMAIN' "$SAME" "$WORK/wrong" "$WORK/live"
else
	skip "and as the generator says" "no generator beside the repository"
fi
jq '.servers[0].udp.qtype.A = 1' "$WORK/offline" >"$WORK/wrong"
check_fails "and a type of one server" 'udp qtype' "$SAME" "$WORK/wrong" "$WORK/live"
check "the sums hold" conserves b v1
check "the servers' sums hold" servers_conserve b v1
finish
