# SPDX-License-Identifier: GPL-2.0-or-later
# It tests nothing.
# limit: 60
. "$STOPGAP_TOP/tests/vm/lib.sh"
finish
