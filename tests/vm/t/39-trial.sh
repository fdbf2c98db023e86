# SPDX-License-Identifier: GPL-2.0-or-later
# detour trial: some of the clients' questions go to B as well, and nothing of it
# reaches a client; and the clients left with A tell what a detour spared the others.
# in turn on debug: 151 s
# clock: instructions
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound jq nft

trial() { rm -f "$WORK/trial"; stopgap detour trial "$WORK/request" -N gw --tap g0 --for 4s -o "$WORK/trial" "$@" >"$WORK/said"; }
of() { jq -c "$1" "$WORK/trial"; }
of_lease() { stopgap detour list -N gw -j | jq -c ".[0] | $1"; }

check "client - gateway - A and B" make_detour_path
for i in {200..215}; do ip -n client addr add 192.0.2.$i/24 dev c0; done
check "A (nsd) and B (unbound) run" start_far_pair
check "the module loads" load_module
check "a tap towards the clients" stopgap tap add g0 -N gw
check "a grant that nobody has signed yet" stopgap grant new --server $A --fallback $B --clients 192.0.2.0/24 --lease 10m --valid 1h -o "$WORK/request"
check "a client asks" begin_asking one $A 20 200
check "A answers" wait_for 10 answered_by one 203.0.113.80
check "a trial of all that is asked" trial --one-in 1
check "questions were copied" test "$(of .copied)" -ge 20
is "each that was seen" "$(of '.copied + .over_rate == .seen')" true
is "both answer them all, with one RCODE" "$(of '[.answers, .failed_fallback, .both_answered == .same_rcode]')" \
	"[[{\"fallback\":\"records\",\"n\":$(of .copied),\"server\":\"records\"}],0,true]"
is "but not with the same records" "$(of '[.same_records, .both_records == .copied]')" '[0,true]'
is "of these 256 bytes" "$(of .grant_sha256 | tr -d '"')" "$(sha256sum <"$WORK/request" | cut -d ' ' -f 1)"
check "a trial of at most two in a second" trial --one-in 1 --rate 2
check "copies no more" test "$(of .copied)" -le 10 -a "$(of .over_rate)" -gt 20
check "A is stopped" stop_dns a
check "the client is not served" wait_for 10 eval 'tail -n 1 "$WORK/one.asked" | grep -q " - - -$"'
check "a trial" trial --one-in 2
check "says that A fails" test "$(of .failed_server)" -ge 5
is "and B does not" "$(of .failed_fallback)" 0
check "in sentences" grep -q ' failed at the server, 0 at the fallback' "$WORK/said"
check_fails "a result that is there is kept" 'File exists' stopgap detour trial "$WORK/request" -N gw --tap g0 --for 1s -o "$WORK/trial"
check "A runs again, and B does not" eval 'restart_dns a && stop_dns b'
check "the client is served" wait_for 10 answered_by one 203.0.113.80
trial --one-in 1
is "then the trial fails" "$? $(of '.failed_fallback > 0')" "1 true"
check "the client stops" end_asking one
is "and has seen nothing of B" "$(grep -c 203.0.113.81 "$WORK/one.asked")" 0
is "nothing was loaded by all that" "$(stopgap detour list -N gw -j)" "[]"

# --- the share that stays with A
check "B runs again" restart_dns b
check "a trusted customer" eval 'make_key customer && trust customer'
check "a detour for half of the clients" eval 'grant half fallback=$B share=500 >"$WORK/serial" && add half && on_gw start "$(cat "$WORK/serial")"'
if find_two; then ok "$led is led to B, $left is not"; else not_ok "one is led to B, another is not"; fi
check "A falls silent" in_ns srv nft 'add table inet t; add chain inet t c { type filter hook input priority 0; policy drop; }'
check "the one asks" begin_asking led $A 20 120 0 "$led"
check "the other asks" begin_asking left $A 20 120 0 "$left"
check "for a while" wait_for 30 eval '[ "$(of_lease .at_server.queries)" -ge 60 ] && [ "$(of_lease .at_fallback.queries)" -ge 60 ]'
check "they stop" eval 'end_asking led; end_asking left'
is "what was spared, with its interval" "$(of_lease '.effect | .spared > 0.6 and .low > 0.5 and .low < .spared and .spared < .high and .high <= 1 and .failed_server > .failed_fallback')" true
check "is shown" grep -q 'failed: .* at the server, .* at the fallback; spared' <(stopgap detour list -N gw)
check "the tap is deleted" stopgap tap del g0 -N gw
finish
