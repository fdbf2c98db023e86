# SPDX-License-Identifier: GPL-2.0-or-later
# A network card is plugged into the running VM, and with nothing typed it is
# tapped, and the daemon watches it, under a real systemd; unplugged, all of it goes.
# hotplug: yes
# in turn on 6.1: 63 s
# in turn on debug: 352 s
# limit: 240
# The card comes into the VM's first network namespace: all of this is there.
[ -n "${IN_VM_NET:-}" ] || IN_VM_NET=1 exec nsenter --net=/run/vm-net -- bash "$0"
mount_system
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/autosetup.sh"
require systemctl udevadm curl jq

# --- a machine on which Stopgap is installed, and one interface is listed
check "Stopgap is installed in this VM" install_stopgap
check "the configuration is understood" stopgap config check
check "systemd starts, the modules loaded" boot_systemd
is "there is no tap" "$(stopgap tap list -j | jq length)" 0
is "and no daemon" "$(active stopgapd)" inactive

# --- nothing is typed from here on
check "a card is plugged in" plug
check "its interface comes" wait_for 60 test -e /sys/class/net/lan9
check "it is tapped" wait_for 60 tapped
check "by its unit" wait_for 20 active stopgap-tap@lan9
is "and keeps the packets of what fails" \
	"$(stopgap tap list -j | jq -c '.[] | [.snaplen, .packet_rate]')" '[1522,200]'
check "the device has its name" wait_for 20 test -e /dev/stopgap/by-ifname/lan9
is "and its group" "$(stat -L -c '%G %a' /dev/stopgap/by-ifname/lan9)" "stopgap 660"
check "the daemon is there" wait_for 60 active stopgapd
check "and watches it" wait_for 60 watched
pid=$(pgrep -x stopgapd | head -n 1)
is "without privileges" "$(stat -c %U "/proc/$pid") $(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")" \
	"stopgap 0000000000001000"
check "its ledger is begun" test -s /var/lib/stopgap/ledger.db

# --- and unplugged
check "the card is unplugged" unplug
check "its interface goes" wait_for 60 test ! -e /sys/class/net/lan9
is "and its tap" "$(stopgap tap list -j | jq length)" 0
check "its unit" wait_for 30 off stopgap-tap@lan9
check "the device's name" wait_for 30 test ! -e /dev/stopgap/by-ifname/lan9
check "the daemon goes on without it" wait_for 30 unwatched
is "as it was" "$(active stopgapd) $(pgrep -x stopgapd | head -n 1)" "active $pid"

# --- once more: what went comes back
# QEMU lets it go only when the slot is without power, some seconds later.
check "the card is plugged in again" wait_for 30 plug
check "it is watched again" wait_for 90 watched
check "and unplugged" unplug
check "all of it goes" wait_for 60 unwatched
check "the daemon is stopped" in_systemd systemctl stop stopgapd
is "it ended well" "$(in_systemd systemctl show -P Result stopgapd)" success
check "its ledger is whole" stopgap ledger verify --key /var/lib/stopgap/ledger.pem /var/lib/stopgap/ledger.db
check "uninstall" uninstall_stopgap
finish
