# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# A small Internet on the loopback addresses of a network namespace: a signed root, five
# zones, their servers right and wrong, and resolvers right and wrong. Sourced by
# tests/lanes/28-probe, after tests/tap.sh.
#
#   127.0.1.1  nsd    the root and every zone, as it should be
#   127.0.1.3  knot   stale. with an older serial; lame. is delegated to it, in vain
#   127.0.1.4  named  a secondary of expired. whose primary is gone
#   127.0.2.1  unbound, well; 127.0.2.6 the same behind a filter that drops EDNS
#   127.0.2.2  named, access list without us
#   127.0.2.3  pdns-recursor, well
#   127.0.2.4  dnsmasq, forwards to 127.0.2.1
#   127.0.2.5  unbound without TCP
#   127.0.2.7  nothing listens; 127.0.2.8 nothing comes back
#   127.0.2.9  unbound with a wrong trust anchor

pids=()

N() { ip netns exec "$ns" "$@"; }

# run NAME COMMAND...: a server of its own, ended by the lane
run() {
	local name=$1
	shift
	mkdir -p "$work/$name"
	(cd "$work/$name" && exec ip netns exec "$ns" "$@") >"$work/$name/log" 2>&1 &
	pids+=($!)
}

net_down() {
	local p
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null; done
	for p in "${pids[@]}"; do wait "$p" 2>/dev/null; done
	ip netns del "$ns" 2>/dev/null
	rm -rf "$work"
}

# zone ORIGIN SERIAL [NS=ADDRESS...]: a small zone on stdout
zone() {
	local origin=$1 serial=$2 i
	shift 2
	printf '$ORIGIN %s\n$TTL 60\n@ SOA a.%s host.%s %s 3600 600 86400 60\n' \
		"$origin" "${origin#.}" "${origin#.}" "$serial"
	for i; do
		printf '@ NS %s\n%s A %s\n' "${i%=*}" "${i%=*}" "${i#*=}"
	done
	printf 'www A 203.0.113.80\nwww AAAA 2001:db8::80\n'
}

# delegate ZONE NS=ADDRESS...: its part of the root
delegate() {
	local z=$1 i
	shift
	for i; do
		printf '%s NS %s.%s\n%s.%s A %s\n' "$z" "${i%=*}" "$z" "${i%=*}" "$z" "${i#*=}"
	done
}

# key ORIGIN NAME: makes a key, $work/z/NAME.{key,private,ds}
key() {
	local k
	k=$(cd "$work/z" && ldns-keygen -a ECDSAP256SHA256 -k "$1") || return
	for i in key private ds; do mv "$work/z/$k.$i" "$work/z/$2.$i"; done
}

sign() { # NAME KEY
	(cd "$work/z" && ldns-signzone -f "$1.signed" "$1" "$2")
}

make_zones() {
	mkdir -p "$work/z"
	key . root && key . wrong && key good. good && key bogus. bogus && key bogus. other || return
	zone good. 10 a=127.0.1.1 b=127.0.1.1 >"$work/z/good"
	zone bogus. 10 a=127.0.1.1 >"$work/z/bogus"
	zone stale. 20 a=127.0.1.1 b=127.0.1.3 >"$work/z/stale"
	zone stale. 10 a=127.0.1.1 b=127.0.1.3 >"$work/z/stale.old"
	zone lame. 10 a=127.0.1.1 b=127.0.1.3 >"$work/z/lame"
	zone expired. 10 a=127.0.1.1 b=127.0.1.4 >"$work/z/expired"
	{
		printf '$ORIGIN .\n$TTL 60\n@ SOA a.root. host.root. 10 3600 600 86400 60\n@ NS a.root.\na.root. A 127.0.1.1\n'
		delegate good. a=127.0.1.1 b=127.0.1.1
		delegate bogus. a=127.0.1.1
		delegate stale. a=127.0.1.1 b=127.0.1.3
		delegate lame. a=127.0.1.1 b=127.0.1.3
		delegate expired. a=127.0.1.1 b=127.0.1.4
		cat "$work/z/good.ds" "$work/z/other.ds"
	} >"$work/z/root"
	# The parent knows another key of bogus. than the one it is signed with.
	sign good good && sign bogus bogus && sign root root
	echo '. NS a.root.
a.root. A 127.0.1.1' >"$work/z/hints"
}

nsd_conf() {
	local z
	cat <<-END
	server:
	  server-count: 1
	  username: ""
	  chroot: ""
	  zonesdir: "$work/z"
	  database: ""
	  zonelistfile: "$work/nsd/zone.list"
	  xfrdfile: "$work/nsd/xfrd.state"
	  xfrdir: "$work/nsd"
	  pidfile: "$work/nsd/pid"
	  nsid: "ascii_the-one"
	  rrl-ratelimit: 0
	  ip-address: 127.0.1.1
	remote-control:
	  control-enable: no
	END
	for z in .:root.signed good:good.signed bogus:bogus.signed stale:stale lame:lame expired:expired; do
		printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "${z%:*}" "${z#*:}"
	done
}

knot_conf() {
	cat <<-END
	server:
	  rundir: "$work/knot"
	  udp-workers: 1
	  tcp-workers: 1
	  background-workers: 1
	  listen: [ 127.0.1.3@53 ]
	database:
	  storage: "$work/knot/db"
	log:
	  - target: stderr
	    any: warning
	zone:
	  - domain: stale.
	    file: "$work/z/stale.old"
	    zonefile-sync: -1
	    journal-content: none
	END
}

named_conf() {
	cat <<-END
	options {
	  directory "$work/named";
	  pid-file "$work/named/pid";
	  session-keyfile "$work/named/session.key";
	  lock-file none;
	  listen-on { 127.0.1.4; 127.0.2.2; };
	  listen-on-v6 { none; };
	  dnssec-validation no;
	  recursion yes;
	  allow-recursion { 10.0.0.0/8; };
	  allow-query { any; };
	  allow-query-cache { 10.0.0.0/8; };
	};
	controls { };
	zone "." { type hint; file "$work/z/hints"; };
	zone "expired." { type secondary; primaries { 127.0.1.9; }; file "none"; };
	END
}

# unbound_conf NAME ANCHOR ADDRESS[,ADDRESS] [LINE]
unbound_conf() {
	cat <<-END
	server:
	  chroot: ""
	  username: ""
	  directory: "$work/$1"
	  pidfile: "$work/$1/pid"
	  use-syslog: no
	  num-threads: 1
	  so-rcvbuf: 0
	  ede: yes
	  do-ip6: no
	  do-not-query-localhost: no
	  access-control: 0.0.0.0/0 allow_snoop
	  root-hints: "$work/z/hints"
	  trust-anchor-file: "$work/z/$2.key"
	$(printf '  interface: %s\n' ${3//,/ })
	  ${4:-}
	remote-control:
	  control-enable: no
	END
}

pdns_conf() {
	cat <<-END
	local-address=127.0.2.3
	socket-dir=$work/pdns
	hint-file=$work/z/hints
	dont-query=
	dnssec=validate
	lua-config-file=$work/pdns/lua
	query-local-address=0.0.0.0
	daemon=no
	write-pid=no
	threads=1
	nsec3-max-iterations=100
	extended-resolution-errors=yes
	security-poll-suffix=
	END
}

start_servers() {
	local d
	for d in nsd knot/db named ub notcp anchor pdns; do mkdir -p "$work/$d"; done
	nsd_conf >"$work/nsd/conf"
	knot_conf >"$work/knot/conf"
	named_conf >"$work/named/conf"
	unbound_conf ub root 127.0.2.1,127.0.2.6 >"$work/ub/conf"
	unbound_conf notcp root 127.0.2.5 'do-tcp: no' >"$work/notcp/conf"
	unbound_conf anchor wrong 127.0.2.9 >"$work/anchor/conf"
	pdns_conf >"$work/pdns/recursor.conf"
	awk '$3 == "DS" || $4 == "DS" { sub(/.*DS[ \t]+/, ""); sub(/[ \t]*;.*/, ""); print "addDS(\".\", \"" $0 "\")" }' \
		"$work/z/root.ds" >"$work/pdns/lua"
	sed -i '1i clearDS(".")' "$work/pdns/lua"
	run nsd nsd -d -c "$work/nsd/conf"
	run knot knotd -c "$work/knot/conf"
	run named named -g -c "$work/named/conf"
	run ub unbound -d -c "$work/ub/conf"
	run notcp unbound -d -c "$work/notcp/conf"
	run anchor unbound -d -c "$work/anchor/conf"
	run pdns pdns_recursor --config-dir="$work/pdns"
	run dnsmasq dnsmasq -k -C /dev/null --no-resolv --no-hosts --bind-interfaces \
		--listen-address=127.0.2.4 --server=127.0.2.1 --user=root --pid-file= --cache-size=0
}

answers() { N dig +time=1 +tries=1 +norec @"$1" "$2" SOA; }

net_up() {
	ip netns add "$ns" && ip -n "$ns" link set lo up || return
	# named listens at addresses that an interface has by itself.
	ip -n "$ns" addr add 127.0.1.4/32 dev lo && ip -n "$ns" addr add 127.0.2.2/32 dev lo || return
	N nft -f - <<-END || return
	table ip lossy {
	  chain in {
	    type filter hook input priority 0;
	    ip daddr 127.0.2.6 udp dport 53 @th,144,16 != 0 counter drop
	    ip daddr 127.0.2.8 counter drop
	  }
	}
	END
	make_zones >"$work/zones.log" 2>&1 && start_servers || return
	local a
	for a in 127.0.1.1:good. 127.0.1.3:stale. 127.0.1.4:expired. 127.0.2.1:good. 127.0.2.2:good. \
		127.0.2.3:good. 127.0.2.4:good. 127.0.2.5:good. 127.0.2.9:good.; do
		wait_for ${LIM:-60} answers "${a%:*}" "${a#*:}" || { echo "no answer of ${a%:*}"; return 1; }
	done
}
