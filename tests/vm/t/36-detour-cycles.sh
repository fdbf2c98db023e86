# SPDX-License-Identifier: GPL-2.0-or-later
# A thousand withdrawals and resumptions (on the debug kernel a tenth of them) while clients
# ask: no query is lost, no answer comes from B's address, nothing is left behind.
# clock: instructions
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound conntrack

check "client - gateway - A and B" make_detour_path
check "A (nsd) and B (unbound) run" start_far_pair
check "the module loads" load_module
check "a trusted customer" eval 'make_key customer && trust customer'
serial=$(grant cycles fallback=$B)
# What comes late, the machine being busy with the cycles, is not lost.
export STEADY_WAIT=10
check "a detour" eval 'add cycles && on_gw start "$serial"'
check "new ports ask" begin_asking new $A 50 250
check "a fixed port asks" begin_asking same $A 50 250 5302
[ "$STOPGAP_KERNEL" = debug ] && cycles=100 || cycles=1000
check "it is withdrawn and resumed $cycles times" on_gw cycle $cycles "$serial"
is "it is active" "$(lease "$serial" state) $(lease "$serial" reason)" "active resumed"
check "B answers" wait_for 10 eval 'answered_by new 203.0.113.81 && answered_by same 203.0.113.81'
check "they stop" eval 'end_asking new; end_asking same'
note "$(asked new sent) queries of new ports, $(asked same sent) of one: $(asked new answers) $(asked same answers)"
is "no query of new ports is lost" "$(asked new lost)" 0
is "nor of a fixed port" "$(asked same lost)" 0
is "all answers come from A's address" "$(asked new sources) $(asked same sources)" \
	"{\"$A\": $(asked new sent)} {\"$A\": $(asked same sent)}"
check "withdrawn" on_gw withdraw "$serial"
check "A answers" wait_for 5 eval '[ "$(ask $A)" = 203.0.113.80 ]'
check "the module unloads" unload_module
finish
