# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# NSD, authoritative

nsd_conf() {
	local r=$1 dir=$2 z
	{
		cat <<-END
			server:
				ip-address: ${addr[$r]}
				zonesdir: "$dir"
				database: ""
				pidfile: "$dir/pid"
				xfrdfile: "$dir/xfrd.state"
				zonelistfile: "$dir/zone.list"
				logfile: "$dir/log"
				username: ""
				server-count: 1
				rrl-ratelimit: 0
				rrl-whitelist-ratelimit: 0
				hide-version: no
				xfrd-reload-timeout: 1
				${extra[$r]:-verbosity: 1}
			remote-control:
				control-enable: yes
				control-interface: $dir/ctl
		END
		for z in ${zones[$r]}; do
			if [ -n "${primary[$r/$z]:-}" ]; then
				printf 'zone:\n\tname: "%s"\n\tzonefile: "copy.%s"\n\trequest-xfr: AXFR %s NOKEY\n' \
					"$z" "$z" "${primary[$r/$z]}"
				continue
			fi
			printf 'zone:\n\tname: "%s"\n\tzonefile: "%s"\n' "$z" "$(zone_file "$z" "$r")"
			[ -z "${zone_options[$r/$z]:-}" ] || printf '\t%s\n' "${zone_options[$r/$z]}"
		done
		printf '%s\n' "${zone_blocks[$r]:-}"
	} >"$dir/nsd.conf"
}

nsd_cmd() { printf '%s\n' nsd -d -c "$2/nsd.conf"; }
nsd_reload() { nsd-control -c "$2/nsd.conf" reconfig && nsd-control -c "$2/nsd.conf" reload; }
