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

# Other mixes, by CLIENT_ARGS: half with EDNS, which some give up after a timeout
client_args_edns() {
	case $1 in
	C1) echo "A B|-t 5000 -a 2|0.25" ;;
	C2) echo "A B|-t 1500 -a 3 -e 1232 -d -f|0.25" ;;
	C3) echo "B A|-t 2000 -a 2 -e 1232 -f|0.20" ;;
	C4) echo "A B|-t 1000 -a 3 -c|0.15" ;;
	C5) echo "A|-t 3000 -a 2 -e 4096 -k|0.15" ;;
	*) client_args "$1" ;;
	esac
}
# some send cookies
client_args_cookie() {
	case $1 in
	C2) echo "A B|-t 2000 -a 2 -e 1232 -d -k|0.25" ;;
	C3) echo "B A|-t 3000 -a 2 -e 1232 -k|0.20" ;;
	C5) echo "A|-t 3000 -a 2 -e 1232 -k|0.20" ;;
	*) client_args "$1" ;;
	esac
}
# most spell names at random (0x20), as forwarders do, and drop what is spelled otherwise
client_args_caps() {
	case $1 in
	C1) echo "A B|-t 2000 -a 2 -x|0.30" ;;
	C2) echo "A B|-t 1500 -a 3 -e 1232 -d -x|0.20" ;;
	C3) echo "B A|-t 2000 -a 2 -x|0.15" ;;
	C5) echo "A|-t 3000 -a 2 -e 4096 -x|0.20" ;;
	*) client_args "$1" ;;
	esac
}
# most take large UDP answers
client_args_4096() {
	case $1 in
	C1) echo "A B|-t 3000 -a 2 -e 4096|0.30" ;;
	C2) echo "A B|-t 2000 -a 2 -e 4096 -d|0.25" ;;
	C5) echo "A|-t 5000 -a 2 -e 4096|0.20" ;;
	*) client_args "$1" ;;
	esac
}
# over both families
client_args_v6() {
	case $1 in
	C1) echo "A6 A B6|-t 5000 -a 2|0.30" ;;
	C2) echo "A A6 B|-t 2000 -a 2 -e 1232 -d|0.25" ;;
	C3) echo "B6 A6|-t 5000 -a 2|0.15" ;;
	C4) echo "A6 B|-t 1000 -a 3 -c|0.20" ;;
	C5) echo "A|-t 5000 -a 2 -e 4096|0.20" ;;
	C6) echo "A6 B6|-t 5000 -a 2|0.15" ;;
	*) client_args "$1" ;;
	esac
}
# forwarding hosts that keep one source port, among others that do not
client_args_sticky() {
	case $1 in
	C2) echo "A B|-t 2000 -a 2 -e 1232 -d -1|0.20" ;;
	C5) echo "A|-t 5000 -a 2 -e 4096 -1|0.20" ;;
	*) client_args "$1" ;;
	esac
}

# client_start CLIENT ARGUMENTS...: one process of that client
client_start() {
	local c=$1 tag=$1.${RANDOM}
	shift
	spawn "client-$c" "${ns[$c]}" "$DRILL_BIN/client" -n "${CLIENT_NAMES:-$D/names}" -i "${addr[$c]}" \
		-l "$D/clients/$tag.jsonl" -S "$((SEED * 100 + RANDOM % 97))" "$@"
	client_pids+=("${pid[client-$c]}")
}

# client_stop CLIENT: the one that was started last
client_stop() { end_pid "${pid[client-$1]}"; }

# hold_tcp NS ROLE N: a host that holds N connections to the server open
hold_tcp() {
	spawn "hold-$1" "$1" /usr/bin/python3 "$DRILL/hold.py" "${addr[$2]}" "$3"
	client_pids+=("${pid[hold-$1]}")
}

# clients_start [RATE_FACTOR [CLIENT...]]: every client as its kind is
clients_start() {
	local factor=${1:-1} c servers args share s list
	shift || :
	[ $# -gt 0 ] || set -- ${DRILL_CLIENTS:-"${CLIENTS[@]}"}
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
