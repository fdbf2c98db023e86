# SPDX-License-Identifier: GPL-2.0-or-later
# Hostile frames through a veth that is tapped at both ends, with readers: all
# are accounted for, and the link still works.
# FUZZ_FRAMES and FUZZ_SEED for more of them and for other ones.
# in turn on debug: 73 s
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require dig nsd

frames=${FUZZ_FRAMES:-$(scaled 30000)} seed=${FUZZ_SEED:-1}

check "insmod" load_module
check "two namespaces" make_ns a b
check "a veth" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24
make_zone "$WORK/zone" example.test 10
check "nsd" start_dns auth nsd b 192.0.2.2 zone "$WORK/zone" example.test
check "tap" in_ns_tap a add v0 ports=53,5353,853 txn=256 servers=16 ring=65536 snaplen=65535 flags=2 timeout=500 overdue=100
check "tap on the other end, as of a mirror port" in_ns_tap b add v1 txn=4096 ring=65536 flags=3 timeout=500
check "a reader" start_reader reads "$(dev_of a v0)"
check "one by mmap" start_reader maps -m "$(dev_of b v1)"

# shellcheck disable=SC2034 # used by what eval is given
peer=$(ip -n b -j link show v1 | sed 's/.*"address":"\([^"]*\)".*/\1/')
before=$(counter a v0 frames)
check "$frames frames, seed $seed" eval 'in_ns a timeout $((200 * SLOW)) "$TOOLS/framefuzz" v0 "$peer" "$frames" "$seed" \
	"$STOPGAP_TOP/tests/fuzz/corpus/frame" >"$WORK/fuzz"'
note "$(cat "$WORK/fuzz")"
taken=$(value taken <"$WORK/fuzz")
check "nearly all of them were sent ($taken)" test "${taken:-0}" -gt $((frames * 9 / 10))
check "the tap saw each of them" test $(($(counter a v0 frames) - before)) -ge "$taken"
for end in "a v0" "b v1"; do
	# shellcheck disable=SC2086 # two words
	set -- $end
	check "$2: the sums hold" conserves "$1" "$2"
	check "$2: the servers' too" servers_conserve "$1" "$2"
	in_ns_tap "$1" get "$2" >"$WORK/$2"
	for what in queries responses answered unparsed1 unparsed4 unparsed8; do
		check "$2: $what came" test "$(value $what <"$WORK/$2")" -gt 0
	done
	check "$2: nothing stays in flight" wait_for 20 settled "$1" "$2"
	check "$2: the sums hold then" conserves "$1" "$2"
done
is "a query is answered" "$(in_ns a dig +short +time=5 @192.0.2.2 www.example.test A)" 203.0.113.80
check "the taps end" eval 'in_ns_tap a del v0 && in_ns_tap b del v1'
for r in reads maps; do
	check "$r ends" wait_for 20 grep -q '^answered' "$WORK/$r.out"
	is "$r saw nothing wrong" "$(reader_wrong $r)" ""
done
finish
