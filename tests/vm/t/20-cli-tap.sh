# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The command against the real module: taps, servers, traces; what it says when
# something is not there, and that its figures are those of dnsperf.
# in turn on debug: 493 s
# clock: instructions
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
require nsd dnsperf dig jq setpriv script

check_fails "without the module: says so" 'module is not loaded: run .modprobe' stopgap tap list
check "the module loads" load_module
check "client - gateway - server" make_path
make_zone "$WORK/zone" example.test 100
check "nsd starts" start_dns auth nsd srv 198.51.100.2,2001:db8:2::2 zone "$WORK/zone" example.test

# --- adding and refusing
is "no taps at first" "$(stopgap tap list -N gw)" \
	"no taps in this network namespace: 'stopgap tap add DEV' makes one"
is "tap add names the device" "$(stopgap tap add g0 --netns gw)" "g0: /dev/stopgap0"
check_fails "twice: refused with name and errno" "tap add 'g0'.*EEXIST" stopgap tap add g0 -N gw
check_fails "no such interface: refused" "tap add 'none0'.*ENODEV" stopgap tap add none0 -N gw
check_fails "no such namespace: refused" "netns 'nowhere': expected a name of" \
	stopgap tap list -N nowhere
check_fails "a tap elsewhere is not here" "tap del 'g0'" stopgap tap del g0
check_fails "without the capability: says which" 'CAP_NET_ADMIN.*EPERM' \
	in_ns gw setpriv --bounding-set -all --inh-caps -all "$STOPGAP" tap add g1

# --- trace and servers against dnsperf's own count
QUERIES=2000
make_queries "$WORK/queries" example.test 100 $QUERIES
# As a shell in front would start it: those behind ignore SIGINT.
fore() { exec env --default-signal=INT "$STOPGAP" "$@"; }
fore trace g0 -N gw --json >"$WORK/trace" 2>"$WORK/trace.err" &
tracer=$!
has_reader() { [ "$(stopgap tap list -N gw -j | jq '.[0].readers')" = 1 ]; }
check "trace opens the tap" wait_for 10 has_reader
out=$(in_ns client dnsperf -s 198.51.100.2 -d "$WORK/queries" -n 1 -c 4 -q 20 2>&1)
sent=$(dnsperf_figure "$out" 'Queries sent')
done=$(dnsperf_figure "$out" 'Queries completed')
is "dnsperf sent all" "$sent" $QUERIES
counter() { stopgap tap list -N gw -j | jq ".[0].counters.$1"; }
idle() { [ "$(counter in_flight)" = 0 ]; }
check "nothing stays in flight" wait_for 20 idle
is "queries as dnsperf counts them" "$(counter queries)" "$sent"
is "answers as dnsperf counts them" "$(counter answered)" "$done"
is "the counters balance" "$(stopgap tap list -N gw -j | jq '.[0].balances')" true
is "and the list says so twice" "$(stopgap tap list -N gw | grep -c ': balances$')" 2
traced() { [ "$(jq -s 'map(select(.type == "txn")) | length' "$WORK/trace")" -ge "$done" ]; }
check "trace printed every transaction" wait_for 20 traced
is "all answered, each with a time" \
	"$(jq -s 'map(select(.state == "answered" and .rtt_us > 0)) | length' "$WORK/trace")" "$done"
is "the names are those asked for" \
	"$(jq -r 'select(.type == "txn").qname' "$WORK/trace" | grep -vc '\.example\.test\.$')" 0
kill -INT $tracer
wait $tracer
is "interrupted, trace ends with 0" "$?" 0
is "and had nothing to complain about" "$(cat "$WORK/trace.err")" ""

server() { stopgap servers -N gw g0 -j | jq -c ".[] | select(.server == \"$1\") | $2"; }
is "servers: queries" "$(server 198.51.100.2 .udp.queries)" "$sent"
is "servers: NOERROR answers" "$(server 198.51.100.2 .udp.rcode.NOERROR)" "$done"
is "servers: each answer is in the histogram" \
	"$(server 198.51.100.2 '[.udp.rtt_first.bins[][1]] | add')" "$done"
check "servers as text names the server" grep -q '^g0 *198\.51\.100\.2 ' <(stopgap servers -N gw)
check "a query over IPv6" in_ns client dig +tries=3 @2001:db8:2::2 www.example.test AAAA
check "is counted" test "$(server 2001:db8:2::2 .udp.answered)" -ge 1
check_fails "servers of no tap: says how to get one" "no tap on 'x0'.*tap add x0" \
	stopgap servers x0 -N gw
fore servers -w -i 100ms -N gw >"$WORK/watch" &
watcher=$!
pictures() { [ "$(grep -c ^TAP "$WORK/watch")" -ge 3 ]; }
check "servers -w goes on" wait_for 10 pictures
kill -INT $watcher
wait $watcher
is "and ends with 0 when interrupted" "$?" 0

# On a terminal a picture is as wide and as high as that is.
on_tty() {
	timeout 60 script -qec "stty cols 50 rows 4; exec timeout -s INT 3 $STOPGAP servers -w -N gw" \
		/dev/null </dev/null | sed 's/\x1b\[[HJ]/\n/g' | tr -d '\r'
}
on_tty >"$WORK/tty"
check "servers -w on a terminal has a picture" grep -q '^TAP' "$WORK/tty"
is "no line is wider than the terminal" "$(awk 'length > 50' "$WORK/tty")" ""
check "and says what did not fit" grep -q '^1 more' "$WORK/tty"

# --- a reader that stalls learns how much it lost
check "a tap with a small ring" stopgap tap add g1 --ring-bytes 65536 -N gw
fore trace g1 -N gw --json >"$WORK/slow" 2>"$WORK/slow.err" &
tracer=$!
slow_reader() { [ "$(stopgap tap list -N gw -j | jq '.[] | select(.ifname == "g1").readers')" = 1 ]; }
check "its reader" wait_for 10 slow_reader
kill -STOP $tracer
in_ns client dnsperf -s 198.51.100.2 -d "$WORK/queries" -n 1 -c 4 -q 20 >/dev/null 2>&1
slow() { stopgap tap list -N gw -j | jq ".[] | select(.ifname == \"g1\").counters.$1"; }
quiet() { [ "$(slow in_flight)" = 0 ]; }
check "traffic while it stands still" wait_for 20 quiet
kill -CONT $tracer
drained() { [ $(($(slow records_read) + $(slow records_lost))) = "$(slow records_made)" ]; }
check "it goes on" wait_for 20 drained
check "one more query" in_ns client dig +tries=1 @198.51.100.2 last.example.test
got_last() { grep -q last.example.test "$WORK/slow"; }
check "is traced" wait_for 20 got_last
# What is overdue on a slow machine has a record more, when it is answered.
all_there() {
	[ "$(jq -s '([.[] | select(.type != "lost")] | length) + ([.[] | select(.type == "lost").n] | add)' \
		"$WORK/slow")" = "$(slow records_made)" ]
}
check "records printed and lost are all there were" wait_for 20 all_there
check "and some were lost" test "$(slow records_lost)" -gt 0
kill -INT $tracer
wait $tracer
is "it says so at its end" "$(sed -n 's/.* \([0-9]*\) records were lost.*/\1/p' "$WORK/slow.err")" "$(slow records_lost)"
check "tap del" stopgap tap del g1 -N gw

# --- filters; a name that is not there, a server that is not there
ask() { in_ns client dig +time=1 +tries=1 +noedns "$@" >/dev/null; }
# first_of EXPECTED JQ OPTION...: of the first transaction that passes
first_of() {
	local file=$WORK/filter
	fore trace g0 -N gw -j --count 1 "${@:3}" >"$file" &
	tracer=$!
	wait_for 10 has_reader || return
	ask @198.51.100.2 www.example.test A
	ask @198.51.100.2 nope.example.test AAAA
	ask @198.51.100.2 elsewhere.invalid A
	ask @2001:db8:2::2 txt.example.test TXT
	wait_for 10 test -s "$file" || { kill $tracer; return 1; }
	wait $tracer
	is "trace ${*:3}" "$(jq -r "select(.type == \"txn\") | $2" "$file")" "$1"
}
first_of nope.example.test. .qname --rcode NXDOMAIN
first_of REFUSED .rcode --failed
first_of txt.example.test. .qname --server 2001:db8:2::/64
first_of nope.example.test. .qname --name nope.example.test
first_of elsewhere.invalid. .qname --name invalid.
first_of txt.example.test. .qname --client 2001:db8:1::2
stop_dns auth
first_of www.example.test. .qname --failed

# --- the tap goes away under its reader
fore trace g0 -N gw >/dev/null 2>"$WORK/trace.err" &
tracer=$!
check "a reader again" wait_for 10 has_reader
check "tap del" stopgap tap del g0 -N gw
wait $tracer
is "trace ends with 1" "$?" 1
check "and says why" grep -q "the tap on 'g0' is gone" "$WORK/trace.err"
check_fails "trace of no tap: says how to get one" "no tap on 'g0'.*tap add g0" stopgap trace g0 -N gw

check "the module unloads" unload_module
finish
