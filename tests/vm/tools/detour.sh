# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests of the detour share; sourced after lib.sh.

detour() { python3 -IS "$STOPGAP_TOP/tests/vm/tools/detour.py" "$@"; }
on_gw() { in_ns gw python3 -IS "$STOPGAP_TOP/tests/vm/tools/detour.py" "$@"; }

# make_key NAME [SUBJECT]: key and self-signed certificate, as in docs/grants.md
make_key() {
	openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 30 -subj "${2:-/CN=$1}" \
		-keyout "$WORK/$1.key" -out "$WORK/$1.pem" 2>"$WORK/openssl.log" &&
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
lease() {
	on_gw list | python3 -c '
import json, sys
for line in sys.stdin:
    lease = json.loads(line)
    if lease["serial"] == sys.argv[1]:
        print(lease[sys.argv[2]])' "$1" "$2"
}

lease_is() { [ "$(lease "$1" state)" = "$2" ]; }

# ask SERVER [DIG OPTION...]: the address that www.example.test has there
ask() {
	local server=$1
	shift
	in_ns client dig +short +time=1 +tries=1 "$@" "@$server" www.example.test A | grep -v '^;'
}

# start_pair [KIND_A KIND_B]: A on .2 and B on .3, the same zone but for www:
# 203.0.113.80 at A, 203.0.113.81 at B
start_pair() {
	make_zone "$WORK/zone" example.test 10
	sed 's/^www A .*/www A 203.0.113.81/' "$WORK/zone" >"$WORK/zone.b"
	start_dns a "${1:-nsd}" srv 198.51.100.2,2001:db8:2::2 zone "$WORK/zone" example.test &&
		start_dns b "${2:-unbound}" srv 198.51.100.3,2001:db8:2::3 zone "$WORK/zone.b" example.test
}
