# SPDX-License-Identifier: GPL-2.0-or-later
# stopgapd with the module and real servers: a fault becomes an incident with a
# cause, the granted detour is started by policy, service is restored, the lease
# ends, all is handed back. Killed at any moment it loses nothing that it said is
# written; module and interface may come and go; a full disk does not stop it.
# in turn on 6.1: 133 s
# in turn on debug: 373 s
# limit: 420
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound jq sqlite3

DAEMON=$STOPGAP_TOP/build/userspace/stopgapd
STORE=$WORK/store
LOG=$WORK/daemon.log
pid=''

# Not within check: nothing of it may hold the pipe that check reads.
start_daemon() {
	ip netns exec gw "$DAEMON" -c "$WORK/conf" >>"$LOG" 2>&1 &
	pid=$!
}
said() { grep -qE -- "$1" "$LOG"; }
times_said() { [ "$(grep -cE -- "$1" "$LOG")" -ge "$2" ]; }
incidents() { stopgap incident list -s "$STORE" -j; }
incident() { stopgap incident show -s "$STORE" -j "$1"; }
# stage NUMBER STAGE...: each of them was reached
stage() {
	local n=$1 s
	shift
	for s; do [ -n "$(incident "$n" | jq -r ".clock.$s // empty")" ] || return; done
}
is_open() { [ "$(incidents | jq 'any(.[]; .open)')" = true ]; }
all_closed() { [ "$(incidents | jq 'length > 0 and all(.[]; .open | not)')" = true ]; }
whole() { stopgap ledger verify --key "$STORE/ledger.pem" "$STORE/ledger.db"; }
ended() { ! kill -0 "$pid" 2>/dev/null || grep -q '^State:.Z' "/proc/$pid/status"; }
stop_daemon() { kill -TERM "$pid" && wait_for 20 ended; }

# The tap is on the side of the clients: it sees them asking A whoever answers.
check "client - gateway - A and B" make_detour_path
check "A (nsd) and B (unbound) run" start_far_pair
# Another test in this VM may have made the group.
make_user() { { getent group stopgap || groupadd --system stopgap; } && useradd --system -g stopgap stopgap; }
check "the user, as sysusers would make it" make_user
check "systemd-udevd, with the rule for the device" start_udevd "$STOPGAP_TOP/udev/60-stopgap.rules"
mkdir -p "$WORK/grants"
chmod 755 "$WORK"
cat >"$WORK/conf" <<END
[daemon]
store = $STORE
seal = 5s
site = the VM
[tap]
interfaces = g0
[incident]
quiet = 12s
[policy]
grants = $WORK/grants
start = located
use = all
inform = /usr/bin/tee $WORK/told/message
END
mkdir -m 777 "$WORK/told"
check "its configuration is understood" stopgap config check "$WORK/conf"

start_daemon
check "stopgapd starts without the module, and waits for it" wait_for 20 said 'the module is not loaded'
check "the module loads" load_module
check "a trusted customer" eval 'make_key customer && trust customer'
check "the tap is made and read" wait_for 20 said "reading the tap on 'g0'"
is "it is not root" "$(stat -c %U "/proc/$pid")" stopgap
is "with one capability" "$(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")" 0000000000001000
is "the tap keeps the packets of what fails" \
	"$(in_ns gw "$STOPGAP" tap list -j | jq -c '.[] | [.snaplen, .packet_rate]')" '[1522,200]'
is "and few system calls" "$(sed -n 's/^Seccomp:\t//p' "/proc/$pid/status")" 2

# --- a fault, from its onset to its end
grant story fallback=$B max_lease=12 >"$WORK/serial"
cp "$WORK/story.p7s" "$WORK/grants/story.sig" && cp "$WORK/story" "$WORK/grants/story.grant"
check "SIGHUP" kill -HUP "$pid"
check "a signed grant goes to the kernel" wait_for 20 said "grant 'story.grant' was given to the kernel"
check "clients ask" begin_asking story $A 40 200
check "for a while" wait_for 30 eval '[ $(wc -l <"$WORK/story.asked") -ge 400 ]'
is "nothing happens without need" "$(incidents | jq length)" 0
check "A is stopped" stop_dns a KILL
check "an incident is opened" wait_for 30 is_open
check "its cause is found" wait_for 30 stage 1 located
note "$(incident 1 | jq -c '.locate.verdict | [.blame, .cause, .confidence]')"
is "A is blamed" "$(incident 1 | jq -r .locate.verdict.blame.address)" "$A"
check "the vendor is told" wait_for 20 stage 1 informed
check "of A" grep -q "^Subject: $A" "$WORK/told/message"
check "the detour is started" wait_for 20 said 'the granted detour is started'
check "service is restored" wait_for 30 stage 1 restored
check "the lease ends by itself" wait_for 40 stage 1 lease_end
# so that it is seen what A does then
told=$(wc -l <"$WORK/story.asked")
check "clients ask A, still in vain" wait_for 30 eval '[ $(wc -l <"$WORK/story.asked") -ge $((told + 160)) ]'
check "A is back" restart_dns a
check "all is handed back" wait_for 60 stage 1 handed_back
check "the incident is closed" wait_for 60 all_closed
check "the clients stop" end_asking story
is "its clock runs forward" "$(incident 1 | jq '[.clock | .onset, .detected, .located, .restored, .lease_end, .handed_back] | . == sort')" true
is "it was authorised in advance" "$(incident 1 | jq '.clock | .onset <= .authorised and .authorised < .restored')" true
is "the grant is in the report" "$(incident 1 | jq -r '.grant.serial')" "$(cat "$WORK/serial")"
phases=$(incident 1 | jq -c .lease.phases)
note "before, during and after the detour: $phases"
is "what the detour changed, with its interval" \
	"$(jq '(.before.failed / .before.queries > 0.9) and (.during.failed / .during.queries < 0.1) and
		.start.low > 0.5 and .start.low < .start.spared and .start.spared <= .start.high and
		.start.high <= 1 and .after.queries > 0 and .end.spared > 0' <<<"$phases")" true
check "a page for the customer" stopgap incident report -s "$STORE" 1 --html "$WORK/report.html"
check "which says so" grep -q 'failed while the detour was on; before it [0-9.]* %, [0-9.]* points more' "$WORK/report.html"
[ -z "${STOPGAP_RESULTS:-}" ] || cp "$WORK/report.html" "$STOPGAP_RESULTS/" 2>/dev/null

# --- killed again and again during an incident
check "clients ask" begin_asking killed $A 40 200
check "for a while" wait_for 30 eval '[ $(wc -l <"$WORK/killed.asked") -ge 400 ]'
check "A is stopped" stop_dns a KILL
check "another incident" wait_for 40 is_open
for ((i = 1; i <= 10; i++)); do
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	start_daemon
	wait_for 20 times_said "reading the tap on 'g0'" $((i + 1)) || break
	read -r -t "$(awk -v i=$i 'BEGIN { print 0.15 * i }')" <>"$WORK/.never"
done
is "it came back each time" "$i" 11
check "the incident is still the same one" is_open
is "and not counted twice" "$(incidents | jq length)" 2
check "A is back" restart_dns a
check "the incident is closed" wait_for 60 all_closed
check "the clients stop" end_asking killed
check "SIGTERM" stop_daemon
check "the ledger is whole" whole
stopgap ledger export "$STORE/ledger.db" | jq -r '"entry \(.seq): \(.type) of incident \(.about)"' >"$WORK/entries"
sed -n 's/^stopgapd: \(entry [0-9]*: .*\)/\1/p' "$LOG" | sort >"$WORK/acknowledged"
note "$(wc -l <"$WORK/acknowledged") entries were acknowledged, the ledger has $(wc -l <"$WORK/entries")"
is "both incidents have packets that nobody had asked for" \
	"$(grep -o ': incident.packet of incident .*' "$WORK/entries" | sort -u | wc -l)" 2
is "nothing acknowledged is missing" "$(sort "$WORK/entries" | comm -23 "$WORK/acknowledged" -)" ""

# --- what it stands on comes and goes
: >"$LOG"
start_daemon
check "it starts, and reads" wait_for 20 said "reading the tap on 'g0'"
check "the interface is deleted" ip -n gw link del g0
check "its tap goes" wait_for 20 said "the tap on 'g0' is gone"
check "another one of its name" link_ns gw g0 192.0.2.1/24 client c0 192.0.2.2/24
check "is tapped" wait_for 20 times_said "reading the tap on 'g0'" 2
gone() { in_ns gw "$STOPGAP" tap del g0; rmmod stopgap; }
sed -i 's/^interfaces = .*/interfaces =/' "$WORK/conf"
check "the configuration no longer lists it" kill -HUP "$pid"
check "which is read" wait_for 20 said 'was read anew'
check "the module is unloaded under it" wait_for 20 gone
check "which it notices" wait_for 20 said 'the module is gone'
sed -i 's/^interfaces =.*/interfaces = g0/' "$WORK/conf"
check "the configuration lists it again" kill -HUP "$pid"
check "the module comes back" load_module
check "and is used" wait_for 20 times_said "reading the tap on 'g0'" 3
check "a mistake in the configuration" eval 'echo "[daemon" >>"$WORK/conf"; kill -HUP "$pid"'
check "is said, and changes nothing" wait_for 20 said 'is not taken over'
sed -i '$d' "$WORK/conf"
check "SIGTERM" stop_daemon
check "the ledger is whole" whole

# --- a full disk
: >"$LOG"
STORE=$WORK/small
mkdir "$STORE" && mount -t tmpfs -o size=512k,mode=777 small "$STORE"
sed -i "s|^store = .*|store = $STORE|" "$WORK/conf"
start_daemon
check "it starts on a small disk, and reads" wait_for 20 said "reading the tap on 'g0'"
dd if=/dev/zero of="$STORE/filler" bs=4k 2>/dev/null
for ((i = 0; i < 40; i++)); do kill -HUP "$pid"; read -r -t 0.1 <>"$WORK/.never"; done
check "a full disk is said" wait_for 20 said 'takes nothing: .*(ENOSPC|EIO)'
check "and it goes on" kill -0 "$pid"
check "room is made" rm "$STORE/filler"
check "it writes again" wait_for 30 said 'takes entries again'
check "SIGTERM" stop_daemon
check "the ledger is whole" whole
check "the module is unloaded" unload_module
finish
