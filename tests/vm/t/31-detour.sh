# SPDX-License-Identifier: GPL-2.0-or-later
# A granted detour serves UDP and TCP clients, those only that it is for, with
# answers that come from A's address, and ends without a trace.
# in turn on debug: 162 s
# clock: instructions
# limit: 900
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound conntrack nft

# start NAME FIELD=VALUE...: granted and started; serial is then the last one's
start() {
	grant "$@" >"$WORK/serial" && add "$1" && on_gw start "$(serial)"
}
serial() { cat "$WORK/serial"; }
# Entries that lead the client to A; the gateway's own do no harm.
no_stale() { ! in_ns gw conntrack -L 2>/dev/null | grep "src=$A dst=192.0.2.2 "; }
# Nobody who is granted a detour may ever hear from B itself.
count_from_b() { in_ns client nft list table inet watch | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'; }

check "client - gateway - A and B" make_detour_path
check "A (nsd) and B (unbound) run" start_far_pair
check "the module loads" load_module
check "a trusted customer" eval 'make_key customer && trust customer'
in_ns client nft -f - <<END
table inet watch {
	chain c {
		type filter hook prerouting priority raw
		ip saddr $B counter
	}
}
END

check "A is stopped" stop_dns a
is "nobody answers over UDP" "$(ask $A)" ""
is "nor over TCP" "$(ask $A +tcp)" ""
check "a detour for 192.0.2.0/25 starts" start one fallback=$B clients=192.0.2.0/25
is "B answers over UDP" "$(ask $A)" 203.0.113.81
is "and over TCP" "$(ask $A +tcp)" 203.0.113.81
is "with a fixed port" "$(ask $A -b 192.0.2.2#5300)" 203.0.113.81
is "a big answer over TCP" "$(in_ns client dig +short +tcp +time=2 @$A big.example.test TXT | wc -l)" 40
is "a client that is not granted is left alone" "$(ask $A -b 192.0.2.130)" ""
check_fails "the module cannot be unloaded meanwhile" 'in use' rmmod stopgap
check "flows are counted" test "$(lease "$(serial)" flows)" -ge 4
check "A is back" restart_dns a
is "the granted client still gets B" "$(ask $A)" 203.0.113.81
is "the other one A" "$(ask $A -b 192.0.2.130)" 203.0.113.80
is "B's own address is not touched" "$(ask $B)" 203.0.113.81
own=$(count_from_b)
check "withdrawn" on_gw withdraw "$(serial)"
is "A answers at once" "$(ask $A)" 203.0.113.80
is "the same port too" "$(ask $A -b 192.0.2.2#5300)" 203.0.113.80
is "and over TCP" "$(ask $A +tcp)" 203.0.113.80
check "resumed" on_gw resume "$(serial)"
is "B answers" "$(ask $A)" 203.0.113.81
is "the end is not moved by that" "$(lease "$(serial)" reason)" resumed
check "withdrawn again" on_gw withdraw "$(serial)"

check "a detour for UDP alone" start udp fallback=$B protocols=1
is "UDP goes to B" "$(ask $A)" 203.0.113.81
is "TCP to A" "$(ask $A +tcp)" 203.0.113.80
check "its end" on_gw withdraw "$(serial)"
check "a detour for TCP alone" start tcp fallback=$B protocols=2
is "TCP goes to B" "$(ask $A +tcp)" 203.0.113.81
is "UDP to A" "$(ask $A)" 203.0.113.80
check "its end" on_gw withdraw "$(serial)"

check "a detour over IPv6" start six server=$A6 fallback=$B6 clients=2001:db8:1::/64
is "B answers over UDP and IPv6" "$(ask $A6)" 203.0.113.81
is "and over TCP" "$(ask $A6 +tcp)" 203.0.113.81
is "IPv4 is not touched" "$(ask $A)" 203.0.113.80
check "its end" on_gw withdraw "$(serial)"
is "A answers over IPv6" "$(ask $A6)" 203.0.113.80

check "a detour for the gateway's own queries" start own fallback=$B clients=198.51.100.1/32
is "B answers them" "$(in_ns gw dig +short +time=1 +tries=1 @$A www.example.test A)" 203.0.113.81
is "over TCP as well" "$(in_ns gw dig +short +tcp +time=1 +tries=1 @$A www.example.test A)" 203.0.113.81
check "its end" on_gw withdraw "$(serial)"
is "A answers them again" "$(in_ns gw dig +short +time=1 +tries=1 @$A www.example.test A)" 203.0.113.80

# A fixed source port, A dead: every query refreshes the entry that leads to A.
check "A is stopped" stop_dns a
check "a client with a fixed port asks" begin_asking fixed $A 50 60 5301
check "its flow is tracked" wait_for 10 eval 'in_ns client true; [ "$(wc -l <"$WORK/fixed.asked")" -ge 5 ]'
check "a detour starts" start fix fallback=$B
t0=$(date +%s%N)
check "the client is served" wait_for 5 answered_by fixed 203.0.113.81
note "after $((($(date +%s%N) - t0) / 1000000)) ms"
check "A is back" restart_dns a
check "no entry leads past the detour" wait_for 10 no_stale
check "withdrawn" on_gw withdraw "$(serial)"
check "the same port is back at A" wait_for 5 answered_by fixed 203.0.113.80
check "it stops" end_asking fixed
is "it heard from A only" "$(asked fixed sources | sed 's/: [0-9]*//')" "{\"$A\"}"

# Both answer: nothing may be lost, neither at the start nor at the end.
check "new ports ask" begin_asking new $A 50 60
check "a fixed port asks" begin_asking same $A 50 60 5302
check "they are answered by A" wait_for 5 eval 'answered_by new 203.0.113.80 && answered_by same 203.0.113.80'
check "a detour starts" start load fallback=$B
check "both are served by B" wait_for 5 eval 'answered_by new 203.0.113.81 && answered_by same 203.0.113.81'
for i in 1 2 3; do
	on_gw withdraw "$(serial)"
	check "both go to A ($i)" wait_for 5 eval 'answered_by new 203.0.113.80 && answered_by same 203.0.113.80'
	on_gw resume "$(serial)"
	check "and to B ($i)" wait_for 5 eval 'answered_by new 203.0.113.81 && answered_by same 203.0.113.81'
done
check "that was more than 500 queries" \
	wait_for 40 eval '[ "$(cat "$WORK"/{new,same}.asked | wc -l)" -gt 500 ]'
check "they stop" eval 'end_asking new; end_asking same'
is "new ports: no query is lost" "$(asked new lost)" 0
is "a fixed port: no query is lost" "$(asked same lost)" 0
is "new ports: all answers from A's address" "$(asked new sources)" "{\"$A\": $(asked new sent)}"
is "a fixed port: all answers from A's address" "$(asked same sources)" "{\"$A\": $(asked same sent)}"
check "withdrawn" on_gw withdraw "$(serial)"

# The trap: answers of A that are on their way when the detour starts.
check "A takes a second" in_ns srv tc qdisc add dev s0 root netem delay 1000ms
check "a fixed port asks" begin_asking late $A 20 60 5303
check "it is answered, late" wait_for 10 answered_by late 203.0.113.80
check "a detour starts" start trap fallback=$B
check "the port is served by B" wait_for 5 answered_by late 203.0.113.81
check "no late answer made an entry" wait_for 10 no_stale
check "the port stays with B" wait_for 10 eval '[ $(grep -c " 203.0.113.81$" "$WORK/late.asked") -ge 60 ]'
check "it stops" end_asking late
is "of what was asked after the first of B's, A has answered nothing" \
	"$(sort -n "$WORK/late.asked" | awk '/ 203.0.113.81$/ { b = 1 } b && / 203.0.113.80$/' | wc -l)" 0
is "A's late answers were not lost" "$(asked late lost)" 0
in_ns srv tc qdisc del dev s0 root
check "withdrawn" on_gw withdraw "$(serial)"

# The same at the end, with a slow B.
check "B takes a second" in_ns fb tc qdisc add dev f0 root netem delay 1000ms
check "a detour starts" start slow fallback=$B
check "new ports ask" begin_asking slow $A 20 60
check "they are answered, late" wait_for 10 answered_by slow 203.0.113.81
check "withdrawn" on_gw withdraw "$(serial)"
check "A answers" wait_for 5 answered_by slow 203.0.113.80
n=$(wc -l <"$WORK/slow.asked")
check "for a while" wait_for 10 eval '[ $(wc -l <"$WORK/slow.asked") -ge $((n + 40)) ]'
check "they stop" end_asking slow
is "B's late answers were not lost" "$(asked slow lost)" 0
is "and came from A's address" "$(asked slow sources)" "{\"$A\": $(asked slow sent)}"
in_ns fb tc qdisc del dev f0 root

# Other NAT on the gateway.
check "nftables: masquerade, a DNAT of A's address, one of its own, and notrack" in_ns gw nft -f - <<END
table ip t {
	chain post {
		type nat hook postrouting priority srcnat
		oifname { g1, g2 } masquerade
	}
	chain pre {
		type nat hook prerouting priority dstnat
		ip daddr 198.51.100.9 dnat to $B
		ip daddr $A dnat to 198.51.100.77
	}
	chain raw {
		type filter hook prerouting priority raw
		ip saddr 192.0.2.2 udp dport 53 udp sport 5305 notrack
		udp sport 53 udp dport 5305 notrack
	}
}
END
is "its rule holds without a detour" "$(ask $A)" ""
check "a detour starts" start nft fallback=$B
is "the detour wins" "$(ask $A)" 203.0.113.81
is "over TCP" "$(ask $A +tcp)" 203.0.113.81
is "what is not tracked is detoured as well" "$(ask $A -b 192.0.2.2#5305)" 203.0.113.81
is "the other rule works" "$(ask 198.51.100.9)" 203.0.113.81
is "B has seen the gateway's address only" \
	"$(in_ns gw conntrack -L 2>/dev/null | grep -c "dst=$A .*src=$B dst=192.0.2")" 0
check "withdrawn" on_gw withdraw "$(serial)"
is "the rule holds again" "$(ask $A)" ""
in_ns gw nft delete table ip t

is "B's address was never seen in an answer through the detour" "$(count_from_b)" "$own"
check "the hooks are given back" wait_for 15 module_idle
check "A answers, to the end" eval '[ "$(ask $A)" = 203.0.113.80 ] && [ "$(ask $A +tcp)" = 203.0.113.80 ]'
finish
