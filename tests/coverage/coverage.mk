# SPDX-License-Identifier: GPL-2.0-or-later

coverage: ## line coverage of the pure rooms and of userspace
	tests/coverage/user

.PHONY: coverage
