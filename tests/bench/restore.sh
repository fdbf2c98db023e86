# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The second half of tests/bench/detour.sh: A breaks while a client asks 100 times a second;
# how many of its queries fail, and until when? Failed is what has no answer of A's or B's
# address within half a second.

# --- what happens to A. Its other faces are servers of their own, which stateless rules put
# in its place from one packet to the next.
FACE_REFUSED=198.51.100.3 FACE_SERVFAIL=198.51.100.4
in_place_of_a() {
	in_ns srv nft "add table ip face; add chain ip face in { type filter hook prerouting priority raw; }
		add chain ip face out { type filter hook output priority raw; }
		add rule ip face in ip daddr $A udp dport 53 ip daddr set $1
		add rule ip face out ip saddr $1 udp sport 53 ip saddr set $A"
}
break_stopped() { stop_dns a KILL; }
mend_stopped() { restart_dns a; }
break_silent() { in_ns srv nft "add table ip t; add chain ip t c { type filter hook input priority 0; policy drop; }"; }
mend_silent() { in_ns srv nft delete table ip t; }
break_REFUSED() { in_place_of_a $FACE_REFUSED; }
mend_REFUSED() { in_ns srv nft delete table ip face; }
break_SERVFAIL() { in_place_of_a $FACE_SERVFAIL; }
mend_SERVFAIL() { in_ns srv nft delete table ip face; }
break_slow() { in_ns srv tc qdisc add dev s0 root netem delay 800ms limit 10000; }
mend_slow() { in_ns srv tc qdisc del dev s0 root; }

# --- what is there against it: begin_WAY sets target
begin_standing() {
	target=$A serial=$(grant "r$1" fallback=$B flags=1 when_state=3 when_ms=0)
	add "r$1" >/dev/null && in_ns_tap gw add g0 overdue=50 >/dev/null &&
		in_ns_tap gw threshold g0 min=2 degraded=30 failing=30 window=1 >/dev/null
}
end_standing() {
	on_gw withdraw "$serial" && in_ns_tap gw del g0 && wait_for 20 module_idle
}
begin_pair_dnsdist() {
	target=$PROXY
	printf 'setLocal("%s:53")\nsetSecurityPollSuffix("")\nsetACL("0.0.0.0/0")\nsetServerPolicy(firstAvailable)\n' $target
	printf 'newServer({address="%s:53", order=1%s})\nnewServer({address="%s:53", order=2%s})\n' $A "$1" $B "$1"
}
TUNED=', checkInterval=1, checkTimeout=200, maxCheckFailures=1, rise=1, mustResolve=true, checkName="www.example.test."'
begin_dnsdist_default() {
	begin_pair_dnsdist '' >"$WORK/dnsdist.conf"
	begin_in_gw dnsdist --supervised --disable-syslog -C "$WORK/dnsdist.conf"
}
begin_dnsdist_tuned() {
	begin_pair_dnsdist "$TUNED" >"$WORK/dnsdist.conf"
	begin_in_gw dnsdist --supervised --disable-syslog -C "$WORK/dnsdist.conf"
}
begin_dnsmasq() {
	target=$PROXY
	begin_in_gw dnsmasq -k -C /dev/null --user=root --listen-address=$target --bind-interfaces \
		--no-resolv --no-hosts --pid-file= --cache-size=0 --server=$A --server=$B "${@:2}"
}
begin_dnsmasq_all() { begin_dnsmasq "$1" --all-servers; }
begin_unbound() {
	# shellcheck disable=SC2034 # of unbound_config
	local addrs=("$PROXY") forward=$A
	target=$PROXY
	mkdir -p "$WORK/fwd"
	# What it may not keep, it has to ask for.
	{ unbound_config "$WORK/fwd"; printf '  forward-addr: %s\nserver:\n  cache-max-ttl: 0\n' $B; } >"$WORK/fwd/conf"
	begin_in_gw unbound -d -c "$WORK/fwd/conf"
}
end_way() {
	case $1 in
	standing) end_standing ;;
	*) end_in_gw ;;
	esac
}

# Of the client's log, in the order in which it asked.
cat >"$WORK/failed.py" <<'END'
import sys
rows = sorted((float(f[1]), f[2], f[4]) for f in (line.split() for line in open(sys.argv[1])))
bad = [at for at, ms, what in rows
       if what not in ("203.0.113.80", "203.0.113.81") or float(ms) > 500]
late = bad and rows[-1][0] - bad[-1] < 1
print(len(rows), len(bad), "never" if late else f"{bad[-1] - bad[0] + 0.01:.2f}" if bad else "0")
END

answers() { ask "$1" | grep -q '^203\.0\.113\.8[01]$'; }

# The fault comes at another phase of whatever checks there are each time.
restore() {
	local fault=$1 way=$2 n=$3 name=$1-$2-$3
	"begin_$way" "$name" || die "$way does not begin"
	wait_for 20 answers "$target" || die "$way: nobody answers: $(cat "$WORK/proxy.log")"
	begin_asking "$name" "$target" 100 $((9 + n % 2)) || die "$way: the client does not begin"
	pass "3.$((n * 37 % 100))"
	"break_$fault" || die "A is not $fault"
	wait "$(cat "$WORK/$name.pid")" || die "the client does not end: $(cat "$WORK/$name.err")"
	"mend_$fault" || die "A stays $fault"
	echo "RESTORE $fault $way $(python3 -IS "$WORK/failed.py" "$WORK/$name.asked")"
	end_way "$way" || die "$way does not end"
}

modprobe sch_netem || die "no netem"
add_addr srv s0 $FACE_SERVFAIL/24
DNS_EXTRA=$(printf 'server:\n  access-control: 192.0.2.0/24 refuse\n  access-control: 198.51.100.1/32 refuse\n') \
	start_dns refuses unbound srv $FACE_REFUSED zone "$WORK/zone" example.test &&
	start_dns servfails nsd srv $FACE_SERVFAIL zone "$WORK/none" example.test || die "no faces of A"
for fault in ${FAULTS:-stopped silent REFUSED SERVFAIL slow}; do
	for way in ${WAYS:-standing dnsdist_default dnsdist_tuned dnsmasq dnsmasq_all unbound}; do
		for ((n = 1; n <= REPEATS; n++)); do restore "$fault" "$way" $n; done
	done
done
