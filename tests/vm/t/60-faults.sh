# SPDX-License-Identifier: GPL-2.0-or-later
# Every allocation in the module is failed once: at load, tap, read, grant and
# detour. Never a wrong state, a leak, a warning.
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3
[ -w /proc/self/fail-nth ] && [ -d /sys/kernel/debug/failslab ] ||
	skip_all "this kernel has no fault injection; the debug kernel has"

# Not within the loading that is failed.
load_depends
check "a customer, and a second one" eval 'make_key customer && make_key second'
check "a grant" detour make "$WORK/plain" fallback=$B extend=60
check "one that waits for a condition" detour make "$WORK/standing" fallback=$B flags=1 when_state=4 when_ms=500
check "one that asks for two signers" detour make "$WORK/both" fallback=$B role=network:1 role=security:1

check "a namespace" make_ns gw
nsenter --net=/run/netns/gw python3 -IS "$STOPGAP_TOP/tests/vm/tools/failnth.py" "$WORK" \
	>"$STOPGAP_RESULTS/faults" 2>"$WORK/each.err"
rc=$?
while read -r verdict what; do
	is "$what" "$verdict" good
done <"$STOPGAP_RESULTS/faults"
is "all was tried" "$rc $(grep -c '^good the end' "$STOPGAP_RESULTS/faults") $(tail -n 3 "$WORK/each.err")" "0 1 "
ip netns del gw
check "it unloads after all that" unload_module
finish
