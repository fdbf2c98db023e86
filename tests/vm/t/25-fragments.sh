# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Answers in fragments of which one is dropped on the way: the record says how much of them
# came and which end did not, live and from a capture alike; whole ones make none.
# clock: instructions
# limit: 120
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require unbound dig nft tcpdump editcap mergecap

check "insmod" load_module
check "client - gateway - server" make_path
make_zone "$WORK/zone" example.test 1
for i in {10..34}; do printf 'fat TXT "%0100d"\n' "$i"; done >>"$WORK/zone"
DNS_EXTRA=$'server:\n  max-udp-size: 4096\n  edns-buffer-size: 4096'
check "unbound" start_dns res unbound srv 198.51.100.2,2001:db8:2::2 zone "$WORK/zone" example.test
check "a tap at the client's side" in_ns_tap gw add g0 timeout=600 overdue=300
env --default-signal=INT "$STOPGAP" trace g0 -N gw >"$WORK/live" 2>&1 & tracer=$!
in_ns gw tcpdump -U -i g0 -w "$WORK/cap.pcap" 2>"$WORK/tcpdump" & dumper=$!
reads() { [ "$(in_ns_tap gw get g0 | value readers)" = 1 ]; }
check "a reader" wait_for 20 reads
check "and tcpdump" wait_for 20 grep -q 'listening on' "$WORK/tcpdump"

ask() { in_ns client dig +tries=1 +time=1 +bufsize=4096 +ignore "$1" fat.example.test TXT 2>&1; }
# drop IPV4 IPV6: fragments that are so are not forwarded, and so do not come by the tap. (Where
# they are sent, a lost one would take the rest of its datagram with it.)
drop() {
	in_ns gw nft -f - <<-END
		table inet f {
			chain c {
				type filter hook forward priority 0; policy accept;
				ip protocol udp ip frag-off $1 drop
				frag $2 drop
			}
		}
	END
}
none() { in_ns gw nft delete table inet f; }
counts() { [ "$(counter gw g0 partial)" = "$1" ]; }

is "an answer in fragments arrives" "$(ask @198.51.100.2 | grep -c 'TXT.*"0')" 25
is "over IPv6" "$(ask @2001:db8:2::2 | grep -c 'TXT.*"0')" 25
check "the fragments were seen" test "$(counter gw g0 unparsed7)" -ge 2
check "the last ones are dropped" drop '& 0x2000 == 0 ip frag-off & 0x1fff != 0' 'more-fragments 0'
unanswered() { ask "$1" | grep -E 'timed out|no servers'; }
check "no answer" unanswered @198.51.100.2
check "nor over IPv6" unanswered @2001:db8:2::2
check "both are told of" wait_for 10 counts 2
none
check "the first ones are dropped" drop '& 0x1fff == 0 ip frag-off & 0x2000 != 0' 'frag-off 0'
ask @198.51.100.2 >/dev/null
ask @2001:db8:2::2 >/dev/null
check "these too" wait_for 10 counts 4
none
is "whole again" "$(ask @198.51.100.2 | grep -c 'TXT.*"0')" 25
check "what was asked for has ended" wait_for 10 settled gw g0
check "the sums hold" conserves gw g0
is "nothing was given up" "$(counter gw g0 partial_evicted)" 0
five() { [ "$(grep -c ' NOERROR' "$WORK/live")" -ge 5 ]; }
check "all is traced" wait_for 10 five
kill -INT $tracer; wait $tracer
kill $dumper; wait $dumper

partials() { sed -n 's/^.* PARTIAL //p' "$1" | sed -E 's/(192.0.2.2|2001:db8:1::2)#[1-9][0-9]*/\1#PORT/'; }
partials "$WORK/live" >"$WORK/partial"
note "$(cat "$WORK/partial")"
line() { grep -cE "$1" "$WORK/partial"; }
is "IPv4 without its last" "$(line '^answer to 192.0.2.2#PORT > 198.51.100.2#53: (1480|2960) of 2[0-9]{3} bytes seen, missing: last$')" 1
is "IPv6 without its last" "$(line '^answer to 2001:db8:1::2#PORT > 2001:db8:2::2#53: [0-9]+ of 2[0-9]{3} bytes seen, missing: last$')" 1
is "IPv4 without its first" "$(line '^answer to 192.0.2.2#0 > 198.51.100.2#0: [0-9]+ of 2[0-9]{3} bytes seen, missing: first$')" 1
is "IPv6 without its first" "$(line '^answer to 2001:db8:1::2#0 > 2001:db8:2::2#0: [0-9]+ of 2[0-9]{3} bytes seen, missing: first$')" 1
# A capture's clock goes by its packets: the same ones once more, later. (Some of these may be
# given up within it again.)
editcap -F pcap -t 100 "$WORK/cap.pcap" "$WORK/later.pcap"
mergecap -F pcap -w "$WORK/both.pcap" "$WORK/cap.pcap" "$WORK/later.pcap"
"$STOPGAP" trace --pcap "$WORK/both.pcap" >"$WORK/offline"
is "the capture tells the same of them" "$(partials "$WORK/offline" | sort -u)" "$(sort -u "$WORK/partial")"
is "as JSON too" "$("$STOPGAP" trace --pcap "$WORK/both.pcap" --json |
	grep -cE '"type":"partial".*"missing":"(first|last)"')" "$(grep -c PARTIAL "$WORK/offline")"
finish
