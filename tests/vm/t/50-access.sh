# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The table of docs/security.md, line by line: who may do what with the device,
# netlink, the keyring and detours. What is expected is read from the table
# itself; a line of it that is not tried here is a failure.
# shellcheck disable=SC2016 # what is quoted is expanded by a shell of that user
# in turn on 6.1: 83 s
# in turn on debug: 324 s
# limit: 600
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require setpriv unshare keyctl openssl python3

TABLE=$STOPGAP_TOP/docs/security.md
EVERYBODY=(user group own foreign netadmin root)	# the columns, in their order
GROUP=60053 NOBODY=65534
ROOM=$(mktemp -d /tmp/access.XXXXXX)	# where others may read and run
chmod 755 "$ROOM"
cp "$STOPGAP" "$TOOLS/tapctl" "$STOPGAP_TOP"/tests/vm/tools/{join,detour,keyring}.py "$ROOM/"
chmod 755 "$ROOM"/*
export PATH=$ROOM:$PATH

as_nobody() { setpriv --reuid $NOBODY --regid $NOBODY --clear-groups -- "$@"; }
user() { in_ns gw setpriv --reuid $NOBODY --regid $NOBODY --clear-groups -- "$@"; }
group() { in_ns gw setpriv --reuid $NOBODY --regid $NOBODY --groups $GROUP -- "$@"; }
# In gw, and root of the user namespace that owns the network namespace of start_foreign.
foreign() { nsenter --net=/run/netns/gw --user="/proc/$abroad/ns/user" -- "$@"; }
# A process that stays, in a user and a network namespace of its own; $abroad is its id
start_foreign() {
	mkfifo "$WORK/abroad"
	setpriv --reuid $NOBODY --regid $NOBODY --clear-groups -- \
		unshare -Urn -- sh -c 'echo ready; read -r _' <>"$WORK/abroad" >"$WORK/abroad.out" 2>&1 &
	abroad=$!
	wait_for 10 grep -q ready "$WORK/abroad.out"
}
netadmin() {
	in_ns gw setpriv --reuid $NOBODY --regid $NOBODY --clear-groups \
		--inh-caps +net_admin --ambient-caps +net_admin -- "$@"
}
# Root of a user namespace, in a network namespace of its own, with two
# interfaces of which one is tapped.
own() {
	as_nobody unshare -Urn -- sh -c 'ip link add d0 type veth peer name d1 &&
		tapctl add d0 >/dev/null && "$@"' own "$@"
}
root() { in_ns gw "$@"; }

# cell LINE COLUMN: what the table says
cell() {
	awk -F'|' -v line="$1" -v n="$2" '
		{ gsub(/^ +| +$/, "", $2) }
		$2 == line { gsub(/^ +| +$/, "", $n); print $n }' "$TABLE"
}

# put_back: the next one finds what this one found
put_back() { in_ns_tap gw del g1 2>/dev/null; return 0; }

# try WHO VERDICT WHAT COMMAND: in the command, DEV is an interface that is
# tapped, FREE one that is not.
try() {
	local who=$1 verdict=$2 what=$3 op=$4 dev=g0 free=g1
	[ "$who" != own ] || dev=d0 free=d1
	op=${op//DEV/$dev}
	op=${op//FREE/$free}
	case $verdict in
	yes*)	check "$what: $who may: $4" "$who" sh -c "$op" ;;
	*EPERM*) check_fails "$what: $who may not: $4" 'EPERM|not permitted' "$who" sh -c "$op" ;;
	*EACCES*) check_fails "$what: $who may not: $4" 'EACCES|ermission denied' "$who" sh -c "$op" ;;
	*)	not_ok "$what: the table has an answer for $who" "it says: $verdict" ;;
	esac
	put_back
}

# line LINE COMMAND...: each command by everybody
tried=()
line() {
	local name=$1 op i
	shift
	tried+=("$name")
	for op; do
		for ((i = 0; i < ${#EVERYBODY[@]}; i++)); do
			try "${EVERYBODY[i]}" "$(cell "$name" $((i + 3)))" "$name" "$op"
		done
	done
}

check "client - gateway - server" make_path
check "the module loads" load_module
check "the tap is made by root" in_ns_tap gw add g0
start_foreign || not_ok "somebody with a network namespace abroad"
check "who has CAP_NET_ADMIN over another network namespace" \
	foreign nsenter --net="/proc/$abroad/ns/net" -- sh -c 'ip link add d0 type veth peer name d1 && tapctl add d0 && tapctl del d0'
is "stands in gw" "$(foreign readlink /proc/self/ns/net)" "$(in_ns gw readlink /proc/self/ns/net)"
node=$(dev_of gw g0)
# As 60-stopgap.rules does; that it does so, 40-udev.sh sees.
chgrp $GROUP "$node"
chmod 660 "$node"
export node

line 'open `/dev/stopgapN` (mode 0660 root:stopgap by udev)' ': <"$node"'
line 'read `/sys/class/stopgap/stopgapN` (interface, network namespace)' \
	'cd /sys/class/stopgap/${node##*/} && cat ifname ifindex netns minor'
line 'tap add, del, set' 'stopgap tap add FREE' 'tapctl add FREE 2>/dev/null; stopgap tap del FREE' \
	'tapctl set DEV timeout=500'
line 'tap get (counters, no payload)' 'stopgap tap list' 'tapctl get DEV'
line 'server get' 'stopgap servers DEV'
line 'census get (which client prefixes and zones were asked for)' 'stopgap zones DEV'
line 'thresholds, reset' 'tapctl threshold DEV' 'tapctl threshold DEV min=7' 'tapctl reset DEV'
check_fails "netlink: root of a user namespace taps no interface of others" ENODEV own stopgap tap add g0
is "netlink: it sees no tap of others" "$(own sh -c 'tapctl del d0 && stopgap tap list -j')" "[]"
# brought CMD once|dump: by a socket of gw, of which somebody is then root of namespaces of their own
brought() {
	user python3 -IS -c 'import ctypes, os, sys
sys.path.insert(0, os.environ["ROOM"])
import detour
nl = detour.Netlink()
if ctypes.CDLL(None).unshare(0x50000000):
    sys.exit("no namespaces of their own")
tap = detour.attr(1 | detour.NEST, detour.attr(3, b"g0\0"))
dump = sys.argv[2] == "dump"
nl.call(nl.family, int(sys.argv[1]), b"" if dump else tap, dump=dump)' "$@"
}
export ROOM
check_fails "netlink: a socket of gw is of no use to root of other namespaces: tap del" EPERM brought 2 once
check_fails "netlink: nor to list the detours" EPERM brought 11 dump
is "netlink: what anybody may read of a tap has no address in it" \
	"$(user tapctl get g0 | grep -cE '192\.0\.2|198\.51\.100|server ')" 0

line 'join the multicast groups' 'join.py state' 'join.py detour'

check "keys and certificates" eval 'make_key customer && make_key other'
cp "$WORK/other.der" "$ROOM/cert"
chmod 644 "$ROOM/cert"
ring=$(root stopgap trust list -j | python3 -IS -c 'import json, sys; print(json.load(sys.stdin)["keyring"])')
export ROOM ring
line 'list certificates' 'stopgap trust list'
line 'add a certificate to `.stopgap`' 'keyctl padd asymmetric "" $ring <"$ROOM/cert"'
line 'revoke a key or a grant (`trust revoke`), which is for all network namespaces' \
	'stopgap trust revoke 00112233445566778899aabbccddeeff' \
	'stopgap trust revoke 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'
is "revoked: a grant and a key, once each" "$(root stopgap trust list -j | jq -c '.revoked | map(keys[0])')" \
	'["grant","id"]'

# By number, whoever has it: OP[WHO] is "ok" or an errno, each of one process.
cert=$(root keyctl padd asymmetric searched "$ring" <"$WORK/other.der")
declare -A did
for who in "${EVERYBODY[@]}"; do
	ops=(describe read search setperm chown timeout cert-{setperm,timeout,revoke,unlink} clear)
	[ "$who" = root ] || ops+=(restrict)
	while read -r op said; do
		did[$who $op]=$said
	done < <("$who" python3 -IS "$ROOM/keyring.py" "$ring" "$cert" "${ops[@]}" 2>&1)
done
# keyring LINE OP...
keyring() {
	local name=$1 op i who says
	shift
	tried+=("$name")
	for ((i = 0; i < ${#EVERYBODY[@]}; i++)); do
		who=${EVERYBODY[i]}
		case $(cell "$name" $((i + 3))) in
		yes*)	says=ok ;;
		*EACCES*) says=EACCES ;;
		*)	says='an answer in the table' ;;
		esac
		for op; do
			[ "$who $op" = "root restrict" ] || is "$name: $who: $op" "${did[$who $op]:-nothing}" "$says"
		done
	done
}
keyring 'describe and read `.stopgap` by its number (keyctl)' describe read
keyring 'search it, revoke a certificate there, set its permissions or time limit (keyctl)' \
	search cert-{setperm,timeout,revoke}
keyring 'take certificates out of it (keyctl unlink, clear)' cert-unlink clear
keyring 'set its own permissions, owner or time limit (keyctl)' setperm chown timeout
keyring 'close `.stopgap` (`trust close`)' restrict
check_fails "keyring: nor does CAP_NET_ADMIN close it by the command" EACCES netadmin stopgap trust close
check "keyring: root adds the customer's" root stopgap trust add "$WORK/customer.pem"

# One for each who may, for a server of its own: a serial is not taken twice, and
# of two detours of the same server one is refused.
n=10
for name in own netadmin root; do
	grant $name server=198.51.100.$((n++)) extend=60 >"$WORK/$name.serial"
	cp "$WORK/$name" "$WORK/$name.p7s" "$ROOM/"
done
chmod 644 "$ROOM"/{own,netadmin,root}{,.p7s}
serial=$(cat "$WORK/root.serial")
state_of() {
	root stopgap detour list -j | python3 -IS -c '
import json, sys
for lease in json.load(sys.stdin):
    if lease["serial"] == sys.argv[1]:
        print(lease["state"])' "$1"
}

# What may not be is tried while there is one that it would hit.
line 'list detours' 'stopgap detour list'
name='load a grant, start, withdraw, resume, extend'
tried+=("$name")
check "$name: root may load and start one that is signed" root stopgap detour start "$ROOM/root"{,.p7s}
for ((i = 0; i < ${#EVERYBODY[@]}; i++)); do
	who=${EVERYBODY[i]}
	says=$(cell "$name" $((i + 3)))
	case $who:$says in
	root:yes*) ;;
	own:yes*|netadmin:yes*)
		mine=$(cat "$WORK/$who.serial")
		try "$who" "$says" "$name" "stopgap detour start $ROOM/$who $ROOM/$who.p7s && \
for verb in extend withdraw resume withdraw; do stopgap detour \$verb $mine || exit; done" ;;
	*)	try "$who" "$says" "$name" "stopgap detour start $ROOM/netadmin $ROOM/netadmin.p7s"
		# The command loads before it starts: that each operation asks for itself is seen without.
		for verb in start withdraw resume extend; do
			try "$who" "$says" "$name" "detour.py $verb $serial"
		done ;;
	esac
	is "$name: after $who root's is active" "$(state_of "$serial")" active
done
check "$name: root may withdraw" root stopgap detour withdraw "$serial"
for i in 0 1 3; do
	try "${EVERYBODY[i]}" "$(cell "$name" $((i + 3)))" "$name" "stopgap detour resume $serial"
	is "$name: after ${EVERYBODY[i]} it is withdrawn still" "$(state_of "$serial")" withdrawn
done
check "$name: root may resume" root stopgap detour resume "$serial"
check_fails "$name: root of a user namespace does not reach it" 'ENOENT|no (grant|detour)' \
	own stopgap detour withdraw "$serial"
is "$name: it is active still" "$(state_of "$serial")" active
is "$name: what was started in a namespace of its own is not seen here" \
	"$(state_of "$(cat "$WORK/own.serial")")" ""
for who in own netadmin root; do
	check_fails "$name: $who starts none that is not signed" 'ENODATA|EPROTO' \
		$who stopgap detour start "$ROOM/$who" /dev/null
done
check "$name: root withdraws" root stopgap detour withdraw "$serial"

check "keyring: root may close it" root stopgap trust close
check_fails "keyring: closed, not even root adds" 'closed' root stopgap trust add "$WORK/other.pem"
check_fails "keyring: nor by keyctl" 'not permitted|ermission' \
	root sh -c 'keyctl padd asymmetric "" $ring <"$ROOM/cert"'
check "keyring: closed, root takes them out nevertheless" root keyctl clear "$ring"
is "each line of the table was tried" "$(printf '%s\n' "${tried[@]}" | sort)" \
	"$(sed -n '/^| --- /,/^$/s/^| \([^|]*[^| ]\) *|.*/\1/p' "$TABLE" | grep -v '^---' | sort)"
rm -rf "$ROOM"
check "the detours' hooks are gone, and the module with them" wait_for 30 unload_module
finish
