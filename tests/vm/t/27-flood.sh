# SPDX-License-Identifier: GPL-2.0-or-later
# More than small tables hold: transactions and servers are evicted, are counted as that,
# and a client beside it that behaves is counted whole, over TCP too.
# in turn on debug: 70 s
# limit: 120
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require dnsperf nsd

check "insmod" load_module
check "two namespaces" make_ns a b
check "a veth between them" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24
make_zone "$WORK/zone" example.test 100
N=$(scaled 600)
make_queries "$WORK/queries" example.test 100 "$N"
check "nsd" start_dns auth nsd b 192.0.2.2 zone "$WORK/zone" example.test
mac=$(ip -n b -o link show v1 | sed 's/.*ether \([0-9a-f:]*\).*/\1/')
madeup() { py -n a madeup.py v0 "$mac" "$@"; }
check "a tap with small tables" in_ns_tap b add v1 txn=256 servers=16 tcpmax=256 tcpbytes=65536 \
	timeout=2000 overdue=500
check "whose window is short" in_ns_tap b threshold v1 window=1

# Transactions: far more at once than there is room for.
check "many queries that nobody answers" madeup 10.0.0.7 192.0.2.9 queries 800
is "all are counted" "$(counter b v1 queries)" 800
evicted=$(counter b v1 evicted)
check "most were evicted ($evicted)" test "$evicted" -gt 300
check "the sums hold meanwhile" conserves b v1
check "the servers' too" servers_conserve b v1
check "the others end" wait_for 20 settled b v1
is "each as one or the other" "$(($(counter b v1 evicted) + $(counter b v1 unanswered)))" 800

# Servers: those that are idle give way, as soon as they are.
crowd() {
	madeup 10.0.0.7 203.0.113.1+40 queries 40
	[ "$(counter b v1 servers_evicted)" -gt 0 ]
}
check "many servers: idle ones give way" wait_for 30 crowd
is "there are as many as there may be" "$(counter b v1 servers_now)" 16
check "those without room are counted" test "$(counter b v1 unparsed10)" -gt 0
check "the sums hold with them gone" conserves b v1
check "the servers' that are there" servers_conserve b v1

# TCP: one client floods, another one asks.
check "the crowd ends" wait_for 20 settled b v1
check "the tap goes" in_ns_tap b del v1
check "another, as small" in_ns_tap b add v1 txn=256 servers=16 tcpmax=256 tcpbytes=65536
in_ns a dnsperf -m tcp -s 192.0.2.2 -d "$WORK/queries" -n 1 -c 4 -q 20 -Q "$(scaled 150)" \
	>"$WORK/good" 2>&1 &
good=$!
asks() { [ "$(counter b v1 answered)" -gt 0 ]; }
check "a client asks over TCP" wait_for 20 asks
begun=$(counter b v1 answered)
check "another makes up segments" madeup 192.0.2.77 192.0.2.2 segments 1000
check "from when the first had most to ask yet ($begun)" test "$begun" -lt $((N * 3 / 4))
wait $good
is "which got all its answers" "$(dnsperf_figure "$(cat "$WORK/good")" 'Queries completed')" "$N"
check "it has no more to come" wait_for 20 settled b v1
is "each query was taken from its connection" "$(counter b v1 queries)" "$N"
is "and each answer" "$(counter b v1 answered)" "$N"
check "what was made up is counted by reason" test "$(($(counter b v1 tcp_control) +
	$(counter b v1 unparsed9) + $(counter b v1 unparsed11) + $(counter b v1 unparsed12)))" -ge 1000
check "the sums hold after it" conserves b v1
check "the servers' as well" servers_conserve b v1
finish
