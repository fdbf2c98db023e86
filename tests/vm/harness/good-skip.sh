# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 60
. "$STOPGAP_TOP/tests/vm/lib.sh"
require no-such-program
