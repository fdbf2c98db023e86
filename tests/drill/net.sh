# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# Namespaces, cables and addresses of the drill; see lib.sh.

# ns_new NAME: a namespace with loopback up
ns_new() {
	local n
	for n in "$@"; do
		ip netns add "$NSP-$n" || return 1
		ip -n "$NSP-$n" link set lo up && ip -n "$NSP-$n" addr add 127.0.0.2/8 dev lo
		inside "$n" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_dad=0 \
			net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
			net.ipv6.conf.default.accept_ra=0
	done
}

nsip() {
	local n=$1
	shift
	ip -n "$NSP-$n" "$@"
}

# cable NS1 DEV1 NS2 DEV2: a short one, with checksums in the frames
cable() {
	nsip "$1" link add name "$2" type veth peer name "$4" netns "$NSP-$3" || return 1
	inside "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null 2>&1
	inside "$3" ethtool -K "$4" tx off tso off gso off gro off >/dev/null 2>&1
	nsip "$1" link set dev "$2" up
	nsip "$3" link set dev "$4" up
}

# long_cable NAME DELAY_US NS1 DEV1 NS2 DEV2: through a wire process, so that it
# has a delay and can lose; a short cable where there is no TUN device
long_cable() {
	local name=$1 delay=$2
	shift 2
	if [ "${DRILL_WIRE:-tap}" = veth ] || ! [ -c /dev/net/tun ]; then
		cable "$@"
		return
	fi
	printf 'delay_us %d\njitter_us %d\n' "$delay" $((delay / 4)) >"$D/wire.$name"
	"$DRILL_BIN/wire" "$D/wire.$name" "$NSP-$1" "$2" "$NSP-$3" "$4" \
		>>"$D/log/wire" 2>&1 </dev/null &
	wirepid[$name]=$!
	disown $!
	wait_for 5 nsip "$1" link show "$2" && wait_for 5 nsip "$3" link show "$4" || return 1
	nsip "$1" link set dev "$2" up
	nsip "$3" link set dev "$4" up
}

# wire_set NAME LINE...: change what a long cable does, e.g. wire_set w1 'loss 10000'
wire_set() {
	local name=$1 keep
	shift
	keep=$(grep -E '^(delay|jitter)_us ' "$D/wire.$name")
	{ echo "$keep"; printf '%s\n' "$@"; } >"$D/wire.$name"
	kill -HUP "${wirepid[$name]}"
}

# give NS DEV ADDRESS...: addresses with their prefix length
give() {
	local n=$1 dev=$2 a
	shift 2
	for a in "$@"; do nsip "$n" addr add "$a" dev "$dev" || return 1; done
}

# bridge NS NAME: a switch
bridge() {
	nsip "$1" link add name "$2" type bridge forward_delay 0 && nsip "$1" link set dev "$2" up
}

# host ROLE SWITCH_NS SWITCH GATEWAY4 GATEWAY6: a host on a switch
host() {
	local role=$1 n=${1,,} pre=24
	ns_new "$n" || return 1
	if [ -n "${long[$role]:-}" ]; then
		long_cable "$n" "${long[$role]}" "$n" eth0 "$2" "p-$n" || return 1
	else
		cable "$n" eth0 "$2" "p-$n" || return 1
	fi
	nsip "$2" link set "p-$n" master "$3"
	give "$n" eth0 "${addr[$role]}/$pre" || return 1
	nsip "$n" route add default via "$4"
	[ -n "${addr6[$role]}" ] || return 0
	give "$n" eth0 "${addr6[$role]}/64" || return 1
	nsip "$n" -6 route add default via "$5"
}

router() {
	inside "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# One site: a switch with its clients, a gateway, a long cable to the core.
site() {
	local nr=$1 wan=$2 delay=$3 c net
	shift 3
	ns_new "sw$nr" "r$nr"
	router "r$nr"
	bridge "sw$nr" br0
	cable "r$nr" lan "sw$nr" gw && nsip "sw$nr" link set dev gw master br0
	long_cable "w$nr" "$delay" "r$nr" wan core "site$nr" || return 1
	give "r$nr" wan "$wan.2/24" "$ULA:1$nr::2/64"
	give core "site$nr" "$wan.1/24" "$ULA:1$nr::1/64"
	nsip "r$nr" route add default via "$wan.1"
	nsip "r$nr" -6 route add default via "$ULA:1$nr::1"
	for c in "$@"; do
		net=${addr[$c]%.*}
		nsip "r$nr" addr replace "$net.254/24" dev lan
		nsip core route replace "$net.0/24" via "$wan.2"
		nsip "r$nr" addr replace "${addr6[$c]%::*}::fe/64" dev lan
		nsip core -6 route replace "${addr6[$c]%::*}::/64" via "$ULA:1$nr::2"
		host "$c" "sw$nr" br0 "$net.254" "${addr6[$c]%::*}::fe" || return 1
	done
}

# far_host ROLE: a host with a network of its own on the Internet side
far_host() {
	bridge inet "n-${1,,}"
	give inet "n-${1,,}" "${addr[$1]%.*}.254/24"
	addr6[$1]=''
	host "$1" inet "n-${1,,}" "${addr[$1]%.*}.254" -
}

drill_net() {
	local r
	ns_new core inet
	router core && router inet
	site 1 "$W1" "$WAN1_US" C1 C2 C3 C4 C5 || return 1
	site 2 "$W2" "$WAN2_US" C6 C7 || return 1
	bridge core srv
	give core srv "$SRV.254/24" "$ULA:4::fe/64"
	for r in "${RESOLVER_ROLES[@]}"; do
		host "$r" core srv "$SRV.254" "$ULA:4::fe" || return 1
	done
	long_cable up "$UP_US" core uplink inet core || return 1
	give core uplink "$UP.2/24"
	give inet core "$UP.1/24"
	nsip core route add default via "$UP.1"
	nsip inet route add default via "$UP.2"
	for r in "${AUTH_ROLES[@]}"; do far_host "$r" || return 1; done
}
