# SPDX-License-Identifier: GPL-2.0-or-later
# A capture played on a veth is counted as it is from the file, and what is in tunnels only by
# a tap that looks into them; and of four readers one stalls: the others lose nothing, and it
# learns how much it lost and when.
# in turn on debug: 215 s
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require tcpreplay xz python3

SAME=$STOPGAP_TOP/tests/vm/tools/same.py
TO_CHECK=${STOPGAP_MODULE%/kmod/*}/bench/to_check

check "insmod" load_module
check "two namespaces" make_ns a b
check "a veth between them" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24
check "captured frames may be longer than a wire's" eval \
	'ip -n a link set v0 mtu 65535 && ip -n b link set v1 mtu 65535'

# gaps ALL SOME: what ringcat -t printed of a reader that lost nothing, and of one that did: the
# times that the latter has are those of the former, and each of its gaps says the earliest and
# the latest of those that are missing there. (As text: they are too long for awk's numbers.)
gaps() {
	awk '
		NR == FNR { if ($1 == "at") t[++n] = $2 ""; next }
		$1 == "at" && t[++p] != $2 "" { print "record " p " is of " $2 ", not " t[p]; bad = 1; exit }
		$1 == "gap" {
			first = last = t[p + 1]
			for (end = p + $2; p < end; ) {
				p++
				if (t[p] < first) first = t[p]
				if (t[p] > last) last = t[p]
			}
			if ($4 "" != first || $6 "" != last) {
				print $0 ": it should be from " first " to " last
				bad = 1
			}
			seen++
		}
		END { if (!seen || p != n) { print seen + 0 " gaps, " p " records of " n; bad = 1 } exit bad }
	' "$1" "$2"
}

# play NAME FILE TIMEOUT SPEED HOW...: four times as fast, with a quarter of the times, is
# the same. The timeout (ms) is far from any interval between a query and its repetition:
# an emulated machine may play late.
play() {
	check "$1: a mirror port's tap" in_ns_tap b add v1 flags=1 ring=65536 \
		timeout=$(($3 / $4)) overdue=$((1000 / $4))
	dev=$(dev_of b v1)
	check "$1: a reader that stalls" start_reader "$1-stalled" -t -s "$dev"
	check "$1: more room for the others" in_ns_tap b set v1 ring=16777216
	check "$1: the second reader" start_reader "$1-b" -t "$dev"
	check "$1: the third" start_reader "$1-c" -m "$dev"
	check "$1: the fourth" start_reader "$1-d" "$dev"
	in_ns a tcpreplay -q -i v0 "${@:5}" "$2" >"$WORK/$1.play" 2>&1
	is "$1: all of it was sent" "$(sed -n 's/.*Failed packets: *//p' "$WORK/$1.play")" 0
	wait_for $(($3 / $4 / 1000 + 8)) settled b v1
	"$TO_CHECK" -T "$3" "$2" >"$WORK/$1.offline"
	in_ns b "$STOPGAP" servers v1 --json >"$WORK/$1.live"
	check "$1: the same counts" "$SAME" "$WORK/$1.offline" "$WORK/$1.live"
	check "$1: the sums hold" conserves b v1
	check "$1: the servers' sums hold" servers_conserve b v1
	stop_stall "$1-stalled"
	check "$1: the tap goes" in_ns_tap b del v1
	for r in stalled b c d; do
		check "$1: reader $r ends" wait_for 10 grep -q '^answered' "$WORK/$1-$r.out"
		is "$1: reader $r saw nothing wrong" "$(reader_wrong $1-$r)" ""
	done
	for r in b c d; do
		is "$1: reader $r lost nothing" "$(reader_value "$1-$r" lost)" 0
		is "$1: and has what the next one has" "$(reader_value "$1-$r" records)" \
			"$(reader_value "$1-b" records)"
	done
	check "$1: the stalled one lost some" test "$(reader_value "$1-stalled" lost)" -gt 0
	is "$1: and knows how many" "$(($(reader_value "$1-stalled" records) +
		$(reader_value "$1-stalled" lost)))" "$(reader_value "$1-b" records)"
	check "$1: and when" gaps "$WORK/$1-b.out" "$WORK/$1-stalled.out"
}

# sees NS IFNAME [OPTION]: the tap there has counted tunnels.pcap as to_check with OPTION does
sees() {
	wait_for 8 settled "$1" "$2"
	"$TO_CHECK" -T 2000 ${3:+"$3"} "$WORK/tunnels.pcap" >"$WORK/$2.offline"
	in_ns "$1" "$STOPGAP" servers "$2" --json >"$WORK/$2.live"
	check "tunnels: $2 has the same counts" "$SAME" "$WORK/$2.offline" "$WORK/$2.live"
	check "tunnels: and servers outside of them" test "$(servers_in 198.51 2001 "$2")" -gt 20
	check "tunnels: the sums of $2 hold" conserves "$1" "$2"
	check "tunnels: and of its servers" servers_conserve "$1" "$2"
	check "tunnels: the tap of $2 goes" in_ns_tap "$1" del "$2"
}
# servers_in V4 V6 IFNAME: how many whose addresses begin so
servers_in() { grep -oE "\"server\":\"($1\.|$2:)" "$WORK/$3.live" | wc -l; }

# What is in tunnels: two taps on the same packets, one of which looks inside.
"$STOPGAP_TOP/tests/differential/odd.py" -t 3 "$WORK/tunnels.pcap" >/dev/null
check "tunnels: a tap that looks inside" in_ns_tap b add v1 flags=3 timeout=2000 overdue=300
check "tunnels: one that does not" in_ns_tap a add v0 timeout=2000 overdue=300
in_ns a tcpreplay -q -i v0 --pps=1000 "$WORK/tunnels.pcap" >"$WORK/tunnels.play" 2>&1
is "tunnels: all of it was sent" "$(sed -n 's/.*Failed packets: *//p' "$WORK/tunnels.play")" 0
sees b v1 -i
check "tunnels: and those inside" test "$(servers_in 198.18 2002 v1)" -gt 100
sees a v0
is "tunnels: and none inside" "$(servers_in 198.18 2002 v0)" 0
"$STOPGAP_TOP/tests/differential/odd.py" 7 "$WORK/odd.pcap" "$WORK/disturbed.pcap" >/dev/null
play disturbed "$WORK/disturbed.pcap" 8000 1 --pps=1000
xz -dc "$STOPGAP_TOP/tests/corpus/rate-limited-bind/capture.pcap.xz" >"$WORK/limited.pcap"
play limited "$WORK/limited.pcap" 30000 4 -x 4
sed -i '0,/"queries":\([0-9]*\)/s//"queries":1\1/' "$WORK/limited.offline"
check_fails "one counter that differs is noticed" 'queries' "$SAME" "$WORK/limited.offline" \
	"$WORK/limited.live"
sed '0,/^gap \([0-9]* from 1\)/s//gap \12/' "$WORK/limited-stalled.out" >"$WORK/wrong"
check_fails "so is a gap that begins another time" 'should be' gaps "$WORK/limited-b.out" "$WORK/wrong"
finish
