# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# trace on a tap: the same records as of a capture of the same packets, the
# packets of what failed as pcapng, the rest as dnstap.
# in turn on 6.1: 20 s
# in turn on debug: 111 s
# clock: instructions
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
require unbound dig jq tcpdump tshark fstrm_capture dnstap-ldns

check "insmod" load_module
check "client - gateway - server" make_path
make_zone "$WORK/zone" example.test 20
DNS_EXTRA=$'server:\n  local-zone: "refused.test." refuse\n  local-zone: "silent.test." deny'
check "unbound" start_dns res unbound srv 198.51.100.2,2001:db8:2::2 zone "$WORK/zone" example.test
check "a tap that keeps packets" stopgap tap add g0 -N gw --snaplen 2000 --timeout 5s
fore() { exec env --default-signal=INT "$STOPGAP" "$@"; }
fore trace g0 -N gw -j >"$WORK/live.json" 2>"$WORK/err" & tracer=$!
fore trace g0 -N gw -w "$WORK/live.pcapng" >"$WORK/wrote" 2>"$WORK/err.w" & writer=$!
fstrm_capture -t protobuf:dnstap.Dnstap -u "$WORK/sock" -w "$WORK/got.fstrm" 2>/dev/null & listener=$!
check "fstrm_capture listens" wait_for 20 test -S "$WORK/sock"
fore trace g0 -N gw --dnstap "unix:$WORK/sock" >"$WORK/tapped" 2>"$WORK/err.d" & tapper=$!
in_ns gw tcpdump -U -i g0 -w "$WORK/cap.pcap" 2>"$WORK/tcpdump" & dumper=$!
readers() { [ "$(stopgap tap list -N gw -j | jq '.[0].readers')" = 3 ]; }
check "three readers" wait_for 20 readers
check "and tcpdump" wait_for 20 grep -q 'listening on' "$WORK/tcpdump"

ask() { in_ns client dig +tries=1 +time=6 +noedns "$@" >/dev/null; }
for i in 1 2 3; do
	ask @198.51.100.2 www.example.test A
	ask @2001:db8:2::2 "nope$i.example.test" AAAA
	ask @198.51.100.2 "x$i.refused.test" A
done
ask @198.51.100.2 big.example.test TXT +tcp
ask @198.51.100.2 www.silent.test A
ask @198.51.100.2 www.example.test MX	# what comes after the timeout
timed_out() { grep -q '"state":"timeout"' "$WORK/live.json"; }
check "the timeout is traced" wait_for 30 timed_out
idle() { [ "$(stopgap tap list -N gw -j | jq '.[0].counters.in_flight')" = 0 ]; }
check "nothing is in flight" wait_for 20 idle
last() { [ "$(tshark -r "$WORK/cap.pcap" -Y 'dns.qry.type == 15 && dns.flags.response == 1' 2>/dev/null | wc -l)" = 1 ]; }
check "tcpdump has the last answer" wait_for 20 last
kill -INT $tracer $writer $tapper
kill $dumper
wait $tracer; is "trace ends with 0" "$? $(cat "$WORK/err")" "0 "
wait $writer; is "trace -w ends with 0" "$? $(cat "$WORK/err.w")" "0 "
wait $tapper; is "trace --dnstap ends with 0" "$? $(cat "$WORK/err.d")" "0 "
wait $dumper
kill -INT $listener; wait $listener

# The tap's records are in the order of its CPUs, so both sides are sorted; times
# differ by how long the packet took from one hook to the other. Checksums are
# left to the card here, which a capture cannot know.
records() { jq -c 'select(.type == "txn") | [.state, .proto, .client, .client_port, .server, .dns_id, .qname, .qtype, .rcode, .copies, .flags - ["badsum"]]' | sort; }
records <"$WORK/live.json" >"$WORK/live"
"$STOPGAP" trace --pcap "$WORK/cap.pcap" -j | records >"$WORK/offline"
is "the capture gives the records of the tap" "$(diff "$WORK/live" "$WORK/offline")" ""
check "of which there are enough" test "$(wc -l <"$WORK/live")" -ge 12

comments() { tshark -n -r "$1" -T fields -e frame.comment 2>/dev/null | sed -E 's/transaction [0-9]+/transaction/; s/after [0-9.]+ ms/after ms/' | sort; }
is "pcapng: three refusals with both packets, a timeout with one" \
	"$(cat "$WORK/wrote")" "$WORK/live.pcapng: 7 packets of 4 transactions that failed"
"$STOPGAP" trace --pcap "$WORK/cap.pcap" -w "$WORK/offline.pcapng" >/dev/null
is "with the comments that the capture gives" "$(comments "$WORK/live.pcapng")" "$(comments "$WORK/offline.pcapng")"
is "as REFUSED as they say" "$(tshark -r "$WORK/live.pcapng" -Y 'dns.flags.rcode == 5' 2>/dev/null | wc -l)" 3
dnstap-ldns -q -r "$WORK/got.fstrm" >"$WORK/frames"
is "dnstap: what it says is what came" "$(sed -n 's/.*: \([0-9]*\) messages.*/\1/p' "$WORK/tapped")" "$(wc -l <"$WORK/frames")"
is "the refused ones with their messages" "$(grep -c ' CR .*refused.test.' "$WORK/frames")" 3

check "tap del" stopgap tap del g0 -N gw
check "a tap that keeps none" stopgap tap add g0 -N gw
check_fails "-w says so" "keeps no packets: .*--snaplen" stopgap trace g0 -N gw -w "$WORK/x"
check "tap del" stopgap tap del g0 -N gw
check "the module unloads" unload_module
finish
