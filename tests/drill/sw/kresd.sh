# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086
# Knot Resolver's kresd

kresd_conf() {
	local r=$1 dir=$2 a
	{
		printf "log_target('stderr')\ncache.open(20 * MB, 'lmdb://%s/cache')\n" "$dir"
		for a in ${listen[$r]:-${addr[$r]} ${addr6[$r]} 127.0.0.1}; do
			printf "net.listen('%s', 53, { kind = 'dns', freebind = true })\n" "$a"
		done
		printf "modules = { 'hints > iterate', 'view', 'policy' }\n"
		printf "hints.root_file('%s/root.hints')\ntrust_anchors.remove('.')\n" "$D"
		[ -z "${anchor[$r]}" ] || printf "trust_anchors.add_file('%s', true)\n" "${anchor[$r]}"
		printf '%s\n' "${kresd_first[$r]:-}"
		for a in 127.0.0.0/8 ${allow[$r]}; do
			printf "view:addr('%s', policy.all(policy.%s))\n" "$a" \
				"$([ -z "${fwd[$r]}" ] && echo PASS || kresd_forward "$r")"
		done
		printf "view:addr('0.0.0.0/0', policy.all(policy.%s))\n" "${kresd_else:-REFUSE}"
		printf "view:addr('::/0', policy.all(policy.%s))\n" "${kresd_else:-REFUSE}"
		printf '%s\n' "${extra[$r]}"
	} >"$dir/kresd.conf"
}

declare -gA kresd_first

kresd_forward() {
	local a out=
	for a in ${fwd[$1]}; do out+="'$a', "; done
	if [ -n "${anchor[$1]}" ]; then
		printf 'FORWARD({ %s })' "${out%, }"
	else
		printf 'STUB({ %s })' "${out%, }"
	fi
}

kresd_cmd() { printf '%s\n' kresd -n -c "$2/kresd.conf" "$2"; }
# It reads its configuration only at the start: systemctl restart is the way.
kresd_reload() { resolver_restart "$1"; }
kresd_flush() { rm -rf "$2/cache" && resolver_restart "$1"; }
