# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# locate on the tapped interface's own faults, which only the module sees: a carrier
# that goes, frames that arrive broken, an MTU below the other side's, half duplex at one
# end. Each is what the kernel itself makes of a real condition.
# not yet on debug 6.1: macsec is no part of the one, and counted no errors on the other
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require dnsperf unbound jq ethtool tc

check "insmod" load_module
check "what makes links bad is there" modprobe -a macsec sch_netem tun
check "client - gateway - server" make_path
# A cable of the drill between two TAP devices: it can lose, and they have a duplex to set.
long_cable() {
	echo 'delay_us 100' >"$WORK/cable"
	"${STOPGAP_MODULE%/kmod/*}/drill/wire" "$WORK/cable" gw g2 srv s2 >"$WORK/wire" 2>&1 &
	echo $! >"$WORK/wire.pid"
	disown $!
	wait_for 10 ip -n gw link show g2 && wait_for 10 ip -n srv link show s2 || return
	in_ns gw ethtool -s g2 speed 1000 duplex full
	ip -n gw link set g2 up && ip -n srv link set s2 up
	add_addr gw g2 198.51.101.1/24 && add_addr srv s2 198.51.101.2/24 &&
		wait_for 20 in_ns gw ping -c 1 -W 1 198.51.101.2
}
mac() { ip -n "$1" -j link show "$2" | jq -r ".[0].address"; }
KEY=0123456789abcdef0123456789abcdef
# sealed NS LOWER NAME ADDRESS PEER_MAC: a link on that one whose frames carry a check of what is in them
sealed() {
	ip -n "$1" link add link "$2" "$3" type macsec encrypt off &&
		in_ns "$1" ip macsec add "$3" tx sa 0 pn 1 on key 00 $KEY &&
		in_ns "$1" ip macsec add "$3" rx port 1 address "$5" &&
		in_ns "$1" ip macsec add "$3" rx port 1 address "$5" sa 0 pn 1 on key 00 $KEY &&
		add_addr "$1" "$3" "$4" && ip -n "$1" link set "$3" up
}
check "a long cable" long_cable
check "a sealed link" sealed gw g1 g3 198.51.102.1/24 "$(mac srv s0)"
check "its other end" sealed srv s0 s3 198.51.102.2/24 "$(mac gw g1)"
check "frames pass it" wait_for 20 in_ns gw ping -c 1 -W 1 198.51.102.2

# Every fourth question has an answer that fills a packet.
make_zone "$WORK/zone" example.test 100
for ((i = 0; i < 20; i++)); do
	printf 'm%d TXT "%0240d" "%0240d" "%0240d" "%0240d" "%0240d"\n' $i 1 2 3 4 5
done >>"$WORK/zone"
make_queries "$WORK/small" example.test 100 60
awk '{ print } NR % 3 == 0 { printf "m%d.example.test. TXT\n", NR / 3 - 1 }' "$WORK/small" >"$WORK/queries"
check "unbound" start_dns res unbound srv 198.51.100.2,198.51.101.2,198.51.102.2 zone "$WORK/zone" example.test
# As on a link whose far end was entered by hand: no ARP stands before the carrier.
check "a static neighbour" ip -n gw neigh replace 198.51.100.2 lladdr "$(mac srv s0)" dev g1 nud permanent

cat >"$WORK/stamp.py" <<'END2'
import json, sys, time
for line in sys.stdin:
    v = json.loads(line)["verdict"]
    b = v["blame"]
    print(f'{time.time():.3f} {v["since"] or 0:.3f} {v["cause"]} {b["role"]} {b["interface"] or "-"}', flush=True)
END2
for n in 11 12 13 14; do in_ns client ip addr add 192.0.2.$n/24 dev c0; done

ask() {
	local n
	traffic=()
	for n in 11 12 13 14; do
		ip netns exec client \
			dnsperf -e -a 192.0.2.$n -s "$1" -d "$WORK/queries" -l 600 -Q 13 -c 4 -q 200 -t 5 >/dev/null 2>&1 &
		traffic+=($!)
	done
}
newest() { tail -n 1 "$WORK/verdicts" | cut -d' ' -f3-; }
newest_is() { [ "$(newest)" = "$1" ]; }
answers() { [ "$(counter gw "$dev" answered)" -ge 250 ]; }

# blamed DEV SERVER CAUSE COMMAND...: traffic to that server over that link is well; from
# the command on the link is to blame, since then
blamed() {
	local dev=$1 cause=$3 before after since
	check "$cause: a tap" in_ns gw "$STOPGAP" tap add "$dev" --timeout 2s
	# Answers go back the way the queries came.
	ip -n srv route replace default via "${2%.*}.1"
	ask "$2"
	ip netns exec gw "$STOPGAP" locate --live "$dev" --json 2>"$WORK/err" | python3 "$WORK/stamp.py" >"$WORK/verdicts" &
	check "$cause: nobody is at fault" wait_for 60 newest_is "none nobody -"
	check "$cause: answers" wait_for 60 answers
	before=$(date +%s.%N)
	shift 3
	check "$cause: $*" "$@"
	after=$(date +%s.%N)
	check "$cause: the link is to blame" wait_for 60 grep -q " $cause link $dev$" "$WORK/verdicts"
	since=$(sed -n "s/^[^ ]* \([^ ]*\) $cause link $dev$/\1/p" "$WORK/verdicts" | head -n 1)
	check "$cause: since then ($before, $since)" awk -v b="$before" -v a="$after" -v s="${since:-0}" \
		'BEGIN { exit !(s >= b && s <= a + 2) }'
	kill "${traffic[@]}"
	check "$cause: no tap" in_ns gw "$STOPGAP" tap del "$dev"
	wait
	is "$cause: nothing else was accused" \
		"$(awk -v c="$cause" '$3 != "none" && $3 != "unknown" && $3 != c' "$WORK/verdicts")" ""
}

# The cable knows no collisions: what half duplex loses to them is lost by its own doing.
half_duplex() {
	in_ns gw ethtool -s g2 speed 100 duplex half && ip -n gw link set g2 down && ip -n gw link set g2 up &&
		echo 'loss 300000' >>"$WORK/cable" && kill -HUP "$(cat "$WORK/wire.pid")"
}
blamed g2 198.51.101.2 duplex-mismatch half_duplex
blamed g3 198.51.102.2 link-errors in_ns srv tc qdisc add dev s0 root netem corrupt 60%
check "the wire is mended" in_ns srv tc qdisc del dev s0 root
blamed g1 198.51.100.2 mtu-mismatch ip -n gw link set g1 mtu 900
check "the MTU is mended" ip -n gw link set g1 mtu 1500
blamed g1 198.51.100.2 link-down ip -n srv link set s0 down
finish
