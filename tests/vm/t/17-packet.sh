# SPDX-License-Identifier: GPL-2.0-or-later
# The bytes of failed transactions and connections, and of no others, come with their
# records, over UDP and TCP, as many as the snap length says, which can be changed at any time.
# limit: 180
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require unbound dig nft

check "insmod" load_module
check "client - gateway - server" make_path
make_zone "$WORK/zone" example.test 20
DNS_EXTRA=$'server:\n  local-zone: "refused.test." refuse\n  local-zone: "silent.test." deny'
check "unbound" start_dns res unbound srv 198.51.100.2 zone "$WORK/zone" example.test
check "tap" in_ns_tap gw add g0 ports=53,5353 timeout=1000 overdue=500 snaplen=2000
check "a reader" start_reader r -v "$(dev_of gw g0)"
ask() { in_ns client dig +tries=1 +time=3 @198.51.100.2 "$@" A >/dev/null; }
seen() { grep -q "$@" "$WORK/r.out"; }
packets() { grep -c "^packet" "$WORK/r.out"; }

ask www.example.test
check "an answer" wait_for 10 seen '^txn .* answered rcode=0'
is "has no packets" "$(packets)" 0
ask www.refused.test
check "a refusal" wait_for 10 seen '^txn .* answered rcode=5'
check "has the query" wait_for 5 seen '^packet .* query'
check "and the answer" seen '^packet .* answer'
is "whole" "$(sed -n 's/^packet .* wire=\(.*\) cap=\(.*\)/\1-\2/p' "$WORK/r.out" | awk -F- '$1 != $2' | wc -l)" 0
ask www.silent.test
check "a timeout" wait_for 20 seen '^txn .* timeout'
three() { [ "$(packets)" = 3 ]; }
check "has the query alone" wait_for 5 three

# Over TCP: what of a connection asked, and what ended it. A SYN is sent again after a second.
check "a longer timeout" in_ns_tap gw set g0 timeout=3000
lines() { grep -E '^(txn|packet)' "$WORK/r.out"; }
since() { lines | sed "1,$1d" | cut -d ' ' -f 2 --complement | sed 's/ rcode=65535.*//; s/ size=.*//; s/ cap=.*//'; }
# made DESCRIPTION RECORDS DIG-ARGUMENTS...: exactly these records are made of the question
made() {
	local what=$1 records=$2 begin
	shift 2
	begin=$(lines | wc -l)
	in_ns client dig +tcp +tries=1 +time=1 @198.51.100.2 "$@" A >/dev/null
	wait_for 10 eval '[ "$(since $begin | grep -c .)" -ge $(grep -c . <<<"$records") ]'
	is "$what" "$(since "$begin" | sed 's/wire=[7-9][0-9]\|wire=1[0-9][0-9]/data/')" "$records"
}
made "an answer over TCP has no packets" $'txn connected\ntxn answered rcode=0' www.example.test
made "a refusal has the segments of both" \
	$'txn connected\ntxn answered rcode=5\npacket query data\npacket answer data' www.refused.test
made "a question that a FIN ends has that too" \
	$'txn connected\ntxn refused\npacket query data\npacket answer wire=52' www.silent.test
made "nobody there: the SYN and the reset" \
	$'txn refused\npacket query wire=60\npacket answer wire=40' -p 5353 www.example.test
in_ns gw nft -f - <<-END
	table ip dropping {
		chain f {
			type filter hook forward priority 0;
			tcp dport 5353 drop
		}
	}
END
made "a SYN that is swallowed, alone" $'txn silent\npacket query wire=60' -p 5353 www.example.test
check "the filter goes" in_ns gw nft delete table ip dropping

before=$(packets)
after() { [ "$(packets)" = $((before + $1)) ]; }
check "a shorter snap length" in_ns_tap gw set g0 snaplen=40
ask www.refused.test
check "two more packets" wait_for 10 after 2
is "are cut" "$(grep '^packet' "$WORK/r.out" | tail -n 2 | sed 's/.*cap=//' | sort -u)" 40
check "none from now on" in_ns_tap gw set g0 snaplen=0
ask www.refused.test
four() { [ "$(grep -c '^txn .* rcode=5' "$WORK/r.out")" = 4 ]; }
check "a refusal again" wait_for 10 four
check "no packet" after 2
check "the sums hold" conserves gw g0
check "tap deleted" in_ns_tap gw del g0
check "the reader ends" wait_for 10 seen '^answered'
is "and saw nothing wrong" "$(reader_wrong r)" ""
finish
