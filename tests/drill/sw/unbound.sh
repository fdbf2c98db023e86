# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# unbound as a recursive resolver or forwarder

unbound_conf() {
	local r=$1 dir=$2 a
	{
		printf 'server:\n'
		if [ -n "${listen[$r]}" ]; then
			printf '\tinterface: %s\n' ${listen[$r]}
		else
			printf '\tinterface: %s\n' "${addr[$r]}" ${addr6[$r]} 127.0.0.1
		fi
		printf '\taccess-control: 127.0.0.0/8 allow\n'
		for a in ${allow[$r]}; do printf '\taccess-control: %s allow\n' "$a"; done
		printf '\troot-hints: "%s/root.hints"\n' "$D"
		if [ -n "${anchor[$r]}" ]; then
			printf '\tmodule-config: "%s"\n\ttrust-anchor-file: "%s"\n' \
				"${anchor_modules[$r]:-validator iterator}" "${anchor[$r]}"
		else
			printf '\tmodule-config: "iterator"\n'
		fi
		cat <<-END
			directory: "$dir"
			pidfile: "$dir/pid"
			chroot: ""
			username: ""
			use-syslog: no
			do-daemonize: no
			num-threads: 1
			do-ip6: yes
			prefer-ip4: yes
			ede: yes
			val-log-level: 1
		END
		printf '\t%s\n' "${extra[$r]:-verbosity: 1}"
		printf 'remote-control:\n\tcontrol-enable: yes\n\tcontrol-interface: "%s/ctl"\n' "$dir"
		printf '\tcontrol-use-cert: no\n'
		[ -z "${fwd[$r]}" ] || printf 'forward-zone:\n\tname: "."\n'
		for a in ${fwd[$r]}; do printf '\tforward-addr: %s\n' "$a"; done
		printf '%s\n' "${unbound_tail[$r]:-}"
	} >"$dir/unbound.conf"
}
declare -gA unbound_tail anchor_modules

unbound_cmd() { printf '%s\n' unbound -d -c "$2/unbound.conf"; }
unbound_reload() { unbound-control -c "$2/unbound.conf" reload; }
unbound_flush() { unbound-control -c "$2/unbound.conf" reload; }
