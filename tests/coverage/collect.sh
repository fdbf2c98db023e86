# SPDX-License-Identifier: GPL-2.0-or-later
# The last "test" of a run for coverage: the counts of the kernel's gcov, which
# outlive the module, go into the results.
# limit: 60
. "$STOPGAP_TOP/tests/vm/lib.sh"

gcov=/sys/kernel/debug/gcov
[ -d $gcov ] || skip_all "this kernel has no gcov"
# Their names are below the module's folder; debugfs does not tell sizes, so
# they are copied before they are packed.
from=${STOPGAP_MODULE%/*}
check "the module has been counted" test -d "$gcov$from"
mkdir -p "$WORK/gcov$from"
while read -r f; do
	mkdir -p "$WORK/gcov${f%/*}"
	cat "$gcov$f" >"$WORK/gcov$f"
done < <(cd $gcov && find ".$from" -name '*.gcda' | sed 's/^\.//')
check "counts were written" test -n "$(find "$WORK/gcov" -name '*.gcda' -size +0)"
check "they are packed" tar -C "$WORK/gcov" -cf "$STOPGAP_RESULTS/gcov.tar" "${from#/}"
finish
