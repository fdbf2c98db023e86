# SPDX-License-Identifier: GPL-2.0-or-later
# The module loads and unloads, and nothing of it stays.
# limit: 120
. "$STOPGAP_TOP/tests/vm/lib.sh"

note "Linux $(uname -r), $(nproc) CPUs, module $STOPGAP_MODULE"
is "the module is built for this kernel" \
	"$(modinfo -F vermagic "$STOPGAP_MODULE" | cut -d' ' -f1)" "$(uname -r)"
check "insmod" load_module
check "it is in /proc/modules" grep -q '^stopgap .* Live ' /proc/modules
check_fails "a second insmod is refused" 'File exists' insmod "$STOPGAP_MODULE"
check "rmmod" unload_module
check "it is gone from /proc/modules" test -z "$(grep '^stopgap ' /proc/modules)"
check "insmod again" load_module
finish
