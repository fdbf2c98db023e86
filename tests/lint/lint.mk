# SPDX-License-Identifier: GPL-2.0-or-later
lint: ## the checks of tests/lint
	tests/check 11-lint

.PHONY: lint
