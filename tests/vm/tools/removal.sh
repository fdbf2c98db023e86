# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by what goes on, or removes things, while allocations fail.

require_faults() {
	[ -w /proc/self/fail-nth ] && [ -d /sys/kernel/debug/failslab ] ||
		skip_all "this kernel has no fault injection; the debug kernel has"
}

# Not by "ip netns exec", which hides the debugfs.
faults() { python3 -IS "$STOPGAP_TOP/tests/vm/tools/faults.py" "$@"; }

# The module whose addresses they were limited to may not be there any more.
faults_off() { local f; for f in /sys/kernel/debug/fail{slab,_page_alloc,_usercopy}/probability; do echo 0 >"$f"; done; }

# step DESCRIPTION COMMAND...: like check, but in this shell
step() {
	local what=$1
	shift
	if "$@" >"$WORK/out" 2>&1; then ok "$what"; else not_ok "$what" "$(cat "$WORK/out")"; fi
}

# In a, a dummy v0.
make_dummy() { make_ns a && ip -n a link add v0 type dummy && ip -n a link set v0 up; }
