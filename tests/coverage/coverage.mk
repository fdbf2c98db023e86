# SPDX-License-Identifier: GPL-2.0-or-later

coverage: ## line coverage of the pure rooms and of userspace by the unit tests
	tests/coverage/user

.PHONY: coverage
