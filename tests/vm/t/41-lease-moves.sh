# SPDX-License-Identifier: GPL-2.0-or-later
# A lease belongs to its network namespace: an interface that goes down, goes away
# or moves to another namespace changes nothing about it; nor does a clock that
# jumps past the grant's end, but for what has not started yet. One whose end comes
# while the machine's processes are frozen has ended when they go on.
# in turn on debug: 67 s
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound jq

from_b() { [ "$(ask $A)" = 203.0.113.81 ]; }
active() { lease_is "$serial" active; }
# back DEV ADDR: what a move took from it
back() { add_addr gw "$1" "$2" && ip -n gw link set "$1" up; }

check "client - gateway - A and B" make_detour_path
check "A (nsd) and B (unbound) run" start_far_pair
check "the module loads" load_module
check "a trusted customer" eval 'make_key customer && trust customer'
serial=$(grant lease fallback=$B)
check "a detour" eval 'add lease && on_gw start "$serial"'
check "B answers" wait_for 10 from_b
unused=$(grant unused fallback=198.18.0.3 clients=10.0.0.0/8)
check "and a grant that is not started" add unused

check "the interface towards B goes down" ip -n gw link set g2 down
check_fails "nobody answers" '^no$' eval 'from_b || { echo no; false; }'
check "the lease goes on" active
check "it comes up" ip -n gw link set g2 up
check "B answers" wait_for 20 from_b

check "another namespace" make_ns other
check "the clients' interface moves there" ip -n gw link set g0 netns other
check "the lease goes on" active
is "and is not to be seen there" "$(py -n other detour.py list)" ""
check "it moves back" ip -n other link set g0 netns gw
check "with its address" back g0 192.0.2.1/24
check "B answers" wait_for 20 from_b
check "that towards B is removed" ip -n gw link del g2
check "the lease goes on" active
check "another one takes its place" link_ns gw g3 198.18.0.1/24 fb f1 198.18.0.2/24
ip -n fb route add default via 198.18.0.1
check "B answers" wait_for 30 from_b

left=$(lease "$serial" left_ms)
check "the clock jumps past the end of both grants" detour clock +7200
check "the lease goes on, by its own clock" active
check "it has no more time than before" test "$(lease "$serial" left_ms)" -le "$left"
check_fails "what has not started does not start" '^ETIME: ' on_gw start "$unused"
check "withdrawn" on_gw withdraw "$serial"
check_fails "what was withdrawn is not resumed" '^ETIME: ' on_gw resume "$serial"
check "the clock jumps back" detour clock -7200
check "it is resumed" on_gw resume "$serial"
check "B answers" wait_for 10 from_b
check_fails "the module cannot be unloaded" 'in use' rmmod stopgap
check "withdrawn" on_gw withdraw "$serial"

# Frozen as for sleep, past the end of the lease: neither a process nor a work of the
# kernel has run since, and the first query is A's again.
frozen() {
	serial=$(grant short fallback=$B max_lease=12)
	check "another detour" eval 'add short && on_gw start "$serial"'
	check "clients ask" eval 'STEADY_WAIT=60 begin_asking frozen $A 50 120'
	check "B answers" wait_for 10 answered_by frozen 203.0.113.81
	slept=$(in_ns client python3 -IS "$STOPGAP_TOP/tests/vm/tools/asleep.py" $A "$(lease "$serial" ends)" 5)
	note "$slept"
	is "B answered before all was frozen" "$(jq -r .before <<<"$slept")" 203.0.113.81
	check "for 5 s" jq -e '.took >= 5' <<<"$slept"
	is "A answers at once afterwards, each time" "$(jq -c .answers <<<"$slept")" '{"203.0.113.80":50}'
	check "the lease has ended" wait_for 5 lease_is "$serial" ended
	is "by its time" "$(lease "$serial" reason)" expired
	check "A answers the others, too" wait_for 5 answered_by frozen 203.0.113.80
	check "they stop" end_asking frozen
	is "no query is lost" "$(asked frozen lost)" 0
	is "all answers came from A's address" "$(asked frozen sources | sed 's/: [0-9]*//')" "{\"$A\"}"
}
if [ -w /sys/power/pm_test ]; then
	frozen
else
	skip "frozen as for sleep" "this kernel cannot sleep"
fi
check "then it can" unload_module
finish
