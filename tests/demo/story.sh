#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2034
# The demo, run inside the VM by tests/demo/run. Two acts: resolver A's access
# control is mis-set by a real change and reload; then A's process dies. Each
# time the tap notices, stopgap locate finds it, the customer's signed grant lets
# the kernel send the clients to B, and the lease ends by itself with every
# stopgap process dead. Leaves FOLDER/actN; ends with 0 only if all of it happened.
set -u
exec 3>&1	# for what is told within a condition
# shellcheck source=tests/vm/lib.sh
. "$STOPGAP_TOP/tests/vm/lib.sh"
# shellcheck source=tests/drill/lib.sh
. "$STOPGAP_TOP/tests/drill/lib.sh"
# shellcheck source=tests/demo/net.sh
. "$STOPGAP_TOP/tests/demo/net.sh"

results=$STOPGAP_RESULTS
LEASE=${DEMO_LEASE:-24}
TAP=wan
watch_pid='' reader_pids=()

# Times are shown to the millisecond, in UTC.
clock_text() { date -u -d "@$1" +%H:%M:%S.%3N; }

# tell WHO WHAT [TIME]: a line of the timeline, kept for the report
tell() {
	local t=${3:-$(now)}
	printf '  %s  %-9s %s\n' "$(clock_text "$t")" "$1" "$2"
	[ -z "${act:-}" ] || jq -cn --argjson t "$t" --arg who "$1" --arg what "$2" \
		'{t: $t, who: $who, what: $what}' >>"$act/events.jsonl"
}

fact() { echo "$1=$2" >>"$act/facts"; }

fail() {
	echo "demo: $*" >&2
	exit 1
}

end_all() {
	[ -z "$watch_pid" ] || kill "$watch_pid" 2>/dev/null
	end_readers
	clients_stop
	drill_down
}
trap end_all EXIT

# wait_slow SECONDS COMMAND...: as wait_for, for what takes several programs to
# find out: in an emulated machine asking often slows down what is asked about
wait_slow() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		pause 0.5
	done
}

in_gw() { inside r1 "$STOPGAP" "$@"; }

# Most clients have A alone, as behind many an access router; one has B first.
# Whoever looks at the screen gives up after two seconds (-p), not when the
# resolver library does: that is when a lookup counts as failed.
demo_clients() {
	case $1 in
	C1) echo "A|-t 5000 -a 2 -p 2000|0.30" ;;
	C2) echo "A|-t 5000 -a 2 -p 2000 -e 1232 -d|0.20" ;;
	C3) echo "B A|-t 5000 -a 2 -p 2000|0.15" ;;
	C4) echo "A|-t 5000 -a 2 -p 2000|0.15" ;;
	C5) echo "A|-t 5000 -a 2 -p 2000 -e 4096|0.20" ;;
	esac
}
CLIENT_ARGS=demo_clients

# The plan (addresses, zones, keys) was drawn on the host.
network() {
	NSP=demo
	D=$(mktemp -d "${TMPDIR:-/tmp}/demo.XXXXXX")
	mkdir -p "$D"/{log,conf,clients}
	: >"$D/pids"
	cp -r "$DEMO_PLAN/." "$D"
	# shellcheck disable=SC1091
	. "$D/plan.sh"
	drill_roles
	scope=$P1.0/24
	demo_net && drill_servers
}

# Both resolvers are in service: what is asked most is in their caches.
warm_caches() {
	local r jobs=()
	sort -rn "$D/names" | awk '$3 == "PAIR" && $2 !~ /%/ && n++ < 120 { print $2, "A"; print $2, "AAAA" }
		$3 != "PAIR" && $3 != "HTTPS" && m++ < 40 { print $2, $3 }' >"$D/warm"
	for r in A B; do
		inside core dig +time=5 +tries=2 "@${addr[$r]}" -f "$D/warm" >/dev/null 2>&1 &
		jobs+=($!)
	done
	wait "${jobs[@]}"
}

customer() {
	customer=$WORK/customer
	signer='Example Customer, network operations'
	openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 30 -subj "/CN=$signer" \
		-keyout "$customer.key" -out "$customer.pem" 2>/dev/null || return
	in_gw trust add "$customer.pem" >/dev/null && in_gw trust close >/dev/null
}

# start_reader COMMAND OUTPUT: one more process that reads the tap's records
start_reader() {
	# Not by inside, whose shell would be what is killed.
	nsenter --net="/run/netns/$NSP-r1" "$STOPGAP" "$1" ${3:+"$3"} $TAP --json \
		>>"$act/$2" 2>>"$act/$1.err" &
	reader_pids+=($!)
	disown $!
	# It reads from the moment that it is there on.
	wait_slow 30 readers || fail "stopgap $1 did not start: $(cat "$act/$1.err")"
}
readers() { [ "$(in_gw tap list --json | jq '[.[].readers] | add')" -eq ${#reader_pids[@]} ]; }
end_readers() {
	local p
	for p in "${reader_pids[@]}"; do kill -KILL "$p" 2>/dev/null; done
	reader_pids=()
}

start_act() {
	act=$results/$1 told=0
	mkdir -p "$act"
	ln -sfn "$D/clients" "$act/clients.now"
	echo 0 0 0 >"$WORK/now"
	start_reader trace trace.jsonl
	start_reader locate locate.jsonl --live
	"$STOPGAP_TOP/tests/demo/watch.py" "$D/clients" "$act/trace.jsonl" "${addr[A]}" "${addr[B]}" \
		"$WORK/now" &
	watch_pid=$!
	disown $watch_pid
	fact id "$(date -u +%Y-%m-%dT%H:%M:%SZ)-${addr[A]}"
	fact A "${addr[A]}"
	fact B "${addr[B]}"
	fact host "gateway r1"
	fact interface $TAP
	fact kernel "$(uname -r)"
	fact made_by "stopgap $("$STOPGAP" version --json | jq -r .stopgap)"
	fact signer "$signer"
}

# share_is TEST: of the last whole second's lookups, the per cent that succeeded
share_is() {
	local sec asked ok
	read -r sec asked ok <"$WORK/now" && [ "$asked" -gt 0 ] &&
		[ "$sec" -ge "${since_sec:-0}" ] && test $((100 * ok / asked)) "$1" "$2"
}
# wait_share SECONDS TEST PERCENT [TIMES]: that many different seconds in a row
wait_share() {
	local n=0 last='' sec end=$((SECONDS + $1))
	since_sec=$(date +%s)
	while [ $n -lt "${4:-1}" ]; do
		[ $SECONDS -lt $end ] || return 1
		read -r sec _ <"$WORK/now" 2>/dev/null || sec=''
		if [ -n "$sec" ] && [ "$sec" != "$last" ] && [ "$sec" -ge "$since_sec" ]; then
			last=$sec
			if share_is "$2" "$3"; then n=$((n + 1)); else n=0; fi
		fi
		pause 0.3
	done
}

# ill: the kernel's report that A left "ok" for good, once it is failing or dead
ill() {
	grep -h '"type":"state"' "$act/trace.jsonl" | jq -se --arg a "${addr[A]}" --argjson t "$fault_ns" '
		[.[] | select(.server == $a and .ts >= $t)] |
		(map(.after == "failing" or .after == "dead") | index(true)) as $bad |
		if $bad then .[:$bad + 1] | (last(.[] | select(.before == "ok" or .before == "unknown")) // .[0]) else empty end'
}

detect() {
	local state
	wait_slow 60 ill || fail "the kernel did not report A's state"
	state=$(ill)
	tell kernel "A is $(jq -r .after <<<"$state"), was $(jq -r .before <<<"$state"): $(jq -r \
		'"\(.window.bad) of \(.window.ended) transactions bad"' <<<"$state")" \
		"$(jq -r '.ts / 1e9' <<<"$state")"
}

# located CAUSE...: tells each new verdict; true once the newest is one of these, of A
told=0
located() {
	local n lines cause who rest
	n=$(wc -l <"$act/locate.jsonl")
	[ "$told" -lt "$n" ] || return
	lines=$(sed -n "$((told + 1)),${n}p" "$act/locate.jsonl" | jq -r \
		'.verdict | "\(.cause) \(.blame.address // "-") (\(.blame.role)), confidence \(.confidence)"')
	told=$n
	while read -r cause who rest; do
		tell locate "$cause, ${who/#-/nobody} $rest" >&3
	done <<<"$lines"
	read -r cause who rest < <(tail -n 1 <<<"$lines")
	[ "$who" = "${addr[A]}" ] && [[ " $* " == *" $cause "* ]] &&
		sed -n "${n}p" "$act/locate.jsonl" >"$act/locate.json"
}

locate() {	# CAUSE...
	wait_slow 90 located "$@" || fail "no verdict of $*: $(tail -n 1 "$act/locate.jsonl") $(cat "$act/locate.err")"
	fact located "$(now)"
	jq -r .verdict.vendor_sentence "$act/locate.json" | fold -s -w 72 | sed 's/^/                |  /'
}

sign() {
	openssl cms -sign -binary -noattr -nocerts -md sha256 -outform DER -signer "$customer.pem" \
		-inkey "$customer.key" -in "$1" -out "$1.sig"
}

# A grant that was changed after it was signed must be refused.
refuse_tampered() {
	local said
	cp "$1" "$1.bad"
	printf '\377' | dd of="$1.bad" bs=1 seek=60 conv=notrunc status=none
	cp "$1.sig" "$1.bad.sig"
	if said=$(in_gw detour start "$1.bad" "$1.bad.sig" 2>&1); then
		fail "the kernel took a grant that was changed after it was signed"
	fi
	tell kernel "a changed copy is refused: ${said##*: }"
}

authorise() {
	local grant=$act/grant.bin
	in_gw grant new --server "${addr[A]}" --fallback "${addr[B]}" --clients "$scope" \
		--lease "${LEASE}s" --valid 1h --output "$grant" --json >"$act/grant.json" ||
		fail "no grant could be made"
	in_gw grant show "$grant" | head -n 4 | sed 's/^/                |  /'
	sign "$grant" || fail "the grant could not be signed"
	tell customer "signs it ($signer)"
	fact grant_sha256 "$(sha256sum "$grant" | cut -d' ' -f1)"
}

detour() {
	local grant=$act/grant.bin
	in_gw detour start "$grant" "$grant.sig" --json >"$act/lease.json" 2>"$act/detour.err" ||
		fail "the kernel refused the grant: $(cat "$act/detour.err")"
	fact authorised "$(jq -r '.started / 1e9' "$act/lease.json")"
	fact started "$(jq -r '.started / 1e9' "$act/lease.json")"
	tell kernel "signature verified, detour from A to B started, for ${LEASE} s" \
		"$(jq -r '.started / 1e9' "$act/lease.json")"
	refuse_tampered "$grant"
	wait_share "$LEASE" -ge 95 3 || fail "the clients did not recover"
}

lease_is_over() { [ "$(date +%s%N)" -gt "$(jq -r .ends "$act/lease.json")" ]; }

# Every process of ours is killed; the lease must end all the same.
let_it_end() {
	in_gw detour list --json | jq '.[-1]' >"$act/lease.json"
	end_readers
	wait_for 5 no_stopgap || fail "a stopgap process is left: $(pgrep -x stopgap)"
	tell demo "every stopgap process is killed"
	wait_share $((LEASE + 20)) -le 60 2 || fail "the detour did not end by itself"
	in_gw detour list --json | jq --argjson ends "$(jq .ends "$act/lease.json")" \
		'.[-1] | if .ends == 0 or .ends == null then .ends = $ends else . end' >"$act/lease.new" &&
		mv "$act/lease.new" "$act/lease.json"
	[ "$(jq -r '"\(.state) \(.reason)"' "$act/lease.json")" = "ended expired" ] ||
		fail "the lease did not expire: $(cat "$act/lease.json")"
	tell kernel "lease over, detour gone, by itself" "$(jq -r '.ends / 1e9' "$act/lease.json")"
	start_reader trace trace.jsonl
}
no_stopgap() { ! pgrep -x stopgap; }

end_act() {
	fact mended "$mended"
	wait_share 90 -ge 95 4 || fail "the clients did not recover after the repair"
	end_readers
	kill "$watch_pid"
	watch_pid=''
	clients_stop
	mv "$D/clients" "$act/clients"
	rm -f "$act/clients.now"
	mkdir "$D/clients"
	"$STOPGAP_TOP/tests/demo/incident.py" "$act" >"$act/incident.json" || fail "$(basename "$act") is not as told"
	"$STOPGAP" report "$act/incident.json" --html "$act/report.html" --md "$act/report.md" \
		--vendor "$act/vendor.txt" --json >"$act/figures.json" || fail "no report"
	rm -f "$act"/grant.bin.bad*
	act=''
}

all_ok() { [ "$(in_gw servers $TAP --json | jq 'map(select(.state == "ok")) | length')" = 2 ]; }

what_is() {
	case $1 in
	break_acl) echo "A's access control is changed: it names the server LAN only; reload" ;;
	mend_acl) echo "A's access control is put right; reload" ;;
	kill_server) echo "A's process is killed" ;;
	mend_process) echo "A is started again" ;;
	esac
}

play() {	# NAME TITLE CAUSES BREAK MEND
	local title=$2 causes=$3 break=$4 mend=$5
	printf '\n%s\n' "$title"
	clients_start 1 C1 C2 C3 C4 C5
	start_act "$1"
	wait_share 90 -ge 95 8 || fail "the clients do not fare well before any fault"
	wait_slow 60 all_ok || fail "the kernel does not find A and B well before any fault"
	fault_ns=$(date +%s%N)
	fact fault "$(now)"
	tell fault "$(what_is "$break")"
	$break A || fail "the fault could not be made"
	detect
	# shellcheck disable=SC2086
	locate $causes
	authorise
	detour
	let_it_end
	mended=$(now)
	tell vendor "$(what_is "$mend")"
	$mend A || fail "A could not be repaired"
	end_act
}

figures() {
	jq -r --arg title "$2" '"\n\($title)",
		"  fault to detection      \(.detected_after_s) s",
		"  fault to verdict        \(.located_after_s) s",
		"  fault to authorisation  \(.authorised_after_s) s",
		"  fault to restoration    \(.restored_after_s) s   (budget: \(.budget_s) s)",
		"  clients hit             \(.clients_hit), failed lookups \(.queries_failed)"' \
		"$results/$1/figures.json"
	jq -r '.success[] | "  \(.when): \(.success * 1000 | round / 10) % of the lookups succeeded"' \
		"$results/$1/incident.json"
	jq -r '"  the lease ended \((.lease.ended - .lease.started) * 10 | round / 10) s after its start, by itself"' \
		"$results/$1/incident.json"
}

echo "The VM is up: Linux $(uname -r). Building a private DNS Internet in it:"
echo "  root, TLDs and zones (NSD, Knot), resolver A (unbound), fallback B (BIND), five clients behind a gateway"
echo "  (a lookup that has no answer after two seconds counts as failed)"
say_step() { printf '  %s  %s\n' "$(clock_text "$(now)")" "$1"; }
load_module || fail "the module does not load"
network || fail "the network did not come up"
say_step "root, TLDs, zones and both resolvers answer; their caches are warmed"
warm_caches || fail "the resolvers do not resolve"
customer || fail "the customer's certificate was not taken"
in_gw tap add $TAP >/dev/null || fail "no tap"
echo "The gateway is tapped; the customer's certificate is in the kernel's keyring, which is closed."

mend_process() { resolver_start "$1"; }
play act1 "Act 1: a change to A's access control leaves the clients out" recursion-refused-by-acl \
	break_acl mend_acl
play act2 "Act 2: A's process dies" "service-stopped server-dead" kill_server mend_process

figures act1 "Act 1, measured in this run"
figures act2 "Act 2, measured in this run"
