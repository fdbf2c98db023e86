#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2034
# The demo, run inside the VM by tests/demo/run. Two acts: resolver A's access
# control is mis-set by a real change and reload; then A's process dies. Each
# time the tap notices, stopgap locate finds it, the customer's signed grant lets
# the kernel send the clients to B, and the lease ends by itself with every
# stopgap process dead. Leaves FOLDER/actN; ends with 0 only if all of it happened.
set -u
# shellcheck source=tests/vm/lib.sh
. "$STOPGAP_TOP/tests/vm/lib.sh"
# shellcheck source=tests/drill/lib.sh
. "$STOPGAP_TOP/tests/drill/lib.sh"
# shellcheck source=tests/demo/net.sh
. "$STOPGAP_TOP/tests/demo/net.sh"

results=$STOPGAP_RESULTS
LEASE=${DEMO_LEASE:-16}
TAP=wan
watch_pid='' trace_pid=''

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
	[ -z "$trace_pid" ] || kill -KILL "$trace_pid" 2>/dev/null
	clients_stop
	drill_down
}
trap end_all EXIT

in_gw() { inside r1 "$STOPGAP" "$@"; }

# Most clients have A alone, as behind many an access router; one has B first.
demo_clients() {
	case $1 in
	C1) echo "A|-t 2000 -a 2|0.30" ;;
	C2) echo "A|-t 2000 -a 2 -e 1232 -d -c|0.20" ;;
	C3) echo "B A|-t 2000 -a 2|0.15" ;;
	C4) echo "A|-t 1000 -a 3 -c|0.15" ;;
	C5) echo "A|-t 2000 -a 2 -e 4096|0.20" ;;
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

customer() {
	customer=$WORK/customer
	signer='Example Customer, network operations'
	openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 30 -subj "/CN=$signer" \
		-keyout "$customer.key" -out "$customer.pem" 2>/dev/null || return
	in_gw trust add "$customer.pem" >/dev/null && in_gw trust close >/dev/null
}

# The reader of the tap's records; it is killed and started again.
start_trace() {
	inside r1 "$STOPGAP" trace $TAP --json >>"$act/trace.jsonl" 2>>"$act/trace.err" &
	trace_pid=$!
	disown $trace_pid
	# It reads from the moment that it is there on.
	wait_for 10 readers || fail "stopgap trace did not start: $(cat "$act/trace.err")"
}
readers() { [ "$(in_gw tap list --json | jq '[.[].readers] | add')" -ge 1 ]; }

start_act() {
	act=$results/$1
	mkdir -p "$act"
	ln -sfn "$D/clients" "$act/clients.now"
	start_trace
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
		pause 0.1
	done
}

ill() {
	jq -e --arg a "${addr[A]}" 'select(.type == "state" and .server == $a and .ts >= '"$fault_ns"' and
		(.after == "failing" or .after == "dead"))' "$act/trace.jsonl"
}

detect() {
	local state
	wait_for 30 ill || fail "the kernel did not report A's state"
	state=$(ill | jq -s '.[0]')
	tell kernel "A is $(jq -r .after <<<"$state"), was $(jq -r .before <<<"$state"): $(jq -r \
		'"\(.window.bad) of \(.window.ended) transactions bad"' <<<"$state")" \
		"$(jq -r '.ts / 1e9' <<<"$state")"
}

# One look at what the tap records; true once A is blamed.
located() {
	in_gw locate --live $TAP --json >"$act/locate.json" 2>"$act/locate.err"
	[ "$(jq -r '.verdict.blame.address // empty' "$act/locate.json" 2>/dev/null)" = "${addr[A]}" ]
}

locate() {	# CAUSE...
	local cause
	wait_for 60 located || fail "no verdict: $(cat "$act/locate.err" "$act/locate.json")"
	fact located "$(now)"
	cause=$(jq -r .verdict.cause "$act/locate.json")
	tell locate "$(jq -r '"\(.verdict.cause): \(.verdict.blame.role) \(.verdict.blame.address), confidence \(.verdict.confidence)"' "$act/locate.json")"
	printf '%s\n' "$(jq -r .verdict.vendor_sentence "$act/locate.json")" | fold -s -w 72 | sed 's/^/                |  /'
	[[ " $* " == *" $cause "* ]] || fail "the verdict is $cause, expected $*"
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
	refuse_tampered "$grant"
}

detour() {
	local grant=$act/grant.bin
	in_gw detour start "$grant" "$grant.sig" --json >"$act/lease.json" 2>"$act/detour.err" ||
		fail "the kernel refused the grant: $(cat "$act/detour.err")"
	fact authorised "$(jq -r '.started / 1e9' "$act/lease.json")"
	fact started "$(jq -r '.started / 1e9' "$act/lease.json")"
	tell kernel "signature verified, detour from A to B started, for ${LEASE} s" \
		"$(jq -r '.started / 1e9' "$act/lease.json")"
	wait_share 20 -ge 95 3 || fail "the clients did not recover"
}

lease_is_over() { [ "$(date +%s%N)" -gt "$(jq -r .ends "$act/lease.json")" ]; }

# Every process of ours is killed; the lease must end all the same.
let_it_end() {
	in_gw detour list --json | jq '.[-1]' >"$act/lease.json"
	kill -KILL "$trace_pid"
	trace_pid=''
	wait_for 5 no_stopgap || fail "a stopgap process is left: $(pgrep -x stopgap)"
	tell demo "every stopgap process is killed"
	wait_share $((LEASE + 20)) -le 60 2 || fail "the detour did not end by itself"
	in_gw detour list --json | jq --argjson ends "$(jq .ends "$act/lease.json")" \
		'.[-1] | if .ends == 0 or .ends == null then .ends = $ends else . end' >"$act/lease.new" &&
		mv "$act/lease.new" "$act/lease.json"
	[ "$(jq -r '"\(.state) \(.reason)"' "$act/lease.json")" = "ended expired" ] ||
		fail "the lease did not expire: $(cat "$act/lease.json")"
	tell kernel "lease over, detour gone, by itself" "$(jq -r '.ends / 1e9' "$act/lease.json")"
	start_trace
}
no_stopgap() { ! pgrep -x stopgap; }

end_act() {
	fact mended "$mended"
	wait_share 30 -ge 95 4 || fail "the clients did not recover after the repair"
	kill "$trace_pid" "$watch_pid"
	trace_pid='' watch_pid=''
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

play() {	# NAME TITLE CAUSES BREAK MEND
	local title=$2 causes=$3 break=$4 mend=$5
	printf '\n%s\n' "$title"
	clients_start 1 C1 C2 C3 C4 C5
	start_act "$1"
	wait_share 60 -ge 95 8 || fail "the clients do not fare well before any fault"
	fault_ns=$(date +%s%N)
	fact fault "$(now)"
	tell fault "$break" "$(now)"
	$break A || fail "the fault could not be made"
	detect
	# shellcheck disable=SC2086
	locate $causes
	authorise
	detour
	let_it_end
	mended=$(now)
	tell vendor "$mend: A is repaired"
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
load_module || fail "the module does not load"
network || fail "the network did not come up"
customer || fail "the customer's certificate was not taken"
in_gw tap add $TAP >/dev/null || fail "no tap"
echo "The gateway is tapped; the customer's certificate is in the kernel's keyring, which is closed."
clients_start 1 C1 C2 C3 C4 C5

mend_process() { resolver_start "$1"; }
play act1 "Act 1: a change to A's access control leaves the clients out" recursion-refused-by-acl \
	break_acl mend_acl
play act2 "Act 2: A's process dies" "service-stopped server-dead" kill_server mend_process

figures act1 "Act 1, measured in this run"
figures act2 "Act 2, measured in this run"
