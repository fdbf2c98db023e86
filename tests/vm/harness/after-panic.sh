# SPDX-License-Identifier: GPL-2.0-or-later
# Never gets its turn.
# limit: 60
. "$STOPGAP_TOP/tests/vm/lib.sh"
ok "it runs"
finish
