# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# Clients and captures of the drill; see lib.sh.

# Who asks how: each client's kind and its share of the rate. Most have A first.
client_args() {
	case $1 in
	C1) echo "A B|-t 5000 -a 2|0.30" ;;
	C2) echo "A B|-t 2000 -a 2 -e 1232 -d -c|0.20" ;;
	C3) echo "B A|-t 5000 -a 2|0.15" ;;
	C4) echo "A B|-t 1000 -a 3 -c|0.15" ;;
	C5) echo "A|-t 5000 -a 2 -e 4096|0.20" ;;
	C6) echo "A B|-t 5000 -a 2|0.15" ;;
	C7) echo "B A|-t 2000 -a 2 -e 1232|0.10" ;;
	esac
}

# client_start CLIENT ARGUMENTS...: one process of that client
client_start() {
	local c=$1 tag=$1.${RANDOM}
	shift
	spawn "client-$c" "${ns[$c]}" "$DRILL_BIN/client" -n "$D/names" -i "${addr[$c]}" \
		-l "$D/clients/$tag.jsonl" -S "$((SEED * 100 + RANDOM % 97))" "$@"
	client_pids+=("${pid[client-$c]}")
}

# clients_start [RATE_FACTOR [CLIENT...]]: every client as its kind is
clients_start() {
	local factor=${1:-1} c servers args share s list
	shift || :
	[ $# -gt 0 ] || set -- "${CLIENTS[@]}"
	for c in "$@"; do
		IFS='|' read -r servers args share < <("${CLIENT_ARGS:-client_args}" "$c")
		list=()
		for s in $servers; do list+=(-s "$(server_address "$s")"); done
		# shellcheck disable=SC2086
		client_start "$c" "${list[@]}" $args \
			-r "$(awk "BEGIN { print $RATE * $share * $factor }")"
	done
}
# server_address WORD: of a role (A), of its IPv6 side (A6), or an address itself
server_address() {
	case $1 in
	[A-Z]6) echo "${addr6[${1%6}]}" ;;
	[A-Z]) echo "${addr[$1]}" ;;
	*) echo "$1" ;;
	esac
}
client_pids=()

clients_stop() {
	local p
	for p in "${client_pids[@]}"; do kill -TERM "$p" 2>/dev/null; done
	for p in "${client_pids[@]}"; do wait_for 3 pid_gone "$p"; done
	client_pids=()
}

# capture_start NAME NS DEV: everything on that interface
capture_start() {
	spawn "tcpdump-$1" "$2" tcpdump -i "$3" -n -s 0 -U --immediate-mode \
		-w "$D/$1.pcap" "${CAPTURE_FILTER:-ip or ip6}"
	capture_names+=("$1")
	wait_for 5 test -s "$D/$1.pcap"
}
capture_names=()

capture_stop() {
	local n
	for n in "${capture_names[@]}"; do end_pid "${pid[tcpdump-$n]}" INT; done
	capture_names=()
}
