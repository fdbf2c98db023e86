# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The rules under a real systemd-udevd: the device's group, mode and link come
# and go with the tap, and an interface that is listed is tapped when it comes.
# in turn on 6.1: 43 s
# in turn on debug: 107 s
# limit: 150
. "$STOPGAP_TOP/tests/vm/lib.sh"
require udevadm groupadd jq

check "the group, as sysusers would make it" groupadd --force --system stopgap
check "systemd-udevd starts" start_udevd
check "make install-userspace, into this VM" make -s -C "$STOPGAP_TOP" install-userspace PREFIX=/usr
is "the rule calls the installed command" \
	"$(grep -c '"/usr/bin/stopgap tap add' /usr/lib/udev/rules.d/61-stopgap-setup.rules)" 1
check "udevd reads the rules" udevadm control --reload --timeout=20

check "the module loads" load_module
is "without a tap there is no device" "$(find /dev -maxdepth 1 -name 'stopgap*')" ""

# --- describe
LINK=/dev/stopgap/by-ifname/d0
check "an interface that is not listed" ip link add d0 type dummy
settle_udev
is "is not tapped" "$(stopgap tap list -j | jq length)" 0
check "tap add" stopgap tap add d0
settle_udev
is "group and mode of the device" "$(stat -c '%G %a' /dev/stopgap0)" "stopgap 660"
is "the link by interface" "$(readlink -f $LINK)" /dev/stopgap0
check "udev knows it by its interface" grep -q '^E: STOPGAP_IFNAME=d0$' \
	<(udevadm info /dev/stopgap0)
check "a second tap" eval 'ip link add d1 type dummy && stopgap tap add d1'
settle_udev
is "has its own link" "$(readlink -f /dev/stopgap/by-ifname/d1)" /dev/stopgap1
check "tap del" stopgap tap del d0
settle_udev
is "takes link and node away" "$(ls -d $LINK /dev/stopgap0 2>/dev/null)" ""
is "and leaves the other one" "$(readlink -f /dev/stopgap/by-ifname/d1)" /dev/stopgap1
check "the interface gets another name" eval 'ip link set d1 down && ip link set d1 name d7'
renamed() { [ "$(readlink -f /dev/stopgap/by-ifname/d7)" = /dev/stopgap1 ]; }
check "and the link with it" wait_for 20 renamed
is "the old one is gone" "$(ls -d /dev/stopgap/by-ifname/d1 2>/dev/null)" ""

# --- act
mkdir -p /etc/stopgap/tap.d
echo 'STOPGAP_TAP_OPTIONS="--ports 53,5353 --timeout 2s --snaplen 128"' >/etc/stopgap/tap.d/d2
: >/etc/stopgap/tap.d/d3
tap_of() { stopgap tap list -j | jq -c ".[] | select(.ifname == \"$1\")$2"; }
tapped() { [ -n "$(tap_of "$1" "")" ]; }
check "a listed interface comes" ip link add d2 type dummy
check "and is tapped" wait_for 20 tapped d2
is "with its options, and what these do not say as stopgap.conf has it" \
	"$(tap_of d2 ' | [.ports, .timeout_ms, .snaplen, .packet_rate]')" '[[53,5353],2000,128,200]'
check "its device gets its link" wait_for 20 test -e /dev/stopgap/by-ifname/d2
check "another, listed by an empty file" ip link add d3 type dummy
check "is tapped too" wait_for 20 tapped d3
is "and keeps the packets of what fails" "$(tap_of d3 ' | [.snaplen, .packet_rate]')" '[1522,200]'
check "under another name" ip link add e9 type dummy
check "an interface renamed to a listed name" eval 'ip link del d3 && ip link set e9 name d3'
check "is tapped as well" wait_for 20 tapped d3

# --- under systemd the same rules leave it to a unit
mkdir -p /run/systemd/system
echo >/etc/stopgap/tap.d/d4
check "a listed interface under systemd" ip link add d4 type dummy
settle_udev
is "wants its unit" "$(udevadm info /sys/class/net/d4 | sed -n 's/^E: SYSTEMD_WANTS=//p')" \
	stopgap-tap@d4.service
is "and is left to it" "$(stopgap tap list -j | jq '.[] | select(.ifname == "d4")')" ""
if [ -x /usr/bin/systemd-analyze ]; then
	check "the unit is well formed" systemd-analyze verify --man=no \
		/usr/lib/systemd/system/stopgap-tap@.service
else
	skip "the unit is well formed" "there is no systemd-analyze"
fi

# --- the end
check "an interface goes, and its tap with it" ip link del d2
check "its link goes" wait_for 20 test ! -e /dev/stopgap/by-ifname/d2
check "the module unloads" unload_module
settle_udev
is "nothing of it is left in /dev" "$(find /dev -name 'stopgap*' ! -type d)" ""
check "uninstall" make -s -C "$STOPGAP_TOP" uninstall-userspace PREFIX=/usr
is "leaves nothing" "$(find /usr/bin /usr/lib/udev /usr/lib/systemd /usr/include/stopgap \
	-name '*stopgap*' 2>/dev/null)" ""
finish
