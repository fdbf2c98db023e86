# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What tests of a machine with Stopgap installed, and a real systemd, share; sourced after lib.sh.
# They have "# hotplug: yes", and begin in the VM's first network namespace, where cards come.

MAC=52:54:00:53:67:01

# install_stopgap: as a package would, into an /etc of the test's own; a card of that MAC is lan9, and listed
install_stopgap() {
	rm -rf /run/etc && mkdir -p /run/etc/upper /run/etc/work || return
	mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work etc /etc &&
		make -s -C "$STOPGAP_TOP" install-userspace PREFIX=/usr &&
		systemd-sysusers /usr/lib/sysusers.d/stopgap.conf &&
		systemd-tmpfiles --create /usr/lib/tmpfiles.d/stopgap.conf || return
	: >/etc/stopgap/tap.d/lan9
	echo "SUBSYSTEM==\"net\", ACTION==\"add\", ATTR{address}==\"$MAC\", NAME=\"lan9\"" >"$WORK/10-name.rules"
}

uninstall_stopgap() { rm -rf /var/lib/stopgap && make -s -C "$STOPGAP_TOP" uninstall-userspace PREFIX=/usr; }

# The modules come as at boot, by modules-load.d.
boot_systemd() { modprobe virtio_net && load_module && start_systemd "$WORK/10-name.rules"; }

# On the debug kernel the slot's driver stays away, since lockdep reports that of 6.12. The bus is told
# to look, and to let go; QEMU's card stays in its slot.
plug() {
	[ -n "${PLUGGED:-}" ] || monitor "device_add virtio-net-pci,id=card,bus=slot0,netdev=slot0,mac=$MAC,romfile=" || return
	[ "$STOPGAP_KERNEL" = debug ] || return 0
	PLUGGED=yes
	echo 1 >/sys/bus/pci/rescan
}
# The tap goes with the card: what it counted must add up by then.
unplug() {
	sums_hold || return
	if [ "$STOPGAP_KERNEL" = debug ]; then
		echo 1 >"$(dirname "$(readlink -f /sys/class/net/lan9/device)")/remove"
	else
		monitor "device_del card"
	fi
}
tapped() { [ -n "$(stopgap tap list -j | jq '.[] | select(.ifname == "lan9")')" ]; }
active() { in_systemd systemctl is-active "$1"; }
# off UNIT: its state, when it is not active
off() { ! active "$1"; }
metrics() { curl -s --max-time 10 --noproxy '*' http://127.0.0.1:9353/metrics; }
watched() { metrics | grep -q '^stopgap_reader_records_lost_total{tap="lan9"}'; }
unwatched() { metrics >"$WORK/metrics" && ! grep -q lan9 "$WORK/metrics"; }
