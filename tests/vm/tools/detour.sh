# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests of the detour share; sourced after lib.sh.

# shellcheck disable=SC2034 # of the tests
A=198.51.100.2 A6=2001:db8:2::2 B=198.18.0.2 B6=2001:db8:3::2

detour() { py detour.py "$@"; }
on_gw() { py -n gw detour.py "$@"; }

# make_key NAME [SUBJECT]: key and self-signed certificate, as in docs/grants.md. The key
# of a name is the same for all tests of a VM: to find its primes takes seconds there.
make_key() {
	local key=/run/vm-keys/$1
	mkdir -p "${key%/*}"
	[ -s "$key" ] || openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out "$key" 2>"$WORK/openssl.log" ||
		return
	cp "$key" "$WORK/$1.key"
	openssl req -x509 -key "$key" -sha256 -days 30 -subj "${2:-/CN=$1}" -out "$WORK/$1.pem" 2>"$WORK/openssl.log" &&
		openssl x509 -in "$WORK/$1.pem" -outform DER -out "$WORK/$1.der"
}

# sign GRANT KEY: the detached signature GRANT.p7s, as in docs/grants.md
sign() {
	openssl cms -sign -binary -noattr -nocerts -md sha256 -outform DER \
		-signer "$WORK/$2.pem" -inkey "$WORK/$2.key" -in "$1" -out "$1.p7s"
}

# trust NAME: the certificate goes into the module's keyring
trust() {
	keyctl padd asymmetric "$1" %:.stopgap <"$WORK/$1.der"
}

# grant NAME [FIELD=VALUE...]: a grant signed by the customer; its serial on stdout
grant() {
	local name=$1
	shift
	detour make "$WORK/$name" "$@" && sign "$WORK/$name" customer
}

add() { on_gw add "$WORK/$1" "$WORK/$1.p7s"; }

# lease SERIAL FIELD: of the list
lease() { on_gw field "$1" "$2"; }

lease_is() { [ "$(lease "$1" state)" = "$2" ]; }

# ask SERVER [+tcp] [-b ADDRESS[#PORT]]: the address that www.example.test has there
ask() {
	local server=$1
	shift
	py -n client ask.py "$@" "$server" www.example.test
}

# start_pair [KIND_A KIND_B]: A on .2 and B on .3, the same zone but for www:
# 203.0.113.80 at A, 203.0.113.81 at B
start_pair() {
	make_zone "$WORK/zone" example.test 10
	sed 's/^www A .*/www A 203.0.113.81/' "$WORK/zone" >"$WORK/zone.b"
	start_dns a "${1:-nsd}" srv 198.51.100.2,2001:db8:2::2 zone "$WORK/zone" example.test &&
		start_dns b "${2:-unbound}" srv 198.51.100.3,2001:db8:2::3 zone "$WORK/zone.b" example.test
}

# make_fb: B by itself behind another link of gw:
#
#   gw ─g2──f0─ fb
#   198.18.0.1    .2
#   2001:db8:3::1 ::2
make_fb() {
	make_ns fb && link_ns gw g2 198.18.0.1/24,2001:db8:3::1/64 fb f0 198.18.0.2/24,2001:db8:3::2/64 || return
	ip -n fb route add default via 198.18.0.1
	ip -n fb route add default via 2001:db8:3::1
}

# make_detour_path: make_path and make_fb
make_detour_path() {
	make_path && make_fb && add_addr client c0 192.0.2.130/24 2001:db8:1::130/64
}

# start_far_pair [KIND_A KIND_B]: like start_pair, with B in fb
start_far_pair() {
	make_zone "$WORK/zone" example.test 10
	sed 's/^www A .*/www A 203.0.113.81/' "$WORK/zone" >"$WORK/zone.b"
	start_dns a "${1:-nsd}" srv $A,$A6 zone "$WORK/zone" example.test &&
		start_dns b "${2:-unbound}" fb $B,$B6 zone "$WORK/zone.b" example.test
}

# find_two: of the client's addresses .200 to .215, one that a share of 500 per mille
# leads to B, $led, and one that it leaves with A, $left
find_two() {
	local i
	for i in {200..215}; do
		case $(ask $A -b 192.0.2.$i) in
		203.0.113.81) led=192.0.2.$i ;;
		203.0.113.80) left=192.0.2.$i ;;
		esac
		[ -z "${led:-}" ] || [ -z "${left:-}" ] || return 0
	done
	return 1
}

# begin_asking NAME SERVER RATE SECONDS [PORT [ADDRESS]]: steady.py in the
# background. Nothing of it may hold the pipe that check reads.
begin_asking() {
	local name=$1
	shift
	# Without a function or a shell in between: $! is the process itself.
	ip netns exec client python3 -IS "$STOPGAP_TOP/tests/vm/tools/steady.py" "$WORK/$name.asked" "$@" \
		>"$WORK/$name.sum" 2>"$WORK/$name.err" &
	echo $! >"$WORK/$name.pid"
	wait_for 20 grep -q asking "$WORK/$name.sum"
}

# end_asking NAME: its summary's fields are then what asked NAME FIELD prints
end_asking() {
	kill "$(cat "$WORK/$1.pid")" 2>/dev/null
	wait_for 90 grep -q '"sent"' "$WORK/$1.sum" || { cat "$WORK/$1.err"; return 1; }
}

asked() { py steady.py field "$(tail -n 1 "$WORK/$1.sum")" "$2"; }

# answered_by NAME ADDRESS: the last line of its log has this answer
answered_by() { tail -n 1 "$WORK/$1.asked" | grep -q " $2\$"; }
