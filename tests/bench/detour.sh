# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a detour costs and how soon it is there, beside nftables, dnsdist, dnsmasq and
# unbound, in one VM; see tests/bench/detour, which reads the lines that this prints:
#
#	COST WAY SAME_PORT MEAN MEDIAN P99	ns a query: from one port; each from a new one
#	RESTORE FAULT WAY SENT FAILED SECONDS	of a run; SECONDS is "never" or until the last failed one
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
RUNS=${RUNS:-5} QUERIES=${QUERIES:-1000} REPEATS=${REPEATS:-3}
PROXY=192.0.2.1		# of gw, towards the clients

die() { echo "# detour: $*"; exit 1; }
pass() { read -r -t "$1" <>"$WORK/.never"; :; }
begin_in_gw() {
	nsenter --net=/run/netns/gw -- "$@" >"$WORK/proxy.log" 2>&1 &
	proxy=$!
}
end_in_gw() { kill "$proxy" && wait "$proxy" 2>/dev/null; :; }

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

# --- what a query costs: target is then where the clients ask
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
	target=$PROXY
	printf 'setLocal("%s:53")\nsetSecurityPollSuffix("")\nsetACL("0.0.0.0/0")\nnewServer({address="%s:53", healthCheckMode="up"})\n' $target $B >"$WORK/dnsdist.conf"
	begin_in_gw dnsdist --supervised --disable-syslog -C "$WORK/dnsdist.conf"
}
end_dnsdist() { end_in_gw; }

from_b() { [ "$(ask "$1")" = 203.0.113.81 ]; }

# The first run warms up; before it, what follows the start of a detour is over.
cost() {
	local way=$1 out run
	"begin_$way" || die "$way does not begin"
	wait_for 20 from_b "$target" || die "$way: B does not answer"
	pass 4
	for ((run = 0; run <= RUNS; run++)); do
		out=$(in_ns client dnsperf -s "$target" -d "$WORK/queries" -n 1 -c 1 -q 1 -T 1 -t 5)
		[ "$(dnsperf_figure "$out" "Queries completed")" = "$QUERIES" ] || die "$way: not all were answered: $out"
		set -- "$(dnsperf_figure "$out" "Run time (s)")" "$(in_ns client python3 -IS "$WORK/ports.py" "$target" $((QUERIES / 2)))"
		[ "$run" = 0 ] || awk -v way="$way" -v n="$QUERIES" -v s="$1" -v rest="$2" \
			'BEGIN { printf "COST %s %d %s\n", way, s / n * 1e9, rest }'
	done
	"end_$way" || die "$way does not end"
}

make_detour_path && start_far_pair nsd nsd || die "no path"
load_module && make_key customer && trust customer >/dev/null || die "no module"
make_queries "$WORK/queries" example.test 10 "$QUERIES"
[ "$RUNS" = 0 ] || for way in direct nftables stopgap dnsdist; do cost $way; done
[ "$REPEATS" = 0 ] || . "$STOPGAP_TOP/tests/bench/restore.sh"
echo end
