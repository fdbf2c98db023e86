# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a detour costs, beside nftables and dnsdist, in one VM; see tests/bench/detour.
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
RUNS=${RUNS:-5} QUERIES=${QUERIES:-2000}

die() { echo "detour: $*" >&2; exit 1; }
from_b() { [ "$(ask "$1")" = 203.0.113.81 ]; }

# Each query from a port of its own: how long each took, in ns of the guest.
cat >"$WORK/ports.py" <<'END'
import socket, struct, sys, time
server, count = sys.argv[1], int(sys.argv[2])
query = struct.pack(">6H", 1, 256, 1, 0, 0, 0) + b"\3www\7example\4test\0\0\1\0\1"
took = []
for _ in range(count):
    at = time.perf_counter_ns()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(2)
    s.connect((server, 53))
    s.send(query)
    if s.recv(512)[3] & 15:
        sys.exit("an answer is not NOERROR")
    s.close()
    took.append(time.perf_counter_ns() - at)
took.sort()
print(sum(took) // count, took[count // 2], took[count * 99 // 100])
END

begin_direct() { target=$B; }
end_direct() { :; }
begin_nftables() {
	target=$A
	in_ns gw nft "add table ip d; add chain ip d c { type nat hook prerouting priority dstnat; }
		add rule ip d c ip daddr $A udp dport 53 dnat to $B" && in_ns gw nft "add rule ip d c ip daddr $A tcp dport 53 dnat to $B"
}
end_nftables() { in_ns gw nft delete table ip d; }
begin_stopgap() {
	target=$A serial=$(grant bench fallback=$B)
	add bench >/dev/null && on_gw start "$serial"
}
end_stopgap() { on_gw withdraw "$serial" && wait_for 20 module_idle; }
begin_dnsdist() {
	target=192.0.2.1
	printf 'setLocal("%s:53")\nsetSecurityPollSuffix("")\nnewServer({address="%s:53", healthCheckMode="up"})\n' $target $B >"$WORK/dnsdist.conf"
	nsenter --net=/run/netns/gw -- dnsdist --supervised --disable-syslog -C "$WORK/dnsdist.conf" >"$WORK/dnsdist.log" 2>&1 &
	proxy=$!
}
end_dnsdist() { kill "$proxy" && wait "$proxy" 2>/dev/null; :; }

# measure MODE: one line "MODE SECONDS MEAN MEDIAN P99" to results; the first run warms up
measure() {
	local mode=$1 out run
	"begin_$mode" || die "$mode does not begin"
	wait_for 20 from_b "$target" || die "$mode: B does not answer"
	for ((run = 0; run <= RUNS; run++)); do
		out=$(in_ns client dnsperf -s "$target" -d "$WORK/queries" -n 1 -c 1 -q 1 -T 1 -t 5)
		[ "$(dnsperf_figure "$out" "Queries completed")" = "$QUERIES" ] || die "$mode: not all were answered: $out"
		set -- "$(dnsperf_figure "$out" "Run time (s)")" "$(in_ns client python3 -IS "$WORK/ports.py" "$target" $((QUERIES / 2)))"
		[ "$run" = 0 ] || echo "$mode $1 $2" >>"$WORK/results"
	done
	"end_$mode" || die "$mode does not end"
}

make_detour_path && start_far_pair nsd nsd || die "no path"
load_module && make_key customer && trust customer >/dev/null || die "no module"
make_queries "$WORK/queries" example.test 10 "$QUERIES"
for mode in direct nftables stopgap dnsdist; do measure $mode; done
python3 -IS - "$WORK/results" "$QUERIES" <<'END'
import statistics, sys
rows = {}
for line in open(sys.argv[1]):
    mode, *figures = line.split()
    rows.setdefault(mode, []).append([float(f) for f in figures])
count = int(sys.argv[2])
print("| way | same port: ns a query | / direct | new ports: ns a query | median | p99 |")
print("| --- | --- | --- | --- | --- | --- |")
base = statistics.median(r[0] for r in rows["direct"])
for mode, runs in rows.items():
    same, mean, median, p99 = (statistics.median(c) for c in zip(*runs))
    print(f"| {mode} | {same / count * 1e9:,.0f} | {same / base:.2f} | {mean:,.0f} | {median:,.0f} | {p99:,.0f} |")
END
