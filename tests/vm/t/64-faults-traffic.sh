# SPDX-License-Identifier: GPL-2.0-or-later
# What the module allocates under traffic fails, all of it and each allocation by
# itself: no packet is lost by that, and what could not be counted for a server is
# counted as such. The same for what its workers allocate.
# limit: 200
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
. "$STOPGAP_TOP/tests/vm/tools/removal.sh"
require python3 dig dnsperf nsd openssl keyctl
require_faults

check "it loads" load_module
check "two namespaces" make_ns a b
check "a veth" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24
make_zone "$WORK/zone" example.test 10
make_queries "$WORK/queries" example.test 10 100
check "nsd" start_dns auth nsd b 192.0.2.2 zone "$WORK/zone" example.test
queries() { in_ns a dnsperf -s 192.0.2.2 -d "$WORK/queries" -n 1 -c 2 -q 5 2>&1; }
tcp_query() { in_ns a dig +tcp +short +time=5 @192.0.2.2 h1.example.test A; }
check "tap" in_ns_tap a add v0
faults atomic 100
is "no memory: no query is lost" "$(dnsperf_figure "$(queries)" 'Queries lost')" 0
is "over TCP neither" "$(tcp_query)" 203.0.113.2
is "no memory: no server" "$(counter a v0 servers_now)" 0
check "no memory: that is counted" test "$(counter a v0 unparsed10)" -ge 200
check "no memory: the sums hold" conserves a v0
faults atomic 50
for i in 1 2 3; do
	queries >/dev/null
	tcp_query >/dev/null
	in_ns_tap a del v0 && in_ns_tap a add v0 >/dev/null || not_ok "tap anew"
done
faults atomic 0
queries >/dev/null
check "memory again: the server is known" test "$(counter a v0 servers_now)" -ge 1
check "memory again: the sums hold" conserves a v0

check "a trusted customer" eval 'make_key customer && trust customer'
check "a standing grant" detour make "$WORK/standing" fallback=$B flags=1 when_state=4
python3 -IS "$STOPGAP_TOP/tests/vm/tools/failone.py" "$WORK" >"$STOPGAP_RESULTS/each" 2>"$WORK/each.err"
read -r verdict what < <(tail -n 1 "$STOPGAP_RESULTS/each")
is "${what:-each alone}" "$verdict $(tail -n 3 "$WORK/each.err")" "good "
check "the module unloads" unload_module
finish
