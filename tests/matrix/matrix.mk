# SPDX-License-Identifier: GPL-2.0-or-later
# The detection matrix: the drill's faults before the tools that watch DNS.

$(B)/matrix/noipvs.so: tests/matrix/noipvs.c
	@mkdir -p $(@D)
	$(CC) -O2 -g -std=gnu11 -Wall -Wextra -Werror -shared -fPIC -o $@ $<

matrix: drill-tools userspace $(B)/matrix/noipvs.so ## what other tools notice of real faults (root); S='NAME ...' for some
	tests/matrix/run --doc docs/matrix.md $(S)

.PHONY: matrix
