# SPDX-License-Identifier: GPL-2.0-or-later
# Every query and answer that dnsperf counts is counted by the tap, whatever the
# ring's readers do; and no record is lost but those that are counted as lost.
# in turn on debug: 297 s
# limit: 400
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require dnsperf nsd

check "insmod" load_module
check "client - gateway - server" make_path
make_zone "$WORK/zone" example.test 200
check "nsd" start_dns auth nsd srv 198.51.100.2,2001:db8:2::2 zone "$WORK/zone" example.test
N=$(scaled 2000)
make_queries "$WORK/queries" example.test 200 "$N"

# round NAME ADDR PASSES: a fresh tap, dnsperf, and both must agree
round() {
	local out sent got
	out=$(in_ns client dnsperf -s "$2" -d "$WORK/queries" -n "$3" -c 8 -q 40 2>&1)
	sent=$(dnsperf_figure "$out" 'Queries sent')
	got=$(dnsperf_figure "$out" 'Queries completed')
	is "$1: dnsperf sent $3 times the list" "$sent" $((N * $3))
	wait_for 20 settled gw g0
	is "$1: queries counted" "$(counter gw g0 queries)" "$sent"
	is "$1: answers counted" "$(counter gw g0 responses)" "$got"
	is "$1: answered" "$(counter gw g0 answered)" "$got"
	check "$1: the tap's sums hold" conserves gw g0
	check "$1: the servers' sums hold" servers_conserve gw g0
}

new_tap() {
	check "a new tap" in_ns_tap gw add g0 "$@"
	dev=$(dev_of gw g0)
}

new_tap ring=4194304
check "reader alive" start_reader alive "$dev"
check "reader mapped" start_reader mapped -m "$dev"
round "reader alive" 198.51.100.2 5
check "conservation under way" conserves gw g0
in_ns_tap gw servers g0 | sed 's/^/# /'
check "gone with the tap" in_ns_tap gw del g0
for r in alive mapped; do
	check "$r reader ends" wait_for 10 grep -q '^answered' "$WORK/$r.out"
	is "$r: a record for each answer" "$(reader_value $r answered)" $((5 * N))
	is "$r: none lost" "$(reader_value $r lost)" 0
	is "$r: nothing wrong" "$(reader_wrong $r)" ""
done

new_tap ring=65536
check "reader stalled" start_reader stalled -s "$dev"
check "reader stalledmap" start_reader stalledmap -m -s "$dev"
round "readers stalled" 198.51.100.2 5
made=$(counter gw g0 records_made)
check "both readers were made the same records ($made)" test "$made" -ge $((10 * N)) -a $((made % 2)) = 0
lost=$(counter gw g0 records_lost)
check "most were lost ($lost)" test "$lost" -gt $((5 * N))
date -s "-100 seconds" >/dev/null
is "another pass with the clock set back" "$(dnsperf_figure "$(in_ns client dnsperf -s 198.51.100.2 -d "$WORK/queries" -n 1 -c 2 -q 10 2>&1)" 'Queries completed')" "$N"
date -s "+100 seconds" >/dev/null
stop_stall stalled
stop_stall stalledmap
drained() { [ "$(counter gw g0 records_made)" = "$(($(counter gw g0 records_read) + $(counter gw g0 records_lost)))" ]; }
check "both catch up" wait_for 20 drained
is "one more pass" "$(dnsperf_figure "$(in_ns client dnsperf -s 198.51.100.2 -d "$WORK/queries" -n 1 -c 2 -q 10 2>&1)" 'Queries completed')" "$N"
# Without traffic a server's state changes once more, which is a record.
unknown() { [ "$(in_ns_tap gw servers g0 | grep -c state=)" = "$(in_ns_tap gw servers g0 | grep -c state=unknown)" ]; }
check "no state will change any more" wait_for 30 unknown
check "and keep up with that" wait_for 20 drained
made=$(counter gw g0 records_made)
check "the sums hold" conserves gw g0
check "gone with the tap" in_ns_tap gw del g0
for r in stalled stalledmap; do
	wait_for 10 grep -q '^answered' "$WORK/$r.out"
	is "$r: nothing wrong" "$(reader_wrong $r)" ""
	check "$r: told of gaps" test "$(reader_value $r gaps)" -gt 0
	is "$r: read + lost = made" "$(($(reader_value $r records) + $(reader_value $r lost)))" $((made / 2 + 1))
done

new_tap ring=65536
check "reader killed" start_reader killed -m "$dev"
check "reader killed2" start_reader killed2 "$dev"
kill -9 "$(reader_pid killed)" "$(reader_pid killed2)"
round "readers killed" 198.51.100.2 2
is "IPv6 comes after" "$(counter gw g0 readers)" 0
in_ns_tap gw reset g0
check "the servers' sums hold after a reset" servers_conserve gw g0
check "gone" in_ns_tap gw del g0
new_tap
round "IPv6" 2001:db8:2::2 2
is "no record without a reader" "$(counter gw g0 records_made)" 0

# The server's own end and the gateway's other side see the same.
check "tap on the server" in_ns_tap srv add s0
check "tap on the gateway's other side" in_ns_tap gw add g1
before=$(counter gw g0 queries)
round_out=$(in_ns client dnsperf -s 198.51.100.2 -d "$WORK/queries" -n 1 -c 8 -q 40 2>&1)
sent=$(dnsperf_figure "$round_out" 'Queries sent')
is "three taps, one count: gateway in" "$(($(counter gw g0 queries) - before))" "$sent"
is "gateway out" "$(counter gw g1 queries)" "$sent"
is "server" "$(counter srv s0 queries)" "$sent"
is "server, answers" "$(counter srv s0 responses)" "$(dnsperf_figure "$round_out" 'Queries completed')"

# Loopback passes a packet out and in: it is one packet.
check "a server on loopback" start_dns local nsd client 127.0.0.1 zone "$WORK/zone" example.test
check "tap on loopback" in_ns_tap client add lo
lo_out=$(in_ns client dnsperf -s 127.0.0.1 -d "$WORK/queries" -n 1 -c 2 -q 10 2>&1)
is "loopback: queries once" "$(counter client lo queries)" "$(dnsperf_figure "$lo_out" 'Queries sent')"
is "loopback: answers once" "$(counter client lo responses)" "$(dnsperf_figure "$lo_out" 'Queries completed')"
finish
