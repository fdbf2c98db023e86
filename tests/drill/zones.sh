# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# What operators do to zones in the drill; see lib.sh.

# bump_serial FILE: as after an edit
bump_serial() {
	awk '$4 == "SOA" { $7++ } { print }' "$1" >"$1.bumped" && mv "$1.bumped" "$1"
}

# renumber ZONE: its hosts move to other addresses
renumber() {
	awk '$4 == "A" && $1 !~ /^ns[0-9]/ { split($5, a, "."); $5 = a[1] "." (a[2] + 7) % 256 "." (a[3] + 1) % 256 "." a[4] }
		{ print }' "$D/zones/$1.zone" >"$D/zones/new" &&
		mv "$D/zones/new" "$D/zones/$1.zone" && bump_serial "$D/zones/$1.zone"
}

zone_time() { date -u -d "@$(($(date +%s) + $1 * 86400))" +%Y%m%d%H%M%S; }

# resign ZONE same|new FROM_DAYS TO_DAYS: sign it again, with the keys that it
# has or with new ones that its parent does not know, valid between those days
resign() (
	cd "$D/zones" || exit 1
	if [ "$2" = new ]; then
		mkdir -p "old-$1"
		mv "K$1."+* "old-$1/"
		ldns-keygen -k -a ECDSAP256SHA256 "$1." && ldns-keygen -a ECDSAP256SHA256 "$1." || exit 1
	fi >/dev/null
	bump_serial "$1.zone"
	keys=()
	for k in "K$1."+*.private; do keys+=("${k%.private}"); done
	ldns-signzone -i "$(zone_time "$3")" -e "$(zone_time "$4")" -f "$1.signed" "$1.zone" "${keys[@]}"
)

# auth_reload: every authoritative server reads its zones again
auth_reload() {
	local r
	for r in "${AUTH_ROLES[@]}"; do resolver_reload "$r" || return 1; done
}

# secondary ROLE ZONE ADDRESS: that role transfers the zone from there
secondary() { primary[$1/$2]=$3; }

# drop_type NS DEV TYPE: a filter that looks into queries and drops one type. The
# type's place depends on the length of the name, so there is a rule per length.
drop_type() {
	local len at
	firewall "$1" || return 1
	for ((len = 26; len < 140; len++)); do
		for at in $((len - 4)) $((len - 15)); do
			[ $at -ge 22 ] || continue
			echo "add rule inet drill through iifname $2 udp dport 53 udp length $len" \
				"@th,$((at * 8)),32 $(($3 * 65536 + 1)) drop"
		done
	done >"$D/drop_type"
	inside "$1" nft -f "$D/drop_type"
}
