# SPDX-License-Identifier: GPL-2.0-or-later
# A device node stays.
# limit: 60
. "$STOPGAP_TOP/tests/vm/lib.sh"
check "a node" mknod /dev/stopgap99 c 1 3
finish
