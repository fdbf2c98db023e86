# SPDX-License-Identifier: GPL-2.0-or-later
# A detour ends by itself when B is worse than A, and when A is well again.
# in turn on 6.1: 50 s
# in turn on debug: 134 s
# clock: instructions
# limit: 400
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound nft

start() { grant "$@" fallback=$B >"$WORK/serial" && add "$1" && on_gw start "$(serial)"; }
serial() { cat "$WORK/serial"; }
why() { echo "$(lease "$(serial)" state) $(lease "$(serial)" reason)"; }
silence() { in_ns "$1" nft 'add table inet t; add chain inet t c { type filter hook input priority 0; policy drop; }'; }
sound() { in_ns "$1" nft delete table inet t; }

check "client - gateway - A and B" make_detour_path
check "A (nsd) and B (unbound) run" start_far_pair
check "the module loads" load_module
check "a trusted customer" eval 'make_key customer && trust customer'

check "a detour that B may end" start worse rollback=500
check "clients ask" begin_asking worse $A 50 120
check "B answers" wait_for 10 answered_by worse 203.0.113.81
check "for 6 s" wait_for 20 eval '[ $(wc -l <"$WORK/worse.asked") -ge 300 ]'
is "all is well" "$(why)" "active started"
check "B falls silent" silence fb
check "the detour ends by itself" wait_for 20 lease_is "$(serial)" withdrawn
is "and says why" "$(why)" "withdrawn rollback"
check "A answers" wait_for 5 answered_by worse 203.0.113.80
check "B is heard again" sound fb
check "it may be resumed" on_gw resume "$(serial)"
check "B answers" wait_for 5 answered_by worse 203.0.113.81
check "withdrawn" on_gw withdraw "$(serial)" || note "$(on_gw list)"
check "the clients stop" end_asking worse

printf 'server:\n access-control: 192.0.2.0/24 refuse\n' >>"$WORK/b/conf"
check "B refuses" restart_dns b
check "a detour" start refuse rollback=200
check "clients ask" begin_asking refuse $A 50 120
check "the detour ends by itself" wait_for 20 lease_is "$(serial)" withdrawn
is "for B's answers" "$(why)" "withdrawn rollback"
check "the clients stop" end_asking refuse
check "the bad answers are counted" grep -q '"bad": [1-9]' <<<"$(on_gw list | tail -n 1 | sed 's/.*at_fallback//')"

for i in {200..215}; do ip -n client addr add 192.0.2.$i/24 dev c0; done
sed -i '/refuse/d' "$WORK/b/conf"
check "B answers again" restart_dns b
check "a detour for half of the clients" start half share=500 recover=3
if find_two; then
	ok "one is led to B, $led, another left with A, $left"
else
	not_ok "of 16 clients one is led to B and one is left with A"
fi
check "A falls silent" silence srv
check "the one asks" begin_asking led $A 20 120 0 "$led"
check "the other asks" begin_asking left $A 20 120 0 "$left"
check "B answers the one" wait_for 10 answered_by led 203.0.113.81
check "nobody the other" wait_for 20 eval '[ "$(grep -c " - - -$" "$WORK/left.asked")" -ge 200 ]'
is "the detour goes on" "$(why)" "active started"
check "A is heard again" sound srv
check "the detour hands back" wait_for 40 lease_is "$(serial)" withdrawn
is "and says why" "$(why)" "withdrawn recovered"
check "A answers the one" wait_for 10 answered_by led 203.0.113.80
check "they stop" eval 'end_asking led; end_asking left'
is "the one has lost nothing" "$(asked led lost)" 0
finish
