# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034
# The demo's network, smaller than the drill's, in few commands: starting a
# program is what costs time in an emulated machine.
#
#   c1..c5 10.9.0.11-15 ── lan r1 wan ── core ── a, b 198.51.100.53 .54
#                                        core ── inet: root, TLD, zones
#
# Reads the plan's addresses; sets up what lib.sh's inside and servers need.

# batch: commands of ip(8) from stdin, all at once
batch() { ip -batch - >/dev/null; }
batch_in() { ip -n "$NSP-$1" -batch - >/dev/null; }

cables() {	# one "NS1 DEV1 NS2 DEV2" per line
	while read -r n1 d1 n2 d2; do
		echo "link add name $d1 netns $NSP-$n1 type veth peer name $d2 netns $NSP-$n2"
	done
}

demo_spaces() {
	local n
	{
		for n in c1 c2 c3 c4 c5 r1 core a b inet; do echo "netns add $NSP-$n"; done
	} | batch || return
	{
		for n in 1 2 3 4 5; do echo "c$n eth0 r1 p$n"; done
		printf '%s\n' 'r1 wan core site1' 'a eth0 core pa' 'b eth0 core pb' 'core uplink inet core'
	} | cables | batch
}

# up_with NS DEV ADDRESS/LEN GATEWAY: what a host has
up_with() {
	batch_in "$1" <<-END
		link set lo up
		addr add $3 dev $2
		link set $2 up
		route add default via $4
	END
}

demo_hosts() {
	local n v
	for n in 1 2 3 4 5; do
		v=ADDR_C$n
		up_with "c$n" eth0 "${!v}/24" "$P1.254" || return
	done
	up_with a eth0 "$ADDR_A/24" "$SRV.254" && up_with b eth0 "$ADDR_B/24" "$SRV.254"
}

# The authoritative servers share one host, with an address each.
demo_inet() {
	local r
	{
		printf '%s\n' 'link set lo up' "addr add $UP.1/24 dev core" 'link set core up' \
			"route add default via $UP.2"
		for r in ROOT TLD X1 X2 X3; do echo "addr add ${addr[$r]}/32 dev lo"; done
	} | batch_in inet
}

demo_gateway() {
	{
		printf '%s\n' 'link set lo up' 'link add lan type bridge forward_delay 0' \
			"addr add $P1.254/24 dev lan" 'link set lan up' "addr add $W1.2/24 dev wan" \
			'link set wan up' "route add default via $W1.1"
		for n in 1 2 3 4 5; do printf '%s\n' "link set p$n master lan" "link set p$n up"; done
	} | batch_in r1 &&
		batch_in core <<-END
			link set lo up
			link add srv type bridge forward_delay 0
			addr add $SRV.254/24 dev srv
			link set srv up
			link set pa master srv
			link set pb master srv
			link set pa up
			link set pb up
			addr add $W1.1/24 dev site1
			link set site1 up
			addr add $UP.2/24 dev uplink
			link set uplink up
			route add $P1.0/24 via $W1.2
			route add default via $UP.1
		END
}

demo_net() {
	local n r
	demo_spaces && demo_hosts && demo_inet && demo_gateway || return
	for n in r1 core; do
		inside $n sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' || return
	done
	for r in ROOT TLD X1 X2 X3; do ns[$r]=inet; done
	for r in A B C1 C2 C3 C4 C5; do addr6[$r]=''; done
}
