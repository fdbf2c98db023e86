# SPDX-License-Identifier: GPL-2.0-or-later
# A check fails.
# limit: 60
. "$STOPGAP_TOP/tests/vm/lib.sh"
check "this is false" false
finish
