# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What every test in tests/vm/t starts with:
#
#	. "$STOPGAP_TOP/tests/vm/lib.sh"
#
# It runs as root in the VM, in mount, network, PID and IPC namespaces of its
# own, which end with it; so it need not clean up. It ends with "finish".
# See docs/testing.md.

STOPGAP=${STOPGAP:-$STOPGAP_TOP/userspace/cli/stopgap}
WORK=$(mktemp -d /tmp/vmtest.XXXXXX)
# Everything takes longer on the debug kernel: limits are multiplied by this.
SLOW=${STOPGAP_SLOW:-1}
# scaled COUNT: so much work on a stock kernel, an eighth of it on the debug
# kernel, which is that much slower; what a test demands stays the same.
scaled() { [ "${STOPGAP_KERNEL:-}" = debug ] && echo $((($1 + 7) / 8)) || echo "$1"; }
points=0
failures=0

note() { printf '%s\n' "$*" | sed 's/^/# /'; }

ok() {
	points=$((points + 1))
	echo "ok $points - $1"
}

# not_ok DESCRIPTION [DETAIL...]
not_ok() {
	points=$((points + 1))
	failures=$((failures + 1))
	echo "not ok $points - $1"
	shift
	[ $# -eq 0 ] || note "$@"
	return 1
}

# skip DESCRIPTION REASON: one point;  skip_all REASON: the whole test
skip() {
	points=$((points + 1))
	echo "ok $points - $1 # SKIP $2"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 4
}

# check DESCRIPTION COMMAND...: fine when the command ends with 0
check() {
	local what=$1 out rc
	shift
	out=$("$@" 2>&1) && { ok "$what"; return 0; }
	rc=$?
	not_ok "$what" "exit $rc of: $*"$'\n'"$out"
}

# check_fails DESCRIPTION REGEX COMMAND...: it must fail and say REGEX
check_fails() {
	local what=$1 regex=$2 out
	shift 2
	out=$("$@" 2>&1) && { not_ok "$what" "ended with 0: $*"$'\n'"$out"; return 1; }
	grep -qE -- "$regex" <<<"$out" && { ok "$what"; return 0; }
	not_ok "$what" "expected /$regex/ from: $*"$'\n'"$out"
}

# is DESCRIPTION GOT EXPECTED
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "got:      $2"$'\n'"expected: $3"
	fi
}

# finish: the plan, without which a test counts as broken off. While there are taps, theirs
# must add up, whatever the test was about.
finish() {
	! module_loaded || check "the sums of all taps hold" sums_hold
	echo "1..$points"
	[ $failures -eq 0 ]
	exit
}

# fail_all REASON: nothing more can be tested
fail_all() {
	not_ok "$@"
	finish
}

# wait_for SECONDS COMMAND...: until it ends with 0; fails when it never does
wait_for() {
	local end=$((SECONDS + $1 * SLOW + 1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		read -r -t 0.2 <>"$WORK/.never" || :
	done
}
mkfifo "$WORK/.never"

# py [-n NS] TOOL [ARGUMENT...]: a Python tool of tests/vm/tools, in that namespace,
# run by one interpreter that stays (serve.py). Not for what runs on, or as somebody else.
py() {
	local ns='' rc
	[ "$1" != -n ] || { ns=$2; shift 2; }
	[ -p "$WORK/.py/turn" ] || start_py || return
	{
		read -r -N 1 -u 3
		printf '%s\037' "$ns" "$BASHPID" "$@" >&4
		echo >&4
		read -r -u 5 rc
		printf . >&3
	} 3<>"$WORK/.py/turn" 4<>"$WORK/.py/asked" 5<>"$WORK/.py/told" 6>&1 7>&2
	return "$rc"
}

start_py() {
	mkdir "$WORK/.py" && mkfifo "$WORK/.py/asked" "$WORK/.py/told" "$WORK/.py/turn" || return
	python3 -IS "$STOPGAP_TOP/tests/vm/tools/serve.py" "$WORK/.py" >"$WORK/.py/log" 2>&1 &
	disown $!
}

require() {
	local p
	for p in "$@"; do
		command -v "$p" >/dev/null || skip_all "there is no $p"
	done
}

# --- the module

# What stopgap.ko uses, by its own account
load_depends() {
	local dep
	for dep in $STOPGAP_DEPENDS; do
		[ -d "/sys/module/$dep" ] || modprobe "$dep" || return
	done
}

load_module() { load_depends && insmod "$STOPGAP_MODULE" "$@"; }

module_loaded() { [ -d /sys/module/stopgap ]; }
module_idle() { read -r uses </sys/module/stopgap/refcnt && [ "$uses" = 0 ]; }

# Whoever held it a moment ago may still be on its way out.
unload_module() {
	wait_for 10 module_idle || { echo "still used: $(cat /sys/module/stopgap/refcnt)"; return 1; }
	rmmod stopgap
}

# sums_hold: what the taps of all namespaces counted adds up; says what does not
sums_hold() { "${STOPGAP_MODULE%/kmod/*}/tests/vm/tapctl" sums; }

# Before a tap goes, with what it counted, that must add up.
stopgap() {
	local sums=0
	[ "${1-} ${2-}" != "tap del" ] || sums_hold || sums=1
	"$STOPGAP" "$@" && return $sums
}

# The one in Go: to start jq 1.6 takes the emulated machine six times as long.
jq() { gojq "$@"; }

# --- udev

# start_udevd [RULES...]: a real systemd-udevd, with these rules only; returns
# when it has dealt with all devices that are there
start_udevd() {
	mkdir -p /run/udev/rules.d "$WORK/udev"
	mount -t tmpfs rules /usr/lib/udev/rules.d || return
	mount -t tmpfs rules /etc/udev/rules.d 2>/dev/null
	[ $# -eq 0 ] || cp "$@" /run/udev/rules.d/ || return
	/lib/systemd/systemd-udevd --resolve-names=late >"$WORK/udev/log" 2>&1 &
	echo $! >"$WORK/udev/main.pid"
	wait_for 30 test -S /run/udev/control || { cat "$WORK/udev/log"; return 1; }
	udevadm trigger --action=add && settle_udev
}

settle_udev() { udevadm settle --timeout=$((30 * SLOW)); }

# --- systemd

# The first process of a PID namespace below the test's; the /run, the cgroups
# and /etc/systemd/system are its own, the network namespace is the test's.
systemd_script() {
	cat <<-'END'
	umount -l /sys/fs/cgroup
	mount -t cgroup2 cgroup /sys/fs/cgroup
	mount -t tmpfs etc /etc/systemd/system
	mount -t tmpfs -o mode=755 run /run
	mkdir -p /run/systemd/system /run/udev/rules.d /run/lock
	for f; do
		case $f in *.rules) cp "$f" /run/udev/rules.d/ ;; *) cp "$f" /run/systemd/system/ ;; esac
	done
	# What a VM without a past does not need; each costs a second and more.
	for unit in systemd-hwdb-update systemd-firstboot systemd-binfmt systemd-tmpfiles-setup{,-dev} \
		systemd-journal-flush systemd-sysctl systemd-update-utmp systemd-modules-load kmod-static-nodes \
		systemd-machine-id-commit systemd-random-seed systemd-sysusers systemd-remount-fs \
		systemd-pcrphase systemd-pcrphase-sysinit systemd-udev-trigger modprobe@; do
		ln -s /dev/null /run/systemd/system/$unit.service
	done
	cat >/run/systemd/system/vm-test.target <<-UNIT
	[Unit]
	Description=What the test needs
	Requires=sysinit.target systemd-udevd.service
	After=sysinit.target systemd-udevd.service
	UNIT
	exec env container=stopgap-vm /lib/systemd/systemd --system --unit=vm-test.target --log-target=console
	END
}

# start_systemd [RULES|UNIT...]: a real systemd with udevd, these udev rules
# (beside the system's) and these units; returns when it has started.
start_systemd() {
	local dir=$WORK/systemd
	mkdir -p "$dir" /sys/fs/cgroup/systemd
	systemd_script >"$dir/script"
	(
		echo "$BASHPID" >/sys/fs/cgroup/systemd/cgroup.procs
		exec unshare --pid --mount --cgroup --fork --kill-child --mount-proc bash "$dir/script" "$@"
	) >"$dir/log" 2>&1 &
	echo $! >"$dir/main.pid"
	wait_for 120 in_systemd systemctl is-active vm-test.target && return
	tail -n 20 "$dir/log"
	return 1
}

# in_systemd COMMAND...: beside it, for systemctl, udevadm, journalctl
in_systemd() {
	local pid
	pid=$(pgrep -P "$(cat "$WORK/systemd/main.pid")" | head -n 1)
	nsenter -t "${pid:?systemd is not there}" -m -p -C "$@"
}

# --- devices that come and go, for a test with "# hotplug: yes"

# monitor COMMAND...: of QEMU's monitor, which is at the second serial port; what it
# says is in $WORK/monitor. The first line ends whatever the line echoed before.
monitor() {
	stty -F /dev/ttyS1 raw -echo || return
	{
		printf '\n%s\n' "$*" >&8
		while read -r -t 2 -u 8; do printf '%s\n' "$REPLY"; done >"$WORK/monitor"
	} 8<>/dev/ttyS1
	! grep -a '^Error' "$WORK/monitor"
}

# --- network namespaces

# make_ns NAME...
make_ns() {
	local ns
	for ns in "$@"; do
		ip netns add "$ns" && ip -n "$ns" link set lo up || return
	done
}

# in_ns NS COMMAND...: in that network namespace; /sys stays the test's. ("ip netns
# exec" would mount a new one each time, which takes longer than most commands.)
in_ns() {
	local ns=$1
	shift
	nsenter --net="/run/netns/$ns" -- "$@"
}

# add_addr NS IF ADDR/LEN...
add_addr() {
	local ns=$1 dev=$2 a
	shift 2
	for a in "$@"; do
		case $a in
		*:*)	ip -n "$ns" addr add "$a" dev "$dev" nodad || return ;;
		*)	ip -n "$ns" addr add "$a" dev "$dev" || return ;;
		esac
	done
}

# link_ns NS1 IF1 ADDRS1 NS2 IF2 ADDRS2: a veth between two namespaces; each
# ADDRS is a list of ADDR/LEN with commas between, or "-" for none
link_ns() {
	local a
	ip -n "$1" link add "$2" type veth peer name "$5" netns "$4" || return
	[ "$3" = - ] || { mapfile -t -d, a < <(printf %s "$3"); add_addr "$1" "$2" "${a[@]}" || return; }
	[ "$6" = - ] || { mapfile -t -d, a < <(printf %s "$6"); add_addr "$4" "$5" "${a[@]}" || return; }
	ip -n "$1" link set "$2" up && ip -n "$4" link set "$5" up
}

# forward_ns NS: it routes between its links
forward_ns() {
	in_ns "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward &&
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

# make_path: the usual scene. Names are those of the namespaces.
#
#   client ─c0──g0─ gw ─g1──s0─ srv
#   192.0.2.2   .1      198.51.100.1  .2 and .3 (a second server)
#   2001:db8:1::2       2001:db8:2::1  ::2 and ::3
make_path() {
	make_ns client gw || return
	link_ns client c0 192.0.2.2/24,2001:db8:1::2/64 gw g0 192.0.2.1/24,2001:db8:1::1/64 || return
	make_srv || return
	ip -n client route add default via 192.0.2.1
	ip -n client route add default via 2001:db8:1::1
	wait_for 10 in_ns client ping -c 1 -W 1 198.51.100.2 &&
		wait_for 10 in_ns client ping -c 1 -W 1 2001:db8:2::2
}

# make_srv: the half of it behind gw, which is there
make_srv() {
	make_ns srv && link_ns gw g1 198.51.100.1/24,2001:db8:2::1/64 \
		srv s0 198.51.100.2/24,198.51.100.3/24,2001:db8:2::2/64,2001:db8:2::3/64 || return
	ip -n srv route add default via 198.51.100.1
	ip -n srv route add default via 2001:db8:2::1
	forward_ns gw
}

# --- DNS servers, each a process of its own in a folder of its own

# make_zone FILE ORIGIN [HOSTS]: h0, h1 ... with A and AAAA, www, txt, big
make_zone() {
	local n=${3:-100} i
	{
		printf '$ORIGIN %s\n$TTL 300\n' "${2%.}."
		echo "@ SOA ns hostmaster 2026010101 3600 600 86400 60"
		echo "@ NS ns"
		echo "ns A 198.51.100.2"
		echo "www A 203.0.113.80"
		echo "www AAAA 2001:db8:ffff::80"
		echo "alias CNAME www"
		echo 'txt TXT "a short text"'
		for ((i = 0; i < 40; i++)); do
			printf 'big TXT "%03d%0100d"\n' $i 0
		done
		for ((i = 0; i < n; i++)); do
			echo "h$i A 203.0.113.$((i % 250 + 1))"
			printf 'h%d AAAA 2001:db8:ffff::%x\n' $i $((i + 1))
		done
	} >"$1"
}

nsd_config() {
	cat <<-END
	server:
	  server-count: 1
	  username: ""
	  chroot: ""
	  zonesdir: "$1"
	  database: ""
	  zonelistfile: "$1/zone.list"
	  xfrdfile: "$1/xfrd.state"
	  xfrdir: "$1"
	  pidfile: "$1/pid"
	  rrl-ratelimit: 0
	$(printf '  ip-address: %s\n' "${addrs[@]}")
	remote-control:
	  control-enable: no
	zone:
	  name: "$origin"
	  zonefile: "$zone"
	END
}

# A resolver of "forward" when that is given, else of the zone alone.
unbound_config() {
	cat <<-END
	server:
	  chroot: ""
	  username: ""
	  directory: "$1"
	  pidfile: "$1/pid"
	  use-syslog: no
	  num-threads: 1
	  module-config: "iterator"
	  do-not-query-localhost: no
	  access-control: 0.0.0.0/0 allow
	  access-control: ::/0 allow
	  local-zone: "test." nodefault
	$(printf '  interface: %s\n' "${addrs[@]}")
	remote-control:
	  control-enable: yes
	  control-interface: $1/control
	  control-use-cert: no
	END
	if [ -n "$forward" ]; then
		printf 'forward-zone:\n  name: "."\n'
		printf '  forward-addr: %s\n' "$forward"
	else
		printf 'auth-zone:\n  name: "%s"\n  zonefile: "%s"\n  for-upstream: yes\n' "$origin" "$zone"
	fi
}

named_config() {
	local v4=() v6=() a
	for a in "${addrs[@]}"; do
		case $a in *:*) v6+=("$a;") ;; *) v4+=("$a;") ;; esac
	done
	cat <<-END
	options {
	  directory "$1";
	  pid-file "$1/pid";
	  session-keyfile "$1/session.key";
	  lock-file none;
	  listen-on { ${v4[*]:-none;} };
	  listen-on-v6 { ${v6[*]:-none;} };
	  dnssec-validation no;
	  allow-query { any; };
	  recursion $([ -n "$forward" ] && echo yes || echo no);
	  $([ -z "$forward" ] || echo "allow-recursion { any; }; forward only; forwarders { $forward; };")
	};
	controls { };
	$([ -n "$forward" ] || echo "zone \"$origin\" { type primary; file \"$zone\"; };")
	END
}

knotd_config() {
	cat <<-END
	server:
	  rundir: "$1"
	  udp-workers: 1
	  tcp-workers: 1
	  background-workers: 1
	  listen: [ $(printf '%s@53, ' "${addrs[@]}" | sed 's/, $//') ]
	database:
	  storage: "$1/db"
	log:
	  - target: stderr
	    any: warning
	zone:
	  - domain: "$origin"
	    file: "$zone"
	    zonefile-sync: -1
	    journal-content: none
	END
}

# dns_answers NS ADDR [NAME]: anything that comes back from there will do
dns_answers() { py -n "$1" ask.py "$2" "${3:-.}" SOA; }

# start_dns NAME nsd|unbound|named|knotd NS ADDR[,ADDR...] zone FILE ORIGIN
# start_dns NAME unbound|named NS ADDR[,ADDR...] forward ADDR
# start_dns NAME ...: starts it again with the configuration it has
#
# Returns when it answers. Its folder is $WORK/NAME (conf, log); DNS_EXTRA is
# added to its configuration. dns_pid NAME and stop_dns NAME go with it.
start_dns() {
	local name=$1 kind=$2 ns=$3 addrs origin='' zone='' forward='' dir=$WORK/$1
	mapfile -t -d, addrs < <(printf %s "$4")
	case $5 in
	zone)	zone=$6 origin=${7%.} ;;
	forward) forward=$6 ;;
	*)	echo "start_dns: unknown '$5'; expected zone or forward" >&2; return 1 ;;
	esac
	mkdir -p "$dir"
	{ "${kind}_config" "$dir"; printf '%s\n' "${DNS_EXTRA:-}"; } >"$dir/conf" || return
	echo "$kind $ns ${addrs[0]} ${origin:-.}" >"$dir/start"
	restart_dns "$name"
}

dns_pid() { read -r pid <"$WORK/$1/main.pid"; echo "$pid"; }

# stop_dns NAME [SIGNAL]: returns when it is gone
stop_dns() {
	local pid
	pid=$(dns_pid "$1") || return
	kill "-${2:-TERM}" "$pid"
	wait "$pid" 2>/dev/null
	rm -f "$WORK/$1/main.pid"
}

# restart_dns NAME: with the configuration in its folder
restart_dns() {
	local kind ns addr origin dir=$WORK/$1 cmd
	read -r kind ns addr origin <"$dir/start" || return
	[ ! -e "$dir/main.pid" ] || stop_dns "$1"
	case $kind in
	nsd)	cmd=(nsd -d -c "$dir/conf") ;;
	unbound) cmd=(unbound -d -c "$dir/conf") ;;
	named)	cmd=(named -f -c "$dir/conf") ;;
	knotd)	cmd=(knotd -c "$dir/conf") ;;
	*)	echo "start_dns: unknown server '$kind'; expected nsd, unbound, named or knotd" >&2; return 1 ;;
	esac
	# Without a function in between: $! is the process itself.
	nsenter --net="/run/netns/$ns" -- "${cmd[@]}" >>"$dir/log" 2>&1 &
	echo $! >"$dir/main.pid"
	wait_for 30 dns_answers "$ns" "$addr" "$origin" 2>"$dir/asked" && return
	echo "$1 ($kind) does not answer: $(tail -q -n 5 "$dir/asked" "$dir/log")" >&2
	return 1
}

# make_queries FILE ORIGIN HOSTS [COUNT]: a seeded list for dnsperf -d
make_queries() {
	awk -v o="${2%.}" -v n="$3" -v count="${4:-$3}" 'BEGIN {
		srand(1)
		for (i = 0; i < count; i++)
			printf "h%d.%s. %s\n", int(rand() * n), o, rand() < 0.7 ? "A" : "AAAA"
	}' >"$1"
}

# dnsperf_figure OUTPUT WORDS: the number after "Queries sent:" and the like
dnsperf_figure() { sed -n "s/^ *$2: *\([0-9.]*\).*/\1/p" <<<"$1" | head -n 1; }
