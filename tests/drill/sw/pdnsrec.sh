# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# PowerDNS Recursor

pdnsrec_conf() {
	local r=$1 dir=$2 join
	{
		cat <<-END
			config-dir=$dir
			socket-dir=$dir
			local-port=53
			hint-file=$D/root.hints
			lua-config-file=$dir/anchors.lua
			security-poll-suffix=
			extended-resolution-errors=yes
			dnssec=$([ -n "${anchor[$r]}" ] && echo validate || echo off)
			threads=1
			loglevel=4
			disable-syslog=yes
			setuid=
			setgid=
			dont-query=
		END
		join="${listen[$r]:-${addr[$r]} ${addr6[$r]} 127.0.0.1}"
		printf 'local-address=%s\n' "${join// /,}"
		join="127.0.0.0/8 ${allow[$r]}"
		printf 'allow-from=%s\n' "${join// /,}"
		[ -z "${fwd[$r]}" ] || printf 'forward-zones-recurse=.=%s\n' "${fwd[$r]// /;}"
		printf '%s\n' "${extra[$r]}"
	} >"$dir/recursor.conf"
	printf 'clearTA(".")\n' >"$dir/anchors.lua"
	[ -z "${anchor[$r]}" ] || awk '{ print "addTA(\".\", \"" $5, $6, $7, $8 "\")" }' \
		"${anchor[$r]%.key}.ds" >>"$dir/anchors.lua"
	printf '%s\n' "${pdns_lua[$r]:-}" >>"$dir/anchors.lua"
}
declare -gA pdns_lua

pdnsrec_cmd() { printf '%s\n' pdns_recursor "--config-dir=$2" --daemon=no; }
pdnsrec_ctl() {
	local r=$1 dir=$2
	shift 2
	rec_control "--config-dir=$dir" "--socket-dir=$dir" "$@"
}
pdnsrec_reload() {
	pdnsrec_ctl "$1" "$2" reload-acls && pdnsrec_ctl "$1" "$2" reload-lua-config &&
		pdnsrec_ctl "$1" "$2" reload-zones
}
pdnsrec_flush() { pdnsrec_ctl "$1" "$2" wipe-cache '.$'; }
