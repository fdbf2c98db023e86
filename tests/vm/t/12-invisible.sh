# SPDX-License-Identifier: GPL-2.0-or-later
# 100,000 queries are the same with and without a tap: none is lost, changed or
# kept, though the readers are stalled. On the older kernel and with checkers fewer.
# in turn on 6.1: 70 s
# in turn on debug: 120 s
# limit: 420
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require dnsperf nsd nft

PASSES=20 LIST=$(scaled 5000)
[ "$STOPGAP_KERNEL" = 6.12 ] || PASSES=4
QUERIES=$((PASSES * LIST))
check "client - gateway - server" make_path
make_zone "$WORK/zone" example.test 500
check "nsd" start_dns auth nsd srv 198.51.100.2 zone "$WORK/zone" example.test
make_queries "$WORK/queries" example.test 500 "$LIST"

# What the ends see of the wire: packets and bytes by nftables, UDP checksum
# errors by the stacks.
check "counters at both ends" bash -c 'for ns in client srv; do ip netns exec $ns nft -f - <<-END || exit
	table inet t {
		chain in { type filter hook input priority 0; udp dport 53 counter; udp sport 53 counter; }
		chain out { type filter hook output priority 0; udp dport 53 counter; udp sport 53 counter; }
	}
	END
done'
wire() {
	local ns
	for ns in client srv; do
		in_ns $ns nft list table inet t | grep -o 'packets [0-9]* bytes [0-9]*'
		in_ns $ns awk '/^Udp:/ && n++ {print "errors", $4, "checksums", $8}' /proc/net/snmp
	done
}
reset_wire() {
	local ns
	for ns in client srv; do in_ns $ns nft -f - <<-END
		flush table inet t
		table inet t {
			chain in { udp dport 53 counter; udp sport 53 counter; }
			chain out { udp dport 53 counter; udp sport 53 counter; }
		}
	END
	done
}
traffic() { in_ns client dnsperf -s 198.51.100.2 -d "$WORK/queries" -n $PASSES -c 1 -T 1 -q 20 2>&1; }
codes() { sed -n 's/^ *\(Queries sent\|Queries completed\|Queries lost\|Response codes\|Average packet size\): *//p' <<<"$1"; }

reset_wire
without=$(traffic)
codes "$without" | sed 's/^/# /'
wire >"$WORK/without"

check "insmod" load_module
for at in "client c0" "gw g0" "gw g1" "srv s0"; do
	read -r ns dev <<<"$at"
	check "tap on $dev" in_ns_tap "$ns" add "$dev" ring=65536
	check "reader of $dev, stalled" start_reader "$dev" -s "$(dev_of "$ns" "$dev")"
done
reset_wire
with=$(traffic)
wire >"$WORK/with"
is "all were sent" "$(dnsperf_figure "$with" 'Queries sent')" "$QUERIES"
is "none was lost" "$(dnsperf_figure "$with" 'Queries lost')" 0
is "dnsperf sees the same" "$(codes "$with")" "$(codes "$without")"
is "so does the wire" "$(cat "$WORK/with")" "$(cat "$WORK/without")"
for at in "client c0" "gw g0" "gw g1" "srv s0"; do
	read -r ns dev <<<"$at"
	is "$dev counted the queries" "$(counter "$ns" "$dev" queries)" "$QUERIES"
	is "$dev counted the answers" "$(counter "$ns" "$dev" responses)" "$QUERIES"
	check "$dev: the sums hold" conserves "$ns" "$dev"
done
finish
