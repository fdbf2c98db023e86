# SPDX-License-Identifier: GPL-2.0-or-later
# locate on the module's records: who and why within three seconds of the fault
# at 50 queries a second, nobody before and after it.
# not yet on debug: a reload of its resolver takes so long there that clients find it dead
# clock: instructions
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require dnsperf nsd unbound jq

check "insmod" load_module
check "client - gateway - server" make_path
make_zone "$WORK/zone" example.test 100
make_queries "$WORK/queries" example.test 100 100
check "unbound" start_dns res unbound srv 198.51.100.2 zone "$WORK/zone" example.test
check "tap" in_ns gw "$STOPGAP" tap add g0

# Each verdict: when it came, since when, what, whose.
cat >"$WORK/stamp.py" <<'END'
import json, sys, time
for line in sys.stdin:
    v = json.loads(line)["verdict"]
    print(f'{time.time():.3f} {v["since"] or 0:.3f} {v["cause"]} {v["blame"]["address"] or "-"}', flush=True)
END
# Several clients: a kernel sends ICMP errors once a second to each.
traffic=()
for n in 11 12 13 14; do
	in_ns client ip addr add 192.0.2.$n/24 dev c0
	ip netns exec client dnsperf -a 192.0.2.$n -s 198.51.100.2 -d "$WORK/queries" -l 600 -Q 13 -c 4 -q 200 -t 1 >/dev/null 2>&1 &
	traffic+=($!)
done
mkfifo "$WORK/pipe"
python3 "$WORK/stamp.py" <"$WORK/pipe" >"$WORK/verdicts" &
ip netns exec gw "$STOPGAP" locate --live g0 --json >"$WORK/pipe" 2>"$WORK/err" &
locate=$!

newest() { tail -n 1 "$WORK/verdicts" | cut -d' ' -f3-; }
newest_is() { [ "$(newest)" = "$1" ]; }
answers() { [ "$(counter gw g0 answered)" -ge 500 ]; }
check "traffic" wait_for 60 answers
check "nobody is at fault" wait_for 10 newest_is "none -"

# in_time NAME CAUSE: the verdict came within three seconds of the first query that
# suffered, which is one of the time between the command ($before) and soon after it.
in_time() {
	local after came since
	after=$(date +%s.%N)
	wait_for 20 newest_is "$2 198.51.100.2"
	check "$1 is found" newest_is "$2 198.51.100.2"
	read -r came since _ < <(tail -n 1 "$WORK/verdicts")
	check "since the right second" awk -v b="$before" -v a="$after" -v s="$since" 'BEGIN { exit !(s >= b && s <= a + 1) }'
	check "within three seconds ($since, $came)" awk -v s="$since" -v c="$came" -v slow="$SLOW" 'BEGIN { exit !(c - s <= 3 * slow) }'
}

unbound_do() { in_ns srv unbound-control -c "$WORK/res/conf" "$@"; }
sed -i 's/allow$/refuse/' "$WORK/res/conf"
before=$(date +%s.%N)
check "the resolver refuses from now on" unbound_do reload
in_time "the refusal" recursion-refused-by-acl
sed -i 's/refuse$/allow/' "$WORK/res/conf"
check "the resolver is mended" unbound_do reload
check "nobody is at fault any more" wait_for 60 newest_is "none -"

before=$(date +%s.%N)
check "the resolver is killed" stop_dns res KILL
in_time "the stop" service-stopped
is "nothing was said to stderr" "$(cat "$WORK/err")" ""
wrong=$(awk '$4 != "-" && $4 != "198.51.100.2" || $4 != "-" && $3 !~ /^(recursion-refused-by-acl|service-stopped)$/' "$WORK/verdicts")
is "nothing else was accused" "$wrong" ""

kill -INT $locate
wait $locate
is "interrupted, it ends with the fault's status" $? 1
kill "${traffic[@]}"
wait "${traffic[@]}" 2>/dev/null
finish
