# SPDX-License-Identifier: GPL-2.0-or-later

# What of the VM tests is run for the module's coverage: those that work on its
# every room, once each.
COVERAGE_VM ?= $(wildcard tests/vm/t/[136]*.sh)

# Others that run userspace without a VM take longer: 22-cli, 30-corpus.
COVERAGE_LANES ?= 20-unit 15-report

coverage: ## line coverage of the pure rooms and of userspace by COVERAGE_LANES="..."
	tests/coverage/user $(COVERAGE_LANES)

coverage-kernel: ## line coverage of the module by VM tests (COVERAGE_VM="...") on the debug kernel
	tests/coverage/kernel $(COVERAGE_VM)

.PHONY: coverage coverage-kernel
