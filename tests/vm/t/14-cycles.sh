# SPDX-License-Identifier: GPL-2.0-or-later
# insmod, use, rmmod, 50 times under traffic (20 on the older kernel): no warning, no node
# left, and the memory is back.
# in turn on debug: 80 s
# limit: 900
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require dnsperf nsd

[[ $(uname -r) != 6.1.* ]] || CYCLES=${CYCLES:-20}
CYCLES=${CYCLES:-$(scaled 50)}
check "two namespaces" make_ns a b
check "a veth" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24
make_zone "$WORK/zone" example.test 100
make_queries "$WORK/queries" example.test 100 1000
check "nsd" start_dns auth nsd b 192.0.2.2 zone "$WORK/zone" example.test
ip netns exec a dnsperf -s 192.0.2.2 -d "$WORK/queries" -l 600 -c 2 -q 20 -Q "$(scaled 100)" >/dev/null 2>&1 &

counts() { [ "$(counter a v0 answered)" -gt 0 ]; }

one_cycle() {
	local dev
	load_module && in_ns_tap a add v0 >/dev/null && in_ns_tap b add v1 >/dev/null || return
	dev=$(dev_of a v0)
	wait_for 10 counts || return
	ringcat -n 20 "$dev" >"$WORK/read" && grep -q '^records' "$WORK/read" || return
	ringcat -m -n 20 "$dev" >"$WORK/map" && grep -q '^records' "$WORK/map" || return
	conserves a v0 && in_ns_tap a servers v0 >/dev/null || return
	[ $((n % 2)) = 0 ] || in_ns_tap a del v0 || return
	unload_module && [ -z "$(compgen -G '/dev/stopgap*')" ] && [ ! -e /sys/class/stopgap ]
}

# What the kernel holds that nothing can reclaim, in KiB: slabs, vmalloc, per-CPU.
held() { awk '/^(SUnreclaim|VmallocUsed|Percpu):/ { n += $2 } END { print n }' /proc/meminfo; }
# A tap has some MiB: one kept in each cycle would be far above this.
given_back() { [ $(($(held) - held)) -lt 4096 ]; }

before=$(dmesg | grep -cE 'WARNING|BUG|Call Trace')
for ((n = 1; n <= CYCLES; n++)); do
	one_cycle || break
	[ $n -gt 1 ] || held=$(held)
done
is "all $CYCLES cycles" $((n - 1)) "$CYCLES"
check "their memory is given back: $held KiB were held after the first" wait_for 20 given_back
note "$(held) KiB are held after the last"
is "no warning came" "$(dmesg | grep -cE 'WARNING|BUG|Call Trace')" "$before"
check "the traffic still flows" in_ns a dig +short +time=2 @192.0.2.2 www.example.test A
finish
