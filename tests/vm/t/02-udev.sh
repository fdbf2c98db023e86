# SPDX-License-Identifier: GPL-2.0-or-later
# A real systemd-udevd works in the VM: it sees devices come and go and follows
# rules that are given to it.
# in turn on debug: 294 s
# limit: 150
. "$STOPGAP_TOP/tests/vm/lib.sh"
require udevadm

cat >"$WORK/90-test.rules" <<'END'
SUBSYSTEM=="net", KERNEL=="probe*", ACTION=="add", RUN+="/bin/touch /run/seen-%k"
SUBSYSTEM=="mem", KERNEL=="full", SYMLINK+="test/full-link", MODE="0640"
END
check "systemd-udevd starts" start_udevd "$WORK/90-test.rules"
check "a link is made by a rule" test -L /dev/test/full-link
is "a mode is set by a rule" "$(stat -c %a /dev/full)" 640
check "an interface comes" ip link add probe0 type dummy
check "and is seen" wait_for 20 test -e /run/seen-probe0
rm -rf /dev/test
finish
