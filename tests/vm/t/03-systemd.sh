# SPDX-License-Identifier: GPL-2.0-or-later
# A real systemd works in the VM: a udev rule wants a unit for an interface, and
# the unit is started when that comes.
# in turn on 6.1: 20 s
# in turn on debug: 86 s
# limit: 240
. "$STOPGAP_TOP/tests/vm/lib.sh"
require systemctl udevadm

cat >"$WORK/90-wants.rules" <<'END'
SUBSYSTEM=="net", KERNEL=="wanted*", TAG+="systemd", ENV{SYSTEMD_WANTS}+="wanted@$name.service"
END
cat >"$WORK/wanted@.service" <<'END'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/touch /run/started-%i
END
check "systemd starts" start_systemd "$WORK/90-wants.rules" "$WORK/wanted@.service"
is "systemd-udevd is active" "$(in_systemd systemctl is-active systemd-udevd)" active
is "the unit is not" "$(in_systemd systemctl is-active wanted@wanted0.service)" inactive
check "the interface comes" ip link add wanted0 type dummy
check "the unit is started" wait_for 30 in_systemd systemctl is-active wanted@wanted0.service
check "and has done its work" in_systemd test -e /run/started-wanted0
finish
