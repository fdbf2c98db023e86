# SPDX-License-Identifier: GPL-2.0-or-later
# detour plan: what a grant would do, for how many clients, and whether B answers
# the names that fail; nothing is changed by it.
# in turn on debug: 183 s
# clock: instructions
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound jq

gw() { stopgap "$@" -N gw; }
new() { stopgap grant new --server $A --fallback $B --clients 192.0.2.0/24 --lease 10m --valid 1h -o "$WORK/$1" "${@:2}" >/dev/null; }
plan() { gw detour plan "$WORK/$1" --tap g0 --for "${2:-6s}" -j; }
of() { jq -c "$1" "$WORK/plan"; }

check "client - gateway - A and B" make_detour_path
check "A (nsd) and B (unbound) run" start_far_pair
check "the module loads" load_module
check "a tap towards the clients" gw tap add g0
check "a grant that nobody has signed yet" new one
check_fails "nobody is trusted: it would be refused" 'keyring .stopgap is empty' gw detour plan "$WORK/one"
check "a trusted customer" eval 'make_key customer && trust customer'
check "two clients ask" eval 'begin_asking one $A 20 120 && begin_asking two $A 20 120 0 192.0.2.130'
check "A answers" wait_for 10 eval 'answered_by one 203.0.113.80 && answered_by two 203.0.113.80'
check "a plan, all being well" eval 'plan one >"$WORK/plan"'
is "it would start" "$(of '[.would, .refusal, .kernel_asked]')" '["start",null,true]'
is "for both" "$(of '[.seen.clients_led, .seen.clients_left, .seen.failed]')" '[2,0,0]'
is "and B answers what they ask" "$(of '[.questions, .fallback_answers, .names[0].name, .names[0].type, .good]')" \
	'[1,1,"www.example.test.","A",true]'
is "as A does" "$(of '[.names[0].server.rcode, .names[0].fallback.rcode]')" '["NOERROR","NOERROR"]'

check "A is stopped" stop_dns a
check "the clients are not served" wait_for 10 eval 'tail -n 1 "$WORK/one.asked" | grep -q " - - -$"'
new half --share 500
check "a plan for half of them" eval 'plan half >"$WORK/plan"'
is "both are in it, or left" "$(of '.seen.clients_led + .seen.clients_left')" 2
check "their queries have failed" test "$(of .seen.failed)" -ge 20
is "A does not answer, B does" "$(of '[.names[0].server.answered, .names[0].fallback.rcode, .fallback_answers]')" '[false,"NOERROR",1]'
check "in sentences" grep -q 'The fallback answers 1 of 1' <(gw detour plan "$WORK/one" --tap g0 --for 3s)
is "nothing was loaded by that" "$(gw detour list -j)" "[]"

printf 'server:\n access-control: 0.0.0.0/0 refuse\n' >>"$WORK/b/conf"
check "B refuses the gateway" restart_dns b
gw detour plan "$WORK/one" --tap g0 --for 3s -j >"$WORK/plan"
is "then the plan fails" "$? $(of '[.names[0].fallback.rcode, .fallback_answers, .good]')" '1 ["REFUSED",0,false]'
sed -i '/0.0.0.0\/0 refuse/d' "$WORK/b/conf"
check "B answers again" restart_dns b

serial=$(grant other fallback=$B)
check "another detour for the same clients" eval 'add other && on_gw start "$serial"'
check_fails "is in the way" 'another active detour has the same server' gw detour plan "$WORK/one"
check "withdrawn" on_gw withdraw "$serial"
check "then it is not" gw detour plan "$WORK/one"
check "the clients stop" eval 'end_asking one; end_asking two'
check "the tap is deleted" gw tap del g0
finish
