# SPDX-License-Identifier: GPL-2.0-or-later
# What keeps detours from each other's way and from going on for ever: overlaps,
# chains and loops, bounds of number and length, withdrawal by notice, one
# extension, and the module that is not unloaded meanwhile.
# in turn on 6.1: 66 s
# in turn on debug: 198 s
# clock: instructions
# limit: 600
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound conntrack

# make NAME FIELD=VALUE...: granted and loaded; serial NAME
make() { grant "$@" >"$WORK/$1.serial" && add "$1"; }
serial() { cat "$WORK/$1.serial"; }
start() { on_gw start "$(serial "$1")"; }
begin() { make "$@" && start "$1"; }
withdraw() { on_gw withdraw "$(serial "$1")"; }
state() { echo "$(lease "$(serial "$1")" state) $(lease "$(serial "$1")" reason)"; }
from_b() { [ "$(ask $A)" = 203.0.113.81 ]; }
from_a() { [ "$(ask $A)" = 203.0.113.80 ]; }

check "client - gateway - A and B" make_detour_path
check "A (nsd) and B (unbound) run" start_far_pair
check "the module loads" load_module
check "a trusted customer" eval 'make_key customer && trust customer'

# --- with each other: the first is active, the others are tried beside it
check "a detour of A to B" begin first fallback=$B clients=192.0.2.0/25 protocols=1
# beside NAME WHAT FIELD=VALUE...: may be active at the same time
beside() {
	local name=$1 what=$2
	shift 2
	check "beside it: $what" begin "$name" "$@"
	check "and its end" withdraw "$name"
}
# against NAME ERRNO WHAT FIELD=VALUE...: may not
against() {
	local name=$1 err=$2 what=$3
	shift 3
	check "a grant: $what" make "$name" "$@"
	check_fails "is refused at its start" "^$err: " start "$name"
	is "and stays armed" "$(state "$name")" "armed granted"
}
against same EADDRINUSE "the same again" fallback=$B clients=192.0.2.0/25
against wider EADDRINUSE "a wider prefix" fallback=$B clients=192.0.0.0/16
against one EADDRINUSE "one client" fallback=$B clients=192.0.2.2/32
against other EADDRINUSE "another B" fallback=203.0.113.9 clients=192.0.2.0/24
against tail ELOOP "from B on" server=$B fallback=203.0.113.9 clients=10.0.0.0/8
against head ELOOP "to A" server=203.0.113.9 fallback=$A clients=10.0.0.0/8
against loop ELOOP "from B back to A" server=$B fallback=$A clients=10.0.0.0/8
beside half "the other half of the clients" fallback=$B clients=192.0.2.128/25
beside tcp "TCP, when the first is for UDP" fallback=$B clients=192.0.2.0/25 protocols=2
beside port "another port" fallback=$B clients=192.0.2.0/25 port=5353
beside six "IPv6" server=$A6 fallback=$B6 clients=2001:db8:1::/64
beside another "another server" server=203.0.113.7 fallback=$B clients=192.0.2.0/25
is "the first goes on" "$(state first)" "active started"
check "and serves" from_b
check "withdrawn" withdraw first
check "then another may start" start wider
check_fails "and the first may not be resumed" '^EADDRINUSE: ' on_gw resume "$(serial first)"
check "its end" withdraw wider
check "then the first may" on_gw resume "$(serial first)"

# --- withdrawal by notice
check "its withdrawal in fifteen seconds" on_gw withdraw "$(serial first)" 15000
is "is announced" "$(state first)" "active notice"
left=$(lease "$(serial first)" notice_ms)
check "with the time that is left" test "$left" -gt 0 -a "$left" -le 15000
check "until then B answers" from_b
check "it is withdrawn by itself" wait_for 30 lease_is "$(serial first)" withdrawn
is "and says why" "$(state first)" "withdrawn withdrawn"
check "A answers" from_a
check "resumed" on_gw resume "$(serial first)"
check "another notice, of a minute" on_gw withdraw "$(serial first)" 60000
check "it is taken back" on_gw resume "$(serial first)"
is "and seen to be" "$(state first) $(lease "$(serial first)" notice_ms)" "active resumed 0"
check_fails "no notice is no withdrawal to resume" '^EISCONN: ' on_gw resume "$(serial first)"
check "a notice" on_gw withdraw "$(serial first)" 60000
check "and a withdrawal at once" withdraw first
is "is one" "$(state first) $(lease "$(serial first)" notice_ms)" "withdrawn withdrawn 0"
check_fails "a notice of more than a day" '^ERANGE: ' on_gw withdraw "$(serial first)" 86400001

# --- one extension, as the grant agrees to
check "a lease of 20 s that may be extended by 12" make long fallback=$B max_lease=20 extend=12
check_fails "not before its start" '^ENOTCONN: ' on_gw extend "$(serial long)"
check "it starts" start long
check "and is extended" on_gw extend "$(serial long)"
left=$(lease "$(serial long)" left_ms)
check "by that and no more" test "$left" -gt 20000 -a "$left" -le 32000
is "as is seen" "$(state long)" "active extended"
check_fails "once" '^EMLINK: ' on_gw extend "$(serial long)"
check "it ends" wait_for 45 lease_is "$(serial long)" ended
check_fails "and is not extended then" '^ETIME: ' on_gw extend "$(serial long)"
check "A answers" from_a
check_fails "a grant that agrees to none" '^ENOTTY: ' on_gw extend "$(serial first)"
grant toolong fallback=$B max_lease=86000 extend=401 >"$WORK/toolong.serial"
check_fails "together not more than a day" '^EDOM: ' add toolong
check "the extension of a grant that ends sooner" eval \
	'begin short fallback=$B max_lease=55 extend=600 not_after=+60 && on_gw extend "$(serial short)"'
check "does not go past it" test "$(lease "$(serial short)" left_ms)" -le 60000
check "its end" withdraw short

# --- bounds of number; an ended lease gives way
loaded() { on_gw list | wc -l; }
n=$(loaded)
while [ "$n" -lt 64 ]; do
	make many fallback=$B >/dev/null || break
	n=$((n + 1))
done
is "so many leases, the ended ones among them" "$(loaded)" 64
# It gives way when its own flows are gone, some seconds after its end.
check "the next one takes the place of one that has ended" wait_for 15 make many2 fallback=$B
while make more fallback=$B 2>"$WORK/refused"; do
	[ "$(loaded)" = 64 ] || break
done
check "and when all are alive there is no room" grep -q '^EUSERS: ' "$WORK/refused"
is "for more than 64" "$(loaded)" 64

# --- the module is not unloaded while a detour is on, unless all are withdrawn by force
gw() { in_ns gw "$STOPGAP" "$@"; }
alive() { on_gw list | grep -cE '"state": "(armed|active)"'; }
led_by_b() { in_ns gw conntrack -L 2>/dev/null | grep -c "src=$B "; }
last_of() { awk -v what="$2" '$5 == what && $1 > n { n = $1 } END { print n + 0 }' "$WORK/$1.asked"; }
check "a detour" on_gw resume "$(serial first)"
check "clients ask, each time from a new port" begin_asking ports $A 100 120
check "and one from the same port" begin_asking port $A 20 120 5000
check "B answers them" eval 'wait_for 10 answered_by ports 203.0.113.81 && wait_for 10 answered_by port 203.0.113.81'
check_fails "the module cannot be unloaded" 'in use' rmmod stopgap
check "B answers" from_b
check "besides it, grants wait" test "$(alive)" -gt 2
check "all are withdrawn" gw detour withdraw --all
is "A answers at once" "$(ask $A)" 203.0.113.80
check "all of them" wait_for 5 answered_by ports 203.0.113.80
asked=$(last_of ports 203.0.113.80)
is "none is in force or waits" "$(alive)" 0
is "and there is none to withdraw" "$(gw detour withdraw --all)" \
	"no detour to withdraw in this network namespace"
is "also not for JSON" "$(gw detour withdraw --all -j)" "[]"
check "late answers looked after, the module goes" wait_for 20 rmmod stopgap
is "no flow is led to B" "$(led_by_b)" 0
n=$(wc -l <"$WORK/ports.asked")
check "the clients ask on" wait_for 20 eval '[ $(wc -l <"$WORK/ports.asked") -ge $((n + 100)) ]'
check "they stop" eval 'end_asking ports; end_asking port'
check "after the withdrawal B answered nobody" test "$(last_of ports 203.0.113.81)" -le "$asked"
check "A answers, to the end" eval 'answered_by ports 203.0.113.80 && answered_by port 203.0.113.80'
is "no query was lost" "$(asked ports lost) $(asked port lost)" "0 0"
is "all answers came from A's address" \
	"$(for n in ports port; do asked $n sources | sed 's/: [0-9]*//'; done | sort -u)" "{\"$A\"}"
finish
