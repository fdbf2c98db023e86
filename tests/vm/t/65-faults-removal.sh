# SPDX-License-Identifier: GPL-2.0-or-later
# Interface, namespace and module are removed at each step of their use while all
# that the module allocates fails; once there is a tap and at a detour, under traffic, too.
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
. "$STOPGAP_TOP/tests/vm/tools/removal.sh"
require openssl keyctl python3
require_faults

check "a customer" make_key customer

check "it loads" load_module

# A dummy; under traffic its other end is b's, who asks A by way of a, and goes on to when a
# is not there. B is an address of a itself.
make_link() {
	if [ "$traffic" ]; then
		make_ns a && link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24 && ip -n b route add default via 192.0.2.1 &&
			ip -n a addr add $B/32 dev lo && forward_ns a
	else
		make_dummy
	fi
}

# reach N GRANT: 1 a tap, 2 a reader and one by mmap, 3 a grant, 4 a detour, 5 withdrawn
reach() {
	local n=$1
	granted=$2
	make_link && in_ns_tap a add v0 >/dev/null || return
	dev=$(dev_of a v0)
	[ "$n" -lt 2 ] || { start_reader reads "$dev" && start_reader maps -m "$dev"; } || return
	[ "$n" -lt 3 ] || serial=$(grant "$granted" fallback=$B) || return
	[ "$n" -lt 3 ] || act add "$WORK/$granted" "$WORK/$granted.p7s" || return
	[ "$n" -lt 4 ] || act start "$serial" || return
	[ "$n" -lt 5 ] || act withdraw "$serial" || return
	[ ! "$traffic" ] || wait_for 20 flows "$n"
}
# flows N: of what traffic there is, the tap sees something and the detour leads it
flows() {
	[ "$(counter a v0 queries)" -ge 20 ] || return
	[ "$1" -ne 4 ] || [ "$(act field "$serial" flows)" -ge 10 ]
}
act() { py -n a detour.py "$@"; }

# The step undone from outside; the reader must be told and end.
readers_end() {
	local r
	for r in reads maps; do
		[ ! -e "$WORK/$r.pid" ] || wait_for 20 grep -q '^answered' "$WORK/$r.out" || return
		rm -f "$WORK/$r.pid" "$WORK/$r.in"
	done
}
readers_killed() {
	local r
	for r in reads maps; do
		[ ! -e "$WORK/$r.pid" ] || kill -9 "$(reader_pid $r)"
		rm -f "$WORK/$r.pid" "$WORK/$r.in"
	done
}
gone() { [ ! -e "$dev" ]; }

remove_interface() {
	ip -n a link del v0 && wait_for 20 gone && readers_end && in_ns_tap a list &&
		faults all off && ip netns del a
}
remove_netns() { ip netns del a && wait_for 30 gone && readers_end; }
remove_module() {
	readers_killed
	[ "$1" != 4 ] || act withdraw "$serial" || return
	unload_module && wait_for 20 gone && faults_off && ip netns del a && load_module && trust customer
}
check "a trusted customer" trust customer
check "who asks" make_ns b
nsenter --net=/run/netns/b -- python3 -IS "$STOPGAP_TOP/tests/vm/tools/asks.py" $A >"$WORK/asks" 2>&1 &
asks=$!
steps=(- tap readers grant detour withdrawn)
for n in 1 2 3 4 5; do
	case $n in 1 | 4) traffic=' under traffic' ;; *) traffic='' ;; esac
	for what in interface netns module; do
		step "step ${steps[n]}$traffic" reach "$n" "$n-$what" || break 2
		faults all on
		step "step ${steps[n]}$traffic: $what removed while all fails" "remove_$what" "$n"
		faults_off
	done
done
check "who asks did so to the end" kill "$asks"
check "the module unloads" unload_module
finish
