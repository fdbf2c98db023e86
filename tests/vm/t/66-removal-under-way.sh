# SPDX-License-Identifier: GPL-2.0-or-later
# Load, a tap, its readers, a grant and a detour are begun and undone over and over, of what all but
# load allocate a hundredth failing, while interface, namespace or module is removed in the midst of it.
# in turn on debug: 150 s
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
. "$STOPGAP_TOP/tests/vm/tools/removal.sh"
require openssl keyctl python3
require_faults

gone() { ! compgen -G '/dev/stopgap[0-9]*'; }

# under_way STEP interface|netns|module: a namespace goes with the last who is in it
under_way() {
	local name=$1 what=$2 pid rc=0
	[ "$name" != load ] || unload_module || return
	make_dummy || return
	[ "$name" != close ] || in_ns_tap a add v0 ring=65536 || return
	# At load nobody knows yet where the module is.
	[ "$name" = load ] || faults all 1 || return
	# Without a function in between: $! is the process itself.
	nsenter --net=/run/netns/a -- python3 -IS "$STOPGAP_TOP/tests/vm/tools/again.py" "$name" "$WORK" >"$WORK/again" 2>&1 &
	pid=$!
	wait_for 30 grep -q 'under way' "$WORK/again" && "take_$what" "$name" || rc=1
	kill -9 "$pid" || rc=1
	wait "$pid"
	faults_off
	cat "$WORK/again"
	[ "$what" = netns ] || ip netns del a || return
	wait_for 30 gone && fresh && return $rc
}
take_interface() { ip -n a link del v0; }
take_netns() { ip netns del a; }
take_module() {
	case $1 in
	# Who loads it is mostly quicker to unload it: tried is what counts.
	load) rmmod stopgap || rmmod stopgap || rmmod stopgap || : ;;
	# A detour holds it, withdrawn a moment ago too.
	detour) ! rmmod stopgap ;;
	*) wait_for 20 rmmod stopgap ;;
	esac
}
fresh() { { ! module_loaded || wait_for 20 unload_module; } && load_module && trust customer; }

check "a customer" make_key customer
check "a grant to be had again and again" detour make "$WORK/again.grant" fallback=$B
check "it loads" load_module
check "a trusted customer" trust customer
for n in load tap close grant detour; do
	for what in interface netns module; do
		step "$n under way: $what removed" under_way $n $what
	done
done
check "the module unloads" unload_module
finish
