# SPDX-License-Identifier: GPL-2.0-or-later
# The test before it left a namespace and a process: none is to be seen.
# limit: 60
. "$STOPGAP_TOP/tests/vm/lib.sh"
is "no namespace" "$(ip netns list)" ""
is "no process but this one" "$(pgrep -x tail)" ""
check "the module is not loaded" test ! -d /sys/module/stopgap
finish
