# SPDX-License-Identifier: GPL-2.0-or-later
# The bytes of failed transactions, and of no others, come with their records,
# as many as the snap length says, which can be changed at any time.
# limit: 180
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require unbound dig

check "insmod" load_module
check "client - gateway - server" make_path
make_zone "$WORK/zone" example.test 20
DNS_EXTRA=$'server:\n  local-zone: "refused.test." refuse\n  local-zone: "silent.test." deny'
check "unbound" start_dns res unbound srv 198.51.100.2 zone "$WORK/zone" example.test
check "tap" in_ns_tap gw add g0 timeout=1000 overdue=500 snaplen=2000
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

check "a shorter snap length" in_ns_tap gw set g0 snaplen=40
ask www.refused.test
five() { [ "$(packets)" = 5 ]; }
check "two more packets" wait_for 10 five
is "are cut" "$(grep '^packet' "$WORK/r.out" | tail -n 2 | sed 's/.*cap=//' | sort -u)" 40
check "none from now on" in_ns_tap gw set g0 snaplen=0
ask www.refused.test
two() { [ "$(grep -c '^txn .* rcode=5' "$WORK/r.out")" = 3 ]; }
check "a refusal again" wait_for 10 two
is "no packet" "$(packets)" 5
check "the sums hold" conserves gw g0
check "tap deleted" in_ns_tap gw del g0
check "the reader ends" wait_for 10 seen '^answered'
is "and saw nothing wrong" "$(reader_wrong r)" ""
finish
