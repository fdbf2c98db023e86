# SPDX-License-Identifier: GPL-2.0-or-later
# A lease ends when it should: by its own clock with no process alive, whatever
# the wall clock does, with its namespace; and starting and ending it a hundred
# times under load leaves nothing behind.
# in turn on 6.1: 95 s
# in turn on debug: 156 s
# clock: instructions
# limit: 600
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound conntrack ss

start() {
	grant "$@" >"$WORK/serial" && add "$1" && on_gw start "$(serial)"
}
serial() { read -r serial <"$WORK/serial"; echo "$serial"; }
from_b() { [ "$(ask $A)" = 203.0.113.81 ]; }
from_a() { [ "$(ask $A)" = 203.0.113.80 ]; }
ended() { lease_is "$(serial)" ended; }
# watched FIELD: of the last notification
watched() { py steady.py field "$(tail -n 1 "$WORK/watch")" "$1"; }
watch() {
	ip netns exec gw python3 -IS "$STOPGAP_TOP/tests/vm/tools/detour.py" watch "$@" >"$WORK/watch" 2>"$WORK/watch.err" &
	echo $! >"$WORK/watch.pid"
	wait_for 20 grep -q watching "$WORK/watch"
}
# off_by MS: did the last notification come that soon after when it was due?
off_by() {
	local due=$1 late
	late=$(python3 -IS -c "print(int((float('$(watched at)') - $due / 1e9) * 1000))")
	note "$late ms after it was due"
	[ "$late" -ge 0 ] && [ "$late" -lt "$2" ]
}

check "client - gateway - A and B" make_detour_path
check "A (nsd) and B (unbound) run" start_far_pair
check "the module loads" load_module
check "a trusted customer" eval 'make_key customer && trust customer'

check "a watcher" watch 60 4
check "a lease of 5 s starts" start five fallback=$B max_lease=5
due=$(lease "$(serial)" ends)
check "B answers" from_b
check "it ends by itself" wait_for 15 ended
check "the watcher has seen it all" wait_for 10 eval '[ "$(wc -l <"$WORK/watch")" = 5 ]'
is "and why" "$(sed -n 's/.*"state": "\([a-z]*\)", "reason": "\([a-z]*\)".*/\1:\2/p' "$WORK/watch" | xargs)" \
	"armed:granted active:started active:ending ended:expired"
check "within half a second of its time" off_by "$due" $((500 * SLOW))
check "A answers at once" from_a

check "a lease of 8 s starts" start eight fallback=$B max_lease=8
check "B answers" from_b
check "a watcher" watch 60
kill -9 "$(cat "$WORK/watch.pid")"
check "no process has a netlink socket in the gateway's namespace" \
	wait_for 10 eval '[ -z "$(in_ns gw ss -H -f netlink -p | grep "users:")" ]'
check "the traffic alone tells the end" wait_for 20 from_a
is "it has expired" "$(lease "$(serial)" state) $(lease "$(serial)" reason)" "ended expired"

grant short fallback=$B not_after=+40 >"$WORK/serial"
check "a grant that is valid for 40 s" add short
check "it starts" on_gw start "$(serial)"
check "it ends with the grant" wait_for 60 ended
check "A answers" from_a
grant unused fallback=$B not_after=+6 >"$WORK/serial"
check "a grant that nobody starts" add unused
check "it ends, too" wait_for 20 ended

check "a lease of 10 s" start pause fallback=$B max_lease=10
check "withdrawn" on_gw withdraw "$(serial)"
check "its clock goes on" wait_for 20 ended
check_fails "and it is not resumed" '^ETIME: ' on_gw resume "$(serial)"

check "a lease of 20 s" start jump fallback=$B max_lease=20
left=$(lease "$(serial)" left_ms)
check "the clock jumps by two hours" detour clock +7200
check "B answers" from_b
check "the lease goes on" lease_is "$(serial)" active
grant future fallback=$B >"$WORK/future.serial"
check "it jumps back" detour clock -7200
check "nothing is prolonged" test "$(lease "$(serial)" left_ms)" -le "$left"
check "it ends in its time" wait_for 30 ended
check "A answers" from_a

check "a lease while clients ask" start load fallback=$B
check "new ports ask" begin_asking new $A 50 120
check "a fixed port asks" begin_asking same $A 50 120 5302
check "withdrawn and resumed ${CYCLES:=100} times" on_gw cycle "$CYCLES" "$(serial)"
check "they stop" eval 'end_asking new; end_asking same'
is "no query of new ports is lost" "$(asked new lost)" 0
is "nor of a fixed port" "$(asked same lost)" 0
is "all answers come from A's address" "$(asked new sources) $(asked same sources)" \
	"{\"$A\": $(asked new sent)} {\"$A\": $(asked same sent)}"

check_fails "the module cannot be unloaded now" 'in use' rmmod stopgap
ip netns del gw
check "without its namespace the lease is gone" wait_for 30 module_idle
check "the module unloads" unload_module
check "and loads" load_module
check "no certificate is left" test "$(py -n client detour.py trust | wc -l)" = 1
finish
