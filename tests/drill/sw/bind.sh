# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# BIND's named, as a resolver or as an authoritative server

bind_list() { printf '%s; ' "$@"; }

bind_conf() {
	local r=$1 dir=$2 v6=${addr6[$1]}
	[ -e "$dir/rndc.key" ] || printf 'key "k" { algorithm hmac-sha256; secret "%s"; };\n' \
		"$(head -c 24 /dev/urandom | base64)" >"$dir/rndc.key"
	{
		printf 'include "%s/rndc.key";\n' "$dir"
		printf 'controls { inet 127.0.0.1 port 953 allow { 127.0.0.1; } keys { "k"; }; };\n'
		cat <<-END
			options {
				directory "$dir";
				pid-file "$dir/pid";
				session-keyfile "$dir/session.key";
				managed-keys-directory "$dir";
				allow-query { any; };
				querylog no;
		END
		# shellcheck disable=SC2086
		if [ -n "${listen[$r]}" ]; then
			printf '\tlisten-on { %s };\n' "$(bind_list ${listen[$r]})"
		else
			printf '\tlisten-on { %s; 127.0.0.1; };\n' "${addr[$r]}"
		fi
		[ -z "${listen[$r]}" ] || v6=none
		printf '\tlisten-on-v6 { %s; };\n' "${v6:-none}"
		bind_options "$r"
		[ -z "${extra[$r]}" ] || printf '\t%s\n' "${extra[$r]}"
		printf '};\n'
		bind_zones "$r"
	} >"$dir/named.conf"
}

bind_options() {
	local r=$1
	if [ "${recurse[$r]}" != yes ]; then
		printf '\trecursion no;\n\tdnssec-validation no;\n'
		return
	fi
	# shellcheck disable=SC2086
	printf '\trecursion yes;\n\tallow-recursion { localhost; %s };\n\tallow-query-cache { localhost; %s };\n' \
		"$(bind_list ${allow[$r]})" "$(bind_list ${allow[$r]})"
	# shellcheck disable=SC2086
	[ -z "${fwd[$r]}" ] || printf '\tforward only;\n\tforwarders { %s };\n' "$(bind_list ${fwd[$r]})"
	printf '\tdnssec-validation %s;\n' "$([ -n "${anchor[$r]}" ] && echo yes || echo no)"
}

bind_zones() {
	local r=$1 z
	for z in ${zones[$r]}; do
		if [ -n "${primary[$r/$z]:-}" ]; then
			printf 'zone "%s" { type secondary; file "%s/copy.%s"; primaries { %s; };' \
				"$z" "$D/conf/$r" "$z" "${primary[$r/$z]}"
			printf ' min-refresh-time 1; min-retry-time 1; masterfile-format text; };\n'
			continue
		fi
		printf 'zone "%s" { type primary; file "%s"; %s };\n' "$z" "$(zone_file "$z" "$r")" \
			"${zone_options[$r/$z]:-}"
	done
	printf '%s\n' "${zone_blocks[$r]:-}"
	[ "${recurse[$r]}" = yes ] || return 0
	printf 'zone "." { type hint; file "%s/root.hints"; };\n' "$D"
	[ -n "${anchor[$r]}" ] || return 0
	awk '{ printf "trust-anchors { . static-key %s %s %s \"", $5, $6, $7
	       for (i = 8; i <= NF; i++) printf "%s", $i
	       print "\"; };" }' "${anchor[$r]}"
}
declare -gA zone_options zone_blocks

bind_cmd() { printf '%s\n' named -g -n 1 -c "$2/named.conf"; }
bind_rndc() {
	local r=$1 dir=$2
	shift 2
	inside "${ns[$r]}" rndc -s 127.0.0.1 -p 953 -k "$dir/rndc.key" "$@"
}
bind_reload() { bind_rndc "$1" "$2" reload; }
bind_flush() { bind_rndc "$1" "$2" flush; }
