# SPDX-License-Identifier: GPL-2.0-or-later
# Hostile frames straight to the hooks of taps that are read: all are accounted for. Each in
# one piece lies at the end of its memory, so on the debug kernel one byte read past it is reported.
# INJECT_FRAMES and FUZZ_SEED for more of them and for other ones.
# limit: 240
# inject: yes
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"

frames=${INJECT_FRAMES:-50000} seed=${FUZZ_SEED:-1}
inject=${STOPGAP_MODULE%/kmod/*}/inject/$(uname -r)/inject.ko

check "insmod" load_module
check "the module that injects" insmod "$inject"
check "a namespace" make_ns a
for d in d0 d1; do
	check "$d" eval "ip -n a link add $d type dummy && ip -n a link set $d up"
done
check "tap" in_ns_tap a add d0 ports=53,5353,853 txn=256 servers=16 ring=65536 snaplen=65535 flags=2 timeout=500 overdue=100
check "tap, as of a mirror port" in_ns_tap a add d1 txn=4096 ring=65536 flags=3 timeout=500
check "a reader" start_reader reads "$(dev_of a d0)"
check "one by mmap" start_reader maps -m "$(dev_of a d1)"
for d in d0 d1; do
	before=$(counter a $d frames)
	check "$d: $frames frames, seed $seed" in_ns a "$TOOLS/framefuzz" -k $d 2:0:0:0:0:1 "$frames" "$seed" \
		"$STOPGAP_TOP/tests/fuzz/corpus/frame"
	check "$d: the tap saw each of them" test $(($(counter a $d frames) - before)) -ge "$frames"
	check "$d: the sums hold" conserves a $d
	check "$d: the servers' too" servers_conserve a $d
	in_ns_tap a get $d >"$WORK/$d"
	for what in queries responses unparsed1 unparsed4 unparsed8; do
		check "$d: $what came" test "$(value $what <"$WORK/$d")" -gt 0
	done
	check "$d: nothing stays in flight" wait_for 20 settled a $d
	check "$d: the sums hold then" conserves a $d
done
check "the taps end" eval 'in_ns_tap a del d0 && in_ns_tap a del d1'
for r in reads maps; do
	check "$r ends" wait_for 20 grep -q '^answered' "$WORK/$r.out"
	is "$r saw nothing wrong" "$(reader_wrong $r)" ""
done
check "the module that injects is gone" rmmod inject
finish
