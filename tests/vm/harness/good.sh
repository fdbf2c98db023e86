# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing is wrong; processes and namespaces that it leaves end with it.
# limit: 60
. "$STOPGAP_TOP/tests/vm/lib.sh"
check "the module loads" load_module
check "a namespace" make_ns left
ip netns exec left tail -f /dev/null &
ok "it tests something"
finish
