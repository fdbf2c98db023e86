# SPDX-License-Identifier: GPL-2.0-or-later
# The detection matrix: the drill's faults before the tools that watch DNS.

matrix: drill-tools userspace ## what other tools notice of real faults (root); S='NAME ...' for some
	tests/matrix/run --doc docs/matrix.md $(S)

.PHONY: matrix
