# SPDX-License-Identifier: GPL-2.0-or-later

mutants: ## seed bugs one at a time, and see that the tests catch each
	tests/mutants/run

.PHONY: mutants
