# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154,SC2086
# The drill's library, to be sourced by bash as root. A private Internet in
# network namespaces: clients at two sites behind gateways r1 and r2, a core
# router with the server LAN (resolvers A and B, forwarders F and G), an
# uplink, and authoritative servers (ROOT, TLD, X1, X2, X3) behind it.
#
#   drill_plan SEED [VAR=VALUE...]  draw addresses, names, softwares; VARs win
#   drill_up                        namespaces, servers, all answering
#   resolver_start|stop|restart|reload ROLE      a server by its role
#   break_acl ROLE / mend_acl ROLE  forget the clients in the access list
#   kill_server ROLE                the process dies, its host stays
#   clients_start [RATE_FACTOR] / clients_stop   logs: $D/clients/*.jsonl
#   capture_start NAME NS DEV / capture_stop     $D/NAME.pcap
#   drill_down                      end every process, remove every namespace
#
# Roles' properties are in the arrays soft, addr, addr6, ns, zones, fwd, allow,
# recurse, anchor, extra, listen: a fault changes one as an operator would, then
# write_conf ROLE and resolver_reload or resolver_restart ROLE.

DRILL=${DRILL:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}
DRILL_BIN=${DRILL_BIN:-$(cd "$DRILL/../.." && pwd)/build/drill}
declare -gA soft addr addr6 ns zones fwd allow recurse anchor extra listen pid wirepid long primary zone_copy
RESOLVER_ROLES=(A B)
FRONT_ROLES=()
AUTH_ROLES=(ROOT TLD X1 X2 X3)
CLIENTS=(C1 C2 C3 C4 C5 C6 C7)

for _f in "$DRILL"/net.sh "$DRILL"/zones.sh "$DRILL"/clients.sh "$DRILL"/sw/*.sh; do
	# shellcheck disable=SC1090
	. "$_f"
done
unset _f

say() { printf 'drill: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# now: seconds since the epoch with milliseconds
now() { date +%s.%3N; }

# wait_for SECONDS COMMAND...: until the command succeeds
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		read -rt 0.05 <> <(:) || :
	done
}

# pause SECONDS: traffic runs on meanwhile
pause() { read -rt "$1" <> <(:) || :; }

# inside NS COMMAND...: run in a namespace of this drill
inside() {
	local n=$1
	shift
	nsenter --net="/run/netns/$NSP-$n" "$@"
}

# spawn ROLE NS COMMAND...: in the background; $! of it in pid[ROLE]
spawn() {
	local role=$1 n=$2
	shift 2
	nsenter --net="/run/netns/$NSP-$n" "$@" >>"$D/log/$role" 2>&1 </dev/null &
	pid[$role]=$!
	disown $!
}

# end_pid PID [SIGNAL]: and wait until it is gone
end_pid() {
	kill "-${2:-TERM}" "$1" 2>/dev/null || return 0
	wait_for 3 pid_gone "$1" || { kill -KILL "$1" 2>/dev/null; wait_for 3 pid_gone "$1"; }
}
pid_gone() { ! kill -0 "$1" 2>/dev/null || [[ $(cat "/proc/$1/stat" 2>/dev/null) == *") Z "* ]]; }

drill_plan() {
	local seed=$1 v
	shift
	NSP=${DRILL_PREFIX:-dr}$BASHPID
	D=$(mktemp -d "${TMPDIR:-/tmp}/drill.XXXXXX")
	mkdir -p "$D"/{log,conf,clients}
	/usr/bin/python3 "$DRILL/plan.py" --seed "$seed" --dir "$D" --set "$@" ${DRILL_SET:-} || return 1
	# shellcheck disable=SC1091
	. "$D/plan.sh"
	drill_roles
}

# What each role starts as; scenarios change it in their setup.
drill_roles() {
	local r v
	for r in A B F G H R "${AUTH_ROLES[@]}" "${CLIENTS[@]}"; do
		v=ADDR_$r addr[$r]=${!v:-}
		v=ADDR6_$r addr6[$r]=${!v:-}
		v=SOFT_$r soft[$r]=${!v:-}
		ns[$r]=${r,,}
		zones[$r]='' fwd[$r]='' extra[$r]='' listen[$r]=''
		recurse[$r]=no anchor[$r]='' allow[$r]=''
	done
	for r in A B F G R; do
		recurse[$r]=yes
		anchor[$r]=$D/root.key
		allow[$r]="$P1.0/24 $P2.0/24 $S2.0/24 $SRV.0/24 $ULA::/32"
	done
	soft[G]=${soft[F]} zones[D]='' fwd[D]='' extra[D]=''
	zones[ROOT]=. zones[TLD]="$TLD1 $TLD2"
	zones[X1]="$SIGNED $PLAIN" zones[X2]="$SIGNED $PLAIN" zones[X3]=$SINGLE
}

# zone_file ZONE ROLE: that role's own copy, or the signed one where there is one
zone_file() {
	local stem=$1
	if [ -n "${zone_copy[$2/$1]:-}" ]; then
		echo "${zone_copy[$2/$1]}"
		return
	fi
	[ "$1" != . ] || stem=root
	if [ -e "$D/zones/$stem.signed" ]; then
		echo "$D/zones/$stem.signed"
	else
		echo "$D/zones/$stem.zone"
	fi
}

# write_conf ROLE: its configuration from the arrays
write_conf() {
	local dir=$D/conf/$1
	mkdir -p "$dir"
	"${soft[$1]}_conf" "$1" "$dir"
}

# spawn_server ROLE: its daemon, in the foreground of its namespace
spawn_server() {
	local cmd
	mapfile -t cmd < <("${soft[$1]}_cmd" "$1" "$D/conf/$1")
	spawn "$1" "${ns[$1]}" "${cmd[@]}"
}
resolver_start() { spawn_server "$1" && wait_for 10 server_answers "$1"; }
resolver_stop() { end_pid "${pid[$1]}" "${2:-TERM}"; }
resolver_restart() { resolver_stop "$1" && resolver_start "$1"; }
resolver_reload() { "${soft[$1]}_reload" "$1" "$D/conf/$1" >>"$D/log/$1" 2>&1; }
kill_server() { resolver_stop "$1" KILL; }

# server_answers ROLE: anything at all, asked from its own host
server_answers() {
	local q=(@127.0.0.1 . NS)
	[ "${recurse[$1]}" = yes ] || q=("@${addr[$1]}" "${zones[$1]%% *}" SOA)
	inside "${ns[$1]}" dig +tries=1 +time=1 +norec "${q[@]}" |
		grep -q '^;; ->>HEADER'
}

# resolver_works ROLE: it resolves a name of the hierarchy
resolver_works() {
	inside core dig +tries=1 +time=3 "@${addr[$1]}" "${PLAIN%% *}" A | grep -q 'status: NOERROR'
}

break_acl() {
	allow_before=${allow[$1]}
	allow[$1]="$SRV.0/24"
	write_conf "$1" && resolver_reload "$1"
}
mend_acl() {
	allow[$1]=$allow_before
	write_conf "$1" && resolver_reload "$1"
}

drill_servers() {
	local r
	for r in "${AUTH_ROLES[@]}" "${RESOLVER_ROLES[@]}" "${FRONT_ROLES[@]}"; do
		write_conf "$r" || return 1
		spawn_server "$r" || return 1
	done
	for r in "${AUTH_ROLES[@]}" "${RESOLVER_ROLES[@]}"; do
		wait_for 15 server_answers "$r" || {
			say "$r (${soft[$r]}) does not answer"
			tail -n 20 "$D/log/$r" >&2
			return 1
		}
	done
	for r in A B; do
		wait_for 20 resolver_works "$r" || {
			say "$r (${soft[$r]}) does not resolve"
			tail -n 20 "$D/log/$r" >&2
			return 1
		}
	done
}

# wired: a scenario's changes to the cables and hosts, before servers start
wired() { :; }
drill_up() { drill_net && wired && drill_servers; }

# front ROLE: put dnsdist before that resolver, on its address (role D)
front() {
	listen[$1]='127.0.0.1 127.0.0.2'
	soft[D]=dnsdist addr[D]=${addr[$1]} addr6[D]=${addr6[$1]} ns[D]=${ns[$1]}
	recurse[D]=yes
	FRONT_ROLES=(D)
}

# firewall NS RULE...: rules for a forwarding or host firewall of that namespace
firewall() {
	local n=$1 r
	shift
	inside "$n" nft add table inet drill
	inside "$n" nft 'add chain inet drill in { type filter hook input priority 0; }'
	inside "$n" nft 'add chain inet drill through { type filter hook forward priority 0; }'
	inside "$n" nft 'add chain inet drill out { type filter hook output priority 0; }'
	for r in "$@"; do inside "$n" nft "add rule inet drill $r" || return 1; done
}

# Every process of a drill lives in one of its namespaces, and nothing else does.
drill_down() {
	local p n
	[ -n "${D:-}" ] || return 0
	for n in /run/netns/"$NSP"-*; do
		[ -e "$n" ] || continue
		for p in $(ip netns pids "${n##*/}"); do kill -KILL "$p" 2>/dev/null; done
		ip netns del "${n##*/}"
	done
	[ -n "${DRILL_KEEP:-}" ] || rm -rf "$D"
}
