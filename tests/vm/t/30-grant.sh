# SPDX-License-Identifier: GPL-2.0-or-later
# Every grant that must be refused is refused, each with its own errno and
# sentence, and traffic stays as it was.
# in turn on debug: 71 s
# clock: instructions
# limit: 300
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 dig nsd unbound conntrack

untouched() { [ "$(ask 198.51.100.2)" = 203.0.113.80 ] && [ "$(ask 198.51.100.2 +tcp)" = 203.0.113.80 ]; }

# refused DESCRIPTION ERRNO SENTENCE GRANT [SIGNATURE]
refused() {
	local what=$1 want="^$2: .*$3"
	shift 3
	check_fails "$what" "$want" on_gw add "$@"
}

# refused_field DESCRIPTION ERRNO SENTENCE FIELD=VALUE...: signed by the customer
refused_field() {
	local what=$1 err=$2 text=$3
	shift 3
	grant "f$points" "$@" >"$WORK/serial"
	refused "$what" "$err" "$text" "$WORK/f${points}" "$WORK/f${points}.p7s"
}

check "client - gateway - server" make_path
check "A and B run" start_pair
check "the module loads" load_module
check "keys and certificates" eval 'make_key customer /CN=Customer && make_key stranger'
check "a query is answered by A" untouched

grant good >"$WORK/serial"
good=$(cat "$WORK/serial")
refused "no certificate is trusted" ENOKEY 'keyring .stopgap is empty' "$WORK/good" "$WORK/good.p7s"
printf 'no signature at all' >"$WORK/noise"
refused "nobody trusted: no signature is even parsed" ENOKEY 'is empty' "$WORK/good" "$WORK/noise"
check "root adds the customer's certificate" trust customer
is "it is in the list" "$(on_gw trust | grep -c '"description": "customer"')" 1

refused "unsigned" ENODATA 'not signed' "$WORK/good"
sign "$WORK/good" stranger
refused "unknown signer" EACCES 'not in the keyring' "$WORK/good" "$WORK/good.p7s"
sign "$WORK/good" customer
cp "$WORK/good" "$WORK/tampered"
printf '\x04' | dd of="$WORK/tampered" bs=1 seek=95 conv=notrunc status=none
refused "tampered: another fallback" EKEYREJECTED 'does not match' "$WORK/tampered" "$WORK/good.p7s"
refused "the signature is no CMS" EPROTO 'not a detached CMS' "$WORK/good" "$WORK/noise"
head -c 9000 /dev/zero >"$WORK/long"
refused "the signature is too long" E2BIG '8192' "$WORK/good" "$WORK/long"
openssl cms -sign -binary -nocerts -md sha256 -outform DER -signer "$WORK/customer.pem" \
	-inkey "$WORK/customer.key" -in "$WORK/good" -out "$WORK/attr.p7s"
refused "signed attributes left in" EKEYREJECTED 'signed attributes' "$WORK/good" "$WORK/attr.p7s"
openssl cms -sign -binary -noattr -nocerts -nodetach -md sha256 -outform DER \
	-signer "$WORK/customer.pem" -inkey "$WORK/customer.key" -in "$WORK/good" -out "$WORK/in.p7s"
refused "the signature has the grant inside" EPROTO 'not a detached' "$WORK/good" "$WORK/in.p7s"

refused_field "expired" ETIME 'has expired' issued=-7200 not_before=-7200 not_after=-60
refused_field "not valid yet" EAGAIN 'not valid yet' not_before=+600
refused_field "another purpose" EPROTOTYPE 'another purpose' purpose=2
refused_field "another magic" EBADMSG 'not a grant' magic=StopgapL
refused_field "another version" ENOTSUP 'version' version=2
refused_field "another size" EBADE 'size field' size=255
refused_field "a reserved byte" EBADR 'reserved byte' byte255=1
refused_field "a serial of zero" EIDRM 'serial' serial=00000000000000000000000000000000
refused_field "A and B of two families" EAFNOSUPPORT 'family' fallback=2001:db8::1
refused_field "B is loopback" EADDRNOTAVAIL 'loopback' fallback=127.0.0.1
refused_field "A is multicast" EADDRNOTAVAIL 'multicast' server=224.0.0.251
refused_field "A is B" ENOTUNIQ 'same address' fallback=198.51.100.2
refused_field "a prefix too long" ERANGE 'longer than' clients=192.0.2.0/33
refused_field "bits past the prefix" EINVAL 'past its length' clients=192.0.2.1/24
refused_field "no protocol" EPROTONOSUPPORT 'protocols' protocols=0
refused_field "port 0" ENXIO 'port is 0' port=0
refused_field "no lease" EDOM 'lease' max_lease=0
refused_field "a lease too long" EDOM '86400' max_lease=86401
refused_field "valid before it is issued" EBADSLT 'issued' not_before=-60
refused_field "valid too long" EBADSLT '366 days' not_after=+32000000
refused_field "an unknown flag" EBADRQC 'flag' flags=2
refused_field "a condition without standing" ELNRNG 'standing' when_ms=5
head -c 255 "$WORK/good" >"$WORK/short"
refused "255 bytes" EMSGSIZE '256 bytes' "$WORK/short" "$WORK/good.p7s"
cat "$WORK/good" "$WORK/good" >"$WORK/double"
refused "512 bytes" EMSGSIZE '256 bytes' "$WORK/double" "$WORK/good.p7s"
check_fails "starting what was never granted" '^ENOENT: no grant' on_gw start "$good"
is "nothing is loaded for all that" "$(on_gw list)" ""
check "A answers as before" untouched
is "no connection is tracked" "$(in_ns gw conntrack -C 2>/dev/null)" 0

check "the good one is accepted" add good
is "it is armed" "$(lease "$good" state) $(lease "$good" reason)" 'armed granted'
check "the signer is named" test "$(lease "$good" signer)" = customer
check "A answers as long as it is not started" untouched
refused "the same again" EEXIST 'loaded already' "$WORK/good" "$WORK/good.p7s"
check_fails "the same in another network namespace" '^ESTALE: .*used before' \
	py -n srv detour.py add "$WORK/good" "$WORK/good.p7s"
check_fails "resuming what is not withdrawn" '^EISCONN: ' on_gw resume "$good"
check "it starts" on_gw start "$good"
check_fails "it does not start twice" '^EALREADY: ' on_gw start "$good"
is "B answers" "$(ask 198.51.100.2)" 203.0.113.81

grant overlap clients=192.0.2.0/25 >"$WORK/serial" && check "a second grant for the same" add overlap
check_fails "overlapping: refused at its start" '^EADDRINUSE: ' on_gw start "$(cat "$WORK/serial")"
grant chain server=198.51.100.3 fallback=198.51.100.4 clients=10.0.0.0/8 >"$WORK/serial" &&
	check "a grant from B to C" add chain
check_fails "a chain is refused" '^ELOOP: ' on_gw start "$(cat "$WORK/serial")"
grant loop server=198.51.100.3 fallback=198.51.100.2 >"$WORK/serial" &&
	check "a grant from B to A" add loop
check_fails "a loop is refused" '^ELOOP: ' on_gw start "$(cat "$WORK/serial")"

check "withdrawn" on_gw withdraw "$good"
is "A answers again" "$(ask 198.51.100.2)" 203.0.113.80
check_fails "withdrawing twice" '^EBADFD: ' on_gw withdraw "$good"
check_fails "starting what was withdrawn" '^EBADFD: .*resume' on_gw start "$good"

grant brief max_lease=1 >"$WORK/serial"
brief=$(cat "$WORK/serial")
check "a lease of one second" eval 'add brief && on_gw start "$brief"'
check "it ends" wait_for 10 lease_is "$brief" ended
check_fails "a used serial is not taken again" '^ESTALE: .*used before' add brief
check_fails "an ended lease does not start" '^ETIME: ' on_gw start "$brief"

check "the keyring is closed" keyctl restrict_keyring %:.stopgap
check_fails "it takes no more certificates" 'not permitted|Operation' trust stranger
is "and says so" "$(on_gw trust | grep -c '"closed": true')" 1
check_fails "without CAP_NET_ADMIN nothing is even shown" 'EPERM' \
	in_ns gw setpriv --bounding-set=-net_admin --inh-caps=-net_admin python3 -IS "$STOPGAP_TOP/tests/vm/tools/detour.py" list
check "A answers, to the end" untouched
finish
