# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The table of docs/security.md, line by line: who may do what with the device,
# netlink, the keyring and detours.
# not yet on 6.12 6.1 debug: no complete pass has been seen
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require setpriv unshare keyctl openssl python3 nsd

GROUP=60053 NOBODY=65534
ROOM=$(mktemp -d /tmp/access.XXXXXX)	# where others may read and run
chmod 755 "$ROOM"
cp "$STOPGAP" "$ROOM/stopgap"
cp "$STOPGAP_TOP/tests/vm/tools/join.py" "$ROOM/"
chmod 755 "$ROOM"/*

as_nobody() { setpriv --reuid $NOBODY --regid $NOBODY --clear-groups -- "$@"; }
user() { in_ns gw setpriv --reuid $NOBODY --regid $NOBODY --clear-groups -- "$@"; }
group() { in_ns gw setpriv --reuid $NOBODY --regid $NOBODY --groups $GROUP -- "$@"; }
foreign() { in_ns gw setpriv --reuid $NOBODY --regid $NOBODY --clear-groups -- unshare -Ur -- "$@"; }
netadmin() {
	in_ns gw setpriv --reuid $NOBODY --regid $NOBODY --clear-groups \
		--inh-caps +net_admin --ambient-caps +net_admin -- "$@"
}
# Root of a user namespace, in a network namespace of its own, with an interface.
own() {
	as_nobody unshare -Urn -- sh -c \
		'ip link add d0 type dummy && ip link set d0 up && "$@"' own "$@"
}
root() { in_ns gw "$@"; }

cli=$ROOM/stopgap
lets_open() { "$1" sh -c ': <"$1"' open "$dev"; }
# What each may ask of netlink; the arguments are of the command.
reads=("tap list" "servers g0")
writes=("tap add g1" "tap del g1")

check "client - gateway - server" make_path
check "the module loads" load_module
check "the tap is made by root" root "$cli" tap add g0
dev=/dev/$(ls /sys/class/stopgap | head -n 1)
# As 60-stopgap.rules does; that it does so, 40-udev.sh sees.
chgrp $GROUP "$dev"
chmod 660 "$dev"

for who in user own foreign netadmin; do
	check_fails "device: $who may not open it" 'ermission denied' lets_open $who
done
check "device: the group may open it" lets_open group
check "device: root may open it" lets_open root

for what in "${writes[@]}" "${reads[@]}"; do
	for who in user group foreign; do
		# shellcheck disable=SC2086 # words of a command
		check_fails "netlink: $who may not: $what" 'CAP_NET_ADMIN.*EPERM' $who "$cli" $what
	done
done
for who in netadmin root; do
	for what in "${writes[@]}" "${reads[@]}"; do
		# shellcheck disable=SC2086
		check "netlink: $who may: $what" $who "$cli" $what
	done
done
check "netlink: root of a user namespace may tap its own interface" \
	own sh -c '"$1" tap add d0 && "$1" tap list && "$1" servers d0 && "$1" tap del d0' sh "$cli"
check_fails "netlink: and no other" ENODEV own "$cli" tap add g0
is "netlink: the list of its own is empty" "$(own "$cli" tap list -j)" "[]"

for who in user group foreign; do
	check_fails "multicast: $who may not join state" 'state: EPERM' $who "$ROOM/join.py" state
	check_fails "multicast: $who may not join detour" 'detour: EPERM' $who "$ROOM/join.py" detour
done
for who in own netadmin root; do
	check "multicast: $who may join both" $who "$ROOM/join.py" state detour
done

check "keys and certificates" eval 'make_key customer && make_key other'
ring=$(root "$cli" trust list -j | python3 -c 'import json, sys; print(json.load(sys.stdin)["keyring"])')
cp "$WORK/other.der" "$ROOM/cert"
chmod 644 "$ROOM/cert"
add_cert() { "$1" sh -c 'keyctl padd asymmetric "" "$1" <"$2"' add "$ring" "$ROOM/cert"; }
for who in user group own foreign netadmin; do
	check_fails "keyring: $who may not add" 'ermission denied' add_cert $who
done
for who in user group foreign; do
	check_fails "keyring: $who may not list" 'CAP_NET_ADMIN.*EPERM' $who "$cli" trust list
done
for who in own netadmin; do
	check "keyring: $who may list" $who "$cli" trust list
done
check "keyring: root may add" root "$cli" trust add "$WORK/customer.pem"

for name in good mine; do
	grant $name >"$WORK/$name.serial"
	cp "$WORK/$name" "$WORK/$name.p7s" "$ROOM/"
done
chmod 644 "$ROOM"/good* "$ROOM"/mine*
serial=$(cat "$WORK/good.serial")
state_of() { root "$cli" detour list -j | python3 -c '
import json, sys
for lease in json.load(sys.stdin):
    if lease["serial"] == sys.argv[1]:
        print(lease["state"])' "$serial"; }

for who in user group foreign; do
	check_fails "detour: $who may not start one" 'CAP_NET_ADMIN.*EPERM' \
		$who "$cli" detour start "$ROOM/good" "$ROOM/good.p7s"
	check_fails "detour: $who may not list" 'CAP_NET_ADMIN.*EPERM' $who "$cli" detour list
done
check "detour: netadmin may start one that is signed" \
	netadmin "$cli" detour start "$ROOM/good" "$ROOM/good.p7s"
is "detour: it is active" "$(state_of)" active
for who in user group foreign; do
	check_fails "detour: $who may not withdraw it" 'CAP_NET_ADMIN.*EPERM' \
		$who "$cli" detour withdraw "$serial"
done
check "detour: netadmin may withdraw it" netadmin "$cli" detour withdraw "$serial"
for who in user group foreign; do
	check_fails "detour: $who may not resume it" 'CAP_NET_ADMIN.*EPERM' \
		$who "$cli" detour resume "$serial"
done
check "detour: root may resume it" root "$cli" detour resume "$serial"
check_fails "detour: root of a user namespace does not reach it" 'ENOENT|no (grant|detour)' \
	own "$cli" detour withdraw "$serial"
is "detour: it is active still" "$(state_of)" active
check "detour: root of a user namespace may start a signed one in its own" \
	own sh -c '"$1" detour start "$2" "$2.p7s" && "$1" detour list' sh "$cli" "$ROOM/mine"
is "detour: which is not seen here" "$(root "$cli" detour list -j | grep -c "$(cat "$WORK/mine.serial")")" 0
check_fails "detour: nor does anybody start an unsigned one" 'ENODATA|EPROTO' \
	netadmin "$cli" detour start "$ROOM/good" /dev/null
check "detour: root withdraws" root "$cli" detour withdraw "$serial"

check "keyring: root may close it" root "$cli" trust close
check_fails "keyring: closed, not even root adds" 'closed' root "$cli" trust add "$WORK/other.pem"
check_fails "keyring: nor by keyctl" 'not permitted|ermission' add_cert root
rm -rf "$ROOM"
check "the detours' hooks are gone, and the module with them" wait_for 30 unload_module
finish
