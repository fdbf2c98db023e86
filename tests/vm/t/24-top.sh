# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# top on a tap: its sums are those of dnsperf, its screen follows the traffic.
# in turn on debug: 77 s
# clock: instructions
# limit: 180
. "$STOPGAP_TOP/tests/vm/lib.sh"
require nsd dnsperf dig jq tmux

check "insmod" load_module
check "client - gateway - server" make_path
make_zone "$WORK/zone" example.test 100
check "nsd" start_dns auth nsd srv 198.51.100.2 zone "$WORK/zone" example.test
check "a tap" stopgap tap add g0 -N gw
T() { tmux -L top -f /dev/null "$@" 2>/dev/null; }
screen() { T capture-pane -p; }
on_screen() { screen | grep -qE -- "$1"; }
T new-session -d -x 80 -y 24 "exec $STOPGAP top g0 -N gw 2>$WORK/err"
check "nothing yet" wait_for 20 on_screen 'no transaction has ended yet'
env --default-signal=INT "$STOPGAP" top g0 -N gw -j -i 200ms >"$WORK/json" & reader=$!
readers() { [ "$(stopgap tap list -N gw -j | jq '.[0].readers')" = 2 ]; }
check "two readers" wait_for 20 readers

make_queries "$WORK/queries" example.test 100 500
out=$(in_ns client dnsperf -s 198.51.100.2 -d "$WORK/queries" -n 1 -c 4 -q 20 2>&1)
sent=$(dnsperf_figure "$out" 'Queries completed')
is "dnsperf's queries are answered" "$sent" 500
check "the screen has them all" wait_for 20 on_screen '^198\.51\.100\.2 .* 500 +0\.0%'
T send-keys 2
check "the client" wait_for 10 on_screen '^192\.0\.2\.2 .* 500 '
T send-keys 3
check "the zone" wait_for 10 on_screen '^example\.test\. .* 500 '
last() { tail -n 1 "$WORK/json" | jq -c '[.all.ended, .servers.rows[0].name, .servers.rows[0].ended, .zones.rows[0].name]'; }
json_has() { [ "$(last)" = '[500,"198.51.100.2",500,"example.test."]' ]; }
check "so has the JSON" wait_for 10 json_has
stop_dns auth
in_ns client dig +tries=1 +time=1 @198.51.100.2 www.example.test >/dev/null
check "a failure is seen" wait_for 20 on_screen '^example\.test\. .* 501 +0\.2%'

check "tap del" stopgap tap del g0 -N gw
ended() { ! T has-session; }
check "top ends with its tap" wait_for 20 ended
is "and says why, behind the screen" "$(cat "$WORK/err")" "stopgap: top: the tap on 'g0' is gone"
wait $reader
is "so does the other" "$?" 1
check_fails "no tap: says how to get one" "no tap on 'g0'.*tap add g0" stopgap top g0 -N gw -j
check "the module unloads" unload_module
finish
