# SPDX-License-Identifier: GPL-2.0-or-later
# Whose signatures count: roles and how many of each, the end of a certificate,
# the revocation list; who signed is recorded, and a lease's end is warned of.
# in turn on debug: 158 s
# clock: instructions
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/detour.sh"
require openssl keyctl python3 jq

# want NAME FIELD=VALUE...: a grant, not signed yet; serial NAME
want() { detour make "$WORK/$1" "${@:2}" >"$WORK/$1.serial"; }
serial() { cat "$WORK/$1.serial"; }
# by NAME KEY...: signed by each
by() {
	local name=$1 key
	shift
	for key; do
		[ -e "$WORK/$name.$key" ] || { sign "$WORK/$name" "$key" && mv "$WORK/$name.p7s" "$WORK/$name.$key"; } || return
	done
}
# load NAME KEY...: signed by these and loaded
load() {
	by "$@" || return
	local name=$1
	shift
	on_gw add "$WORK/$name" "${@/#/$WORK/$name.}"
}
state() { echo "$(lease "$(serial "$1")" state) $(lease "$(serial "$1")" reason)"; }
roles() { on_gw list | jq -r "select(.serial == \"$(serial "$1")\") | [.signers[].role] | join(\" \")"; }
role_of() { on_gw trust | jq -r "select(.description // \"\" | test(\"$1\")) | .role"; }
key_id() {
	openssl x509 -in "$WORK/$1.pem" -noout -pubkey | openssl rsa -pubin -RSAPublicKey_out -outform DER 2>/dev/null |
		openssl dgst -sha256 -r | cut -d ' ' -f 1
}

check "two namespaces" make_ns gw other
check "the module loads" load_module
check "three keys" eval 'make_key network /CN=Alice && make_key second /CN=Bob && make_key security /CN=Carol'

# --- what is trusted, and for what
check "a certificate for the network's role" stopgap trust add --role network "$WORK/network.pem"
check "a second one" stopgap trust add --role network "$WORK/second.pem"
check "and one for security" stopgap trust add --role security "$WORK/security.pem"
check_fails "a role is a plain word" "'Net:work': expected" stopgap trust add --role Net:work "$WORK/network.pem"
stopgap trust list -j >"$WORK/list"
is "the list has the roles" "$(jq -c '[.certificates[].role] | sort' "$WORK/list")" '["network","network","security"]'
is "the key's id is what openssl says" "$(jq -r '.certificates[] | select(.description | test("Alice")) | .id' "$WORK/list")" "$(key_id network)"
end=$(date -d "$(openssl x509 -in "$WORK/network.pem" -noout -enddate | cut -d = -f 2)" +%s)
got=$(jq '.certificates[] | select(.description | test("Alice")) | .expires_s' "$WORK/list")
check "its end is the certificate's" test $((got - end)) -ge 0 -a $((got - end)) -le 3
openssl req -x509 -key "$WORK/second.key" -sha256 -days 30 -subj /O=security/CN=Mallory -outform DER -out "$WORK/mallory.der"
check "a certificate whose subject looks like a role" eval 'keyctl padd asymmetric "" %:.stopgap <"$WORK/mallory.der" >"$WORK/mallory"'
is "gets none by that" "$(role_of Mallory)" ""
check "it is taken out again" keyctl unlink "$(cat "$WORK/mallory")" %:.stopgap

# --- roles, ANDed, and so many of each
want both role=network:1 role=security:1
check_fails "one of two roles" '^ENOANO: ' load both network
check_fails "the same one twice" '^ENOANO: ' load both network network
check_fails "two of the same role" '^ENOANO: ' load both network second
want twin role=network:2
check_fails "the other role beside it" '^ENOANO: ' load twin network security
by twin network && check_fails "a signature of another grant among them" '^EKEYREJECTED: ' \
	on_gw add "$WORK/both" "$WORK/both.network" "$WORK/twin.network"
printf 'rest' >"$WORK/rest"
check_fails "something after them" '^EPROTO: ' on_gw add "$WORK/both" "$WORK/both.network" "$WORK/rest"
mapfile -t nine < <(for i in {1..9}; do echo "$WORK/both.network"; done)
check_fails "nine" '^EOVERFLOW: ' on_gw add "$WORK/both" "${nine[@]}"
want bad role=Network:1
check_fails "a role that is no plain word" '^EILSEQ: ' load bad network
check "Alice for security, too" stopgap trust add --role security "$WORK/network.pem"
check_fails "then her key is for neither" '^ENOANO: ' load both network security
check "no more" keyctl unlink "$(on_gw trust | jq 'select(.role == "security" and (.description | test("Alice"))) | .serial')" %:.stopgap
check "both roles: taken" eval 'by both security && stopgap detour start -N gw --arm "$WORK/both" "$WORK/both.network" "$WORK/both.security"'
is "who signed is recorded" "$(roles both | tr ' ' '\n' | sort | xargs)" "network security"
check "and shown" grep -q 'signed by security:/CN=Carol' <(stopgap detour list -N gw)
check "two of one role: taken" load twin network second

# --- the warning before the end
in_ns gw python3 -IS "$STOPGAP_TOP/tests/vm/tools/detour.py" watch 30 4 >"$WORK/watched" &
check "somebody listens" wait_for 10 grep -q watching "$WORK/watched"
want short max_lease=5 server=198.51.100.9
check "a lease of 5 s" eval 'load short network && on_gw start "$(serial short)"'
check "it ends" wait_for 15 lease_is "$(serial short)" ended
check "all was told" wait_for 10 eval '[ "$(grep -c reason "$WORK/watched")" = 4 ]'
is "its end before it came" "$(grep reason "$WORK/watched" | jq -r .reason | xargs)" "granted started ending expired"
is "with the time left" "$(grep '"ending"' "$WORK/watched" | jq '.left_ms <= 2000 and .left_ms > 0 and .state == "active"')" true

# --- the end of a certificate
want long not_after=+3000000
check "a grant that is valid for longer than its signer" load long network
left=$(on_gw list | jq "select(.serial == \"$(serial long)\") | .left_ms / 1000 | floor")
check "ends with the certificate" test "$left" -le $((30 * 86400 + 1)) -a "$left" -gt $((30 * 86400 - 3600))
check "31 days on" detour clock +$((31 * 86400))
want late
check_fails "no signature of that certificate counts" '^EKEYEXPIRED: ' load late network
check_fails "nor is it added again" 'has expired' stopgap trust add "$WORK/network.pem"
check "31 days back" detour clock -$((31 * 86400))

# --- revocation
want never
check "a grant's serial is revoked before it is loaded" stopgap trust revoke "$(serial never)"
check_fails "it is refused" '^ECANCELED: ' load never network
want mine server=198.51.100.10
want hers server=198.51.100.11
check "two detours" eval 'load mine second && load hers network && on_gw start "$(serial mine)" && on_gw start "$(serial hers)"'
want elsewhere server=198.51.100.12
check "and one in another namespace" eval 'by elsewhere second && py -n other detour.py add "$WORK/elsewhere" "$WORK/elsewhere.second"'
check_fails "revoking is not for any user namespace" EPERM \
	unshare -Urn python3 -IS "$STOPGAP_TOP/tests/vm/tools/detour.py" revoke "$(key_id second)"
check_fails "something must be named" '^EINVAL: ' on_gw revoke ''
check "a certificate is revoked" stopgap trust revoke "$WORK/second.pem"
is "what it signed has ended" "$(state mine)" "ended revoked"
is "in every namespace" "$(py -n other detour.py list | jq -r .reason)" revoked
is "also with another's signature beside it" "$(state twin)" "ended revoked"
is "the other goes on" "$(state hers)" "active started"
check_fails "nothing of it starts" '^ETIME: ' on_gw start "$(serial mine)"
check_fails "nor is taken" '^EKEYREVOKED: ' eval 'want again && load again second'
check "the same certificate, added again" stopgap trust add "$WORK/second.pem"
check_fails "does not help" '^EKEYREVOKED: ' load again second
check "an active detour is revoked by its serial" stopgap trust revoke "$(serial hers)"
is "and has ended" "$(state hers)" "ended revoked"
check "the keyring is closed" stopgap trust close
check "revoking goes on" stopgap trust revoke "$(key_id security)"
is "so does what it signed, no more" "$(state both)" "ended revoked"
is "the list shows all four" "$(stopgap trust list -j | jq '.revoked | length')" 4
finish
