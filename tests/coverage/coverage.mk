# SPDX-License-Identifier: GPL-2.0-or-later

# What of the VM tests is run for the module's coverage: those that work on its
# every room, once each.
COVERAGE_VM ?= $(wildcard tests/vm/t/[136]*.sh)

# Those that run userspace without a VM.
COVERAGE_LANES ?= 20-unit 15-report 22-cli 23-daemon 30-corpus

coverage: ## line coverage of pure rooms and userspace by COVERAGE_LANES="...", the module's as last seen
	@tests/coverage/user $(COVERAGE_LANES); rc=$$?; tests/coverage/kernel --last; exit $$rc

coverage-kernel: ## line coverage of the module by VM tests (COVERAGE_VM="...") on the debug kernel
	tests/coverage/kernel $(COVERAGE_VM)

.PHONY: coverage coverage-kernel
