#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: tests/vm/run --kernel KERNEL --raw tests/vm/suspend.sh; the lane 54-suspend does it
#
# Two leases, and the machine is suspended to memory (ACPI S3) past the end of one. The
# VM's shares of host files do not survive that, so what comes after it uses only what
# is in memory: builtins of the shell, and the interpreter of serve.py, which has
# run each of its tools before. What came of it goes to the serial line at the end.
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
other=198.51.100.9
exec >"$WORK/tap"

is_from() { [ "$(ask "$1")" = "$2" ]; }
asleep() { py -n client asleep.py "$@"; }

check "client - gateway - A and B" make_detour_path
check "A (nsd) and B (unbound) run" start_far_pair
check "the module loads" load_module
check "a clock that wakes the machine" eval 'modprobe -q rtc_cmos; test -w /sys/class/rtc/rtc0/wakealarm'
check "a trusted customer" eval 'make_key customer && trust customer'
long=$(grant long server=$other fallback=$B max_lease=300)
short=$(grant short fallback=$B max_lease=20)
check "a lease that will outlive the sleep" eval 'add long && on_gw start "$long"'
check "and one that will not" eval 'add short && on_gw start "$short"'
check "B answers for A" wait_for 10 is_from $A 203.0.113.81
check "and for the other" wait_for 10 is_from $other 203.0.113.81
# Each tool has run once, this one but for the sleep.
check_fails "it refuses to sleep for no number" ValueError asleep --mem $A 0 soon 1
# boottime: that and nothing else goes by while it sleeps
read -r up _ </proc/uptime
left=$(lease "$long" left_ms)
ends=$(lease "$short" ends)

# long enough for a busy host to get there before the alarm
slept=$(asleep --mem $A "$ends" 25)
is "B answered before" "${slept//*\"before\": \"203.0.113.81\"*/yes}" yes
took=${slept#*: } took=${took%%.*}
check "it slept for some seconds (${took:-?})" test "${took:-0}" -ge 5
is "A answers at once afterwards, each time" "${slept#*answers\": }" '{"203.0.113.80": 50}}'
check "its lease has ended" wait_for 5 lease_is "$short" ended
is "by its time" "$(lease "$short" reason)" expired
check "the other's goes on" lease_is "$long" active
read -r later _ </proc/uptime
now=$(lease "$long" left_ms)
went=$(((${later/./} - ${up/./}) * 10))
check "with the sleep taken from it ($went ms went by, $left before, $now now)" \
	test $((left - now - went)) -ge -2000 -a $((left - now - went)) -le 2000
check "B answers for it" wait_for 5 is_from $other 203.0.113.81
check "it can be withdrawn" on_gw withdraw "$long"
check "and ends" wait_for 5 lease_is "$long" withdrawn
echo "1..$points"
echo 1 >/proc/sys/kernel/printk
printf '\n%s\n' "$(<"$WORK/tap")" >/dev/ttyS0
read -r -t 1 <>"$WORK/.never"
echo b >/proc/sysrq-trigger
