# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# dnsmasq as a forwarder

dnsmasq_conf() {
	local r=$1 dir=$2 a
	{
		cat <<-END
			no-resolv
			no-hosts
			no-daemon
			bind-interfaces
			cache-size=500
			user=root
			group=root
			pid-file=$dir/pid
			edns-packet-max=1232
		END
		for a in ${listen[$r]:-${addr[$r]} ${addr6[$r]} 127.0.0.1}; do
			printf 'listen-address=%s\n' "$a"
		done
		for a in ${fwd[$r]}; do printf 'server=%s\n' "$a"; done
		printf '%s\n' "${extra[$r]}"
	} >"$dir/dnsmasq.conf"
}

dnsmasq_cmd() { printf '%s\n' dnsmasq -k -C "$2/dnsmasq.conf"; }
dnsmasq_reload() { resolver_restart "$1"; }
dnsmasq_flush() { kill -HUP "${pid[$1]}"; }
