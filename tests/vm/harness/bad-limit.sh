# SPDX-License-Identifier: GPL-2.0-or-later
# It never ends, nor does what it started.
# limit: 3
. "$STOPGAP_TOP/tests/vm/lib.sh"
trap '' TERM
ok "so far"
tail -f /dev/null &
while :; do wait; done
