# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# PowerDNS Authoritative Server with its BIND backend, for zones without signatures

pdns_conf() {
	local r=$1 dir=$2 z
	for z in ${zones[$r]}; do
		printf 'zone "%s" { type native; file "%s"; };\n' "$z" "$(zone_file "$z" "$r")"
	done >"$dir/named.conf"
	cat >"$dir/pdns.conf" <<-END
		launch=bind
		bind-config=$dir/named.conf
		local-address=${addr[$r]}
		socket-dir=$dir
		setuid=
		setgid=
		disable-syslog=yes
		loglevel=4
		receiver-threads=1
		distributor-threads=1
		cache-ttl=0
		query-cache-ttl=0
		negquery-cache-ttl=0
		zone-cache-refresh-interval=0
		security-poll-suffix=
		${extra[$r]}
	END
}

pdns_cmd() { printf '%s\n' pdns_server "--config-dir=$2" --daemon=no --guardian=no; }
# Zones that came or went, then the contents of those that stayed.
pdns_reload() {
	pdns_control "--config-dir=$2" "--socket-dir=$2" rediscover &&
		pdns_control "--config-dir=$2" "--socket-dir=$2" reload
}
