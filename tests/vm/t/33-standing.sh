# SPDX-License-Identifier: GPL-2.0-or-later
# A standing grant is started by the kernel when its condition holds, and not
# before; a share of the clients and a greatest rate are kept to.
# in turn on debug: 122 s
# clock: instructions
# limit: 500
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound nft

standing() { grant "$@" fallback=$B flags=1 >"$WORK/serial" && add "$1"; }
serial() { cat "$WORK/serial"; }
active() { lease_is "$(serial)" active; }
# down: from the last answer before the first loss to the first of B, in ms
down() {
	awk '$5 == "203.0.113.80" { last = $2 } $5 == "203.0.113.81" { print int(($2 - last) * 1000); exit }' \
		<(sort -n "$WORK/$1.asked")
}
up_within() {
	note "$1: service was back after $(down "$1") ms, $(grep -c ' - - -$' "$WORK/$1.asked") queries lost"
	[ "$(down "$1")" -le "$2" ]
}

check "client - gateway - A and B" make_detour_path
check "A (nsd) and B (unbound) run" start_far_pair
check "the module loads" load_module
check "a trusted customer" eval 'make_key customer && trust customer'
check "a standing grant: A dead for 500 ms" standing dead when_state=4 when_ms=500
is "without a tap nothing is known" "$(lease "$(serial)" state)" armed
check "a tap towards the clients" on_gw tap g0 200 1
check "clients ask" begin_asking dead $A 100 120
check "A answers" wait_for 10 answered_by dead 203.0.113.80
check "for a while" wait_for 10 eval '[ $(wc -l <"$WORK/dead.asked") -ge 300 ]'
is "nothing is started without need" "$(lease "$(serial)" state)" armed
check "A is stopped" stop_dns a
check "the kernel starts the detour" wait_for 10 active
is "by the condition" "$(lease "$(serial)" reason)" condition
check "B answers" wait_for 5 answered_by dead 203.0.113.81
check "the clients stop" end_asking dead
check "within 2 s" up_within dead $((2000 * SLOW))
is "all answers come from A's address" "$(asked dead sources | sed 's/: [0-9]*//')" "{\"$A\"}"
check "withdrawn" on_gw withdraw "$(serial)"
check "A is back" restart_dns a
check "resumed by hand" eval 'on_gw resume "$(serial)" && on_gw withdraw "$(serial)"'

# Dead without a sound: no ICMP error, nothing.
check "another standing grant" standing mute when_state=3 when_ms=300
check "clients ask" begin_asking mute $A 100 120
check "A answers" wait_for 10 answered_by mute 203.0.113.80
check "A falls silent" in_ns srv nft 'add table inet t; add chain inet t c { type filter hook input priority 0; policy drop; }'
check "the kernel starts the detour" wait_for 10 active
check "B answers" wait_for 5 answered_by mute 203.0.113.81
check "the clients stop" end_asking mute
check "within 2 s" up_within mute $((2000 * SLOW))
check "withdrawn" on_gw withdraw "$(serial)"
check "A is heard again" in_ns srv nft delete table inet t

# A condition that holds for too short a time starts nothing.
check "a grant that waits for 3 s" standing slow when_state=3 when_ms=3000
check "clients ask" begin_asking slow $A 50 120
check "A falls silent" in_ns srv nft 'add table inet t; add chain inet t c { type filter hook input priority 0; policy drop; }'
check "for a second and a half" wait_for 10 eval '[ $(grep -c " - - -$" "$WORK/slow.asked") -ge 1 ]'
check "A is heard again" in_ns srv nft delete table inet t
n=$(grep -c ' 203.0.113.80$' "$WORK/slow.asked")
check "A answers for 4 s" wait_for 20 eval '[ $(grep -c " 203.0.113.80$" "$WORK/slow.asked") -ge $((n + 200)) ]'
is "nothing is started" "$(lease "$(serial)" state)" armed
check "the clients stop" end_asking slow
check "withdrawn" on_gw withdraw "$(serial)"

# 8 clients, of whom some are granted and some not; each always the same.
for i in {200..230}; do ip -n client addr add 192.0.2.$i/24 dev c0; done
who() { for i in {200..230}; do ask $A -b 192.0.2.$i; done | xargs; }
grant half fallback=$B share=500 >"$WORK/serial"
check "a detour for half of the clients" eval 'add half && on_gw start "$(serial)"'
first=$(who)
check "some go to B" grep -q 203.0.113.81 <<<"$first"
check "some stay with A" grep -q 203.0.113.80 <<<"$first"
is "they are the same the next time" "$(who)" "$first"
check "withdrawn" on_gw withdraw "$(serial)"
is "then all go to A" "$(who | tr ' ' '\n' | sort -u)" 203.0.113.80

grant brake fallback=$B max_rate=10 >"$WORK/serial"
check "a detour for 10 flows a second" eval 'add brake && on_gw start "$(serial)"'
check "50 queries a second" begin_asking brake $A 50 60
check "for 5 s" wait_for 20 eval '[ $(wc -l <"$WORK/brake.asked") -ge 250 ]'
check "they stop" end_asking brake
n=$(grep -c ' 203.0.113.81$' "$WORK/brake.asked")
t=$(sort -n "$WORK/brake.asked" | tail -n 1 | cut -d' ' -f2)
note "$n of $(asked brake sent) queries in $t s went to B"
check "B gets no more than that" awk "BEGIN { exit !($n <= 10 * $t + 2) }"
check "but nearly as much" awk "BEGIN { exit !($n >= 9 * $t - 2) }"
is "no query is lost" "$(asked brake lost)" 0
is "flows to B and those left to A make all" \
	"$(($(lease "$(serial)" flows) + $(lease "$(serial)" over)))" "$(asked brake sent)"
check "withdrawn" on_gw withdraw "$(serial)"
finish
