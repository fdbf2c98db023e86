# SPDX-License-Identifier: GPL-2.0-or-later
# What all the other tests stand on: namespaces, a routed path, each of the DNS
# servers answering over it, dnsperf, nftables, and netem.
# in turn on debug: 145 s
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
require nsd unbound named knotd dnsperf dig nft ping

resolves() { [ "$(in_ns client dig +short +time=2 +tries=2 "$@" www.example.test A)" = 203.0.113.80 ]; }

check "client - gateway - server, IPv4 and IPv6" make_path
make_zone "$WORK/zone" example.test 100
for kind in nsd named knotd unbound; do
	check "$kind starts" start_dns "$kind" "$kind" srv 198.51.100.2,2001:db8:2::2 zone "$WORK/zone" example.test
	check "$kind answers over UDP" resolves @198.51.100.2
	check "$kind answers over TCP" resolves +tcp @198.51.100.2
	check "$kind answers over IPv6" resolves @2001:db8:2::2
	check "$kind stops" stop_dns "$kind"
	check "nobody answers then" test -z "$(in_ns client dig +short +time=1 +tries=1 @198.51.100.2 www.example.test A | grep -v '^;')"
done

check "nsd as the authoritative server" start_dns auth nsd srv 198.51.100.3 zone "$WORK/zone" example.test
check "unbound forwards to it" start_dns res unbound srv 198.51.100.2 forward 198.51.100.3
check "the client resolves through it" resolves @198.51.100.2

make_queries "$WORK/queries" example.test 100 1000
out=$(in_ns client dnsperf -s 198.51.100.3 -d "$WORK/queries" -n 1 -c 4 -q 20 2>&1)
is "dnsperf: queries sent" "$(dnsperf_figure "$out" 'Queries sent')" 1000
is "dnsperf: queries completed" "$(dnsperf_figure "$out" 'Queries completed')" 1000

check "nftables counts on the gateway" in_ns gw nft -f - <<'END'
table ip t {
	chain c {
		type filter hook forward priority 0
		udp dport 53 counter
	}
	chain d {
		type nat hook prerouting priority dstnat
		ip daddr 198.51.100.9 dnat to 198.51.100.3
	}
}
END
check "nftables translates addresses" resolves @198.51.100.9
check "and has counted" test -z "$(in_ns gw nft list table ip t | grep 'packets 0 ')"

check "netem on the gateway" in_ns gw tc qdisc add dev g1 root netem delay 100ms
ms=$(in_ns client dig +tries=1 @198.51.100.3 www.example.test A | sed -n 's/^;; Query time: \([0-9]*\) msec/\1/p')
check "netem delays (query time ${ms:-none} ms)" test "${ms:-0}" -ge 100
finish
