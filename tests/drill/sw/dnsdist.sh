# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# dnsdist in front of a resolver of the same host

dnsdist_conf() {
	local r=$1 dir=$2 a
	{
		printf "setACL({'0.0.0.0/0', '::/0'})\nsetSecurityPollSuffix('')\n"
		for a in ${addr[$r]} ${addr6[$r]}; do
			[[ $a != *:* ]] || a="[$a]"
			printf "addLocal('%s:53')\n" "$a"
		done
		printf "newServer({ address = '127.0.0.2:53', healthCheckMode = 'up' })\n"
		printf '%s\n' "${extra[$r]}"
	} >"$dir/dnsdist.conf"
}

dnsdist_cmd() { printf '%s\n' dnsdist --supervised --disable-syslog -u root -g root -C "$2/dnsdist.conf"; }
dnsdist_reload() { resolver_restart "$1"; }
