# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# Knot DNS, authoritative

knot_conf() {
	local r=$1 dir=$2 z
	{
		cat <<-END
			server:
			    rundir: "$dir"
			    listen: ${addr[$r]}@53
			    udp-workers: 1
			    tcp-workers: 1
			    background-workers: 1
			log:
			  - target: stderr
			    any: warning
			database:
			    storage: "$dir"
			template:
			  - id: default
			    storage: "$dir"
			    zonefile-sync: -1
			    semantic-checks: off
		END
		printf '%s\n' "${extra[$r]}"
		for z in ${zones[$r]}; do
			[ -z "${primary[$r/$z]:-}" ] ||
				printf 'remote:\n  - id: "of-%s"\n    address: %s\n' "$z" "${primary[$r/$z]}"
		done
		printf 'zone:\n'
		for z in ${zones[$r]}; do
			if [ -n "${primary[$r/$z]:-}" ]; then
				printf '  - domain: "%s"\n    file: "copy.%s"\n    master: "of-%s"\n' "$z" "$z" "$z"
				printf '    refresh-min-interval: 2\n    retry-min-interval: 1\n    expire-min-interval: 3\n'
				continue
			fi
			printf '  - domain: "%s"\n    file: "%s"\n' "$z" "$(zone_file "$z" "$r")"
			[ -z "${zone_options[$r/$z]:-}" ] || printf '    %s\n' "${zone_options[$r/$z]}"
		done
		printf '%s\n' "${zone_blocks[$r]:-}"
	} >"$dir/knot.conf"
}

knot_cmd() { printf '%s\n' knotd -c "$2/knot.conf" -s "$2/ctl"; }
knot_reload() { knotc -s "$2/ctl" reload; }
