# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# From a grant to the end of its detour by the command alone: new, sign, trust,
# start, list, withdraw, resume, and the lease's end; what it says on the way.
# in turn on 6.1: 40 s
# in turn on debug: 138 s
# clock: instructions
# limit: 400
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl jq dig nsd unbound

gw() { stopgap "$@" -N gw; }
new() { stopgap grant new --server 198.51.100.2 --fallback 198.51.100.3 --clients 192.0.2.0/24 "$@" >/dev/null; }
by_a() { [ "$(ask 198.51.100.2)" = 203.0.113.80 ]; }
by_b() { [ "$(ask 198.51.100.2)" = 203.0.113.81 ]; }
state() { gw detour list -j | jq -r ".[] | select(.serial == \"$1\") | .state + \" \" + .reason"; }

check "client - gateway - server" make_path
check "A and B run" start_pair
check "the module loads" load_module
check "keys and certificates" eval 'make_key customer /CN=Customer && make_key stranger'
check "a query is answered by A" wait_for 10 by_a
is "no detours at first" "$(gw detour list)" "no detours in this network namespace"

G=$WORK/grant
check "grant new" new --lease 20s --valid 10m -o "$G"
serial=$(stopgap grant show -j "$G" | jq -r .serial)
check "the customer signs it" sign "$G" customer
check "grant verify" stopgap grant verify "$G" "$G.p7s" --cert "$WORK/customer.pem"
check_fails "nobody is trusted yet: the kernel's sentence" "keyring .stopgap is empty.*ENOKEY" \
	gw detour start "$G" "$G.p7s"

# --- trust
is "an empty keyring" "$(stopgap trust list -j | jq -c '[.closed, .certificates]')" '[false,[]]'
check "trust add takes PEM" stopgap trust add "$WORK/customer.pem"
is "and the keyring has it" "$(stopgap trust list -j | jq '.certificates | length')" 1
check "with the subject's name" grep -q 'Customer' <(stopgap trust list)
check_fails "a file that is no certificate" "grant': not an X.509 certificate" stopgap trust add "$G"
chmod o+x "$WORK"
check_fails "trust is root's alone" 'EACCES|EPERM|CAP_NET_ADMIN' \
	setpriv --reuid=65534 --regid=65534 --clear-groups "$STOPGAP" trust add "$WORK/stranger.pem"
check "trust close" stopgap trust close
is "is seen in the list" "$(stopgap trust list -j | jq .closed)" true
check_fails "and takes no more" "keyring .stopgap is closed" stopgap trust add "$WORK/stranger.pem"

# --- refusals come with the file, the sentence and the errno
cp "$G" "$WORK/strange"
sign "$WORK/strange" stranger
check_fails "an unknown signer" "strange'.*not in the keyring.*EACCES" \
	gw detour start "$WORK/strange" "$WORK/strange.p7s"
check_fails "a serial that nobody knows" "no grant of this serial.*ENOENT" \
	gw detour withdraw 00112233445566778899aabbccddeeff
check "traffic is as it was" by_a

# --- a lease from start to end
check "detour start" gw detour start "$G" "$G.p7s"
is "it is active" "$(state "$serial")" "active started"
check "queries to A are answered by B" wait_for 10 by_b
check "the list says it in words" eval 'gw detour list | grep -q "198.51.100.2 > 198.51.100.3 for 192.0.2.0/24"'
check "and counts its flows" test "$(gw detour list -j | jq '.[0].flows')" -ge 1
check_fails "starting it again is refused" "active already.*EALREADY" gw detour start "$G" "$G.p7s"
ended() { [ "$(state "$serial")" = "ended expired" ]; }
check "it ends by itself" wait_for 40 ended
check "and A answers again" wait_for 10 by_a

# --- withdraw and resume
H=$WORK/second
check "a second grant" new --lease 10m --valid 1h -o "$H"
serial2=$(stopgap grant show -j "$H" | jq -r .serial)
check "signed" sign "$H" customer
check "--arm loads it only" gw detour start --arm "$H" "$H.p7s"
is "it is armed" "$(state "$serial2")" "armed granted"
check "and nothing is redirected" by_a
check "detour start goes on from there" gw detour start "$H" "$H.p7s"
check "B answers" wait_for 10 by_b
check "withdraw, with no signature" gw detour withdraw "$serial2"
is "is seen" "$(state "$serial2")" "withdrawn withdrawn"
check "A answers" wait_for 10 by_a
check "resume" gw detour resume "$serial2"
is "is seen" "$(state "$serial2")" "active resumed"
check "B answers again" wait_for 10 by_b
check "withdrawn for good" gw detour withdraw "$serial2"
check "A answers at last" wait_for 10 by_a

# --- a standing grant waits, unless it is told not to
T=$WORK/standing
check "a standing grant" new --lease 10m --valid 1h --standing dead:2s --extend 5m -o "$T"
serial3=$(stopgap grant show -j "$T" | jq -r .serial)
check "signed" sign "$T" customer
check "detour start loads it" gw detour start "$T" "$T.p7s"
is "and does not start it" "$(state "$serial3")" "armed granted"
check "the list says what it waits for" grep -q 'starts when the server has been dead or worse for 2s' <(gw detour list)
check_fails "a second time there is nothing to do" "loaded already.*EEXIST" gw detour start "$T" "$T.p7s"
check "--now starts it" gw detour start --now "$T" "$T.p7s"
is "by hand" "$(state "$serial3")" "active started"
check "B answers" wait_for 10 by_b
check "its withdrawal is announced" gw detour withdraw --notice 1h "$serial3"
check "the list says so" grep -q 'withdrawn in \(1h\|59m\).*, as announced' <(gw detour list)
check "and JSON" eval '[ "$(gw detour list -j | jq ".[] | select(.serial == \"$serial3\").notice_ms")" -gt 3000000 ]'
check "taken back" gw detour resume "$serial3"
check "extended" gw detour extend "$serial3"
is "is seen" "$(state "$serial3")" "active extended"
check_fails "once only" "extended before.*EMLINK" gw detour extend "$serial3"
check "its counts are in JSON" eval '[ "$(gw detour list -j | jq ".[] | select(.serial == \"$serial3\").at_fallback.answers")" -ge 1 ]'
check "withdrawn" gw detour withdraw "$serial3"

check "the module unloads" unload_module
finish
