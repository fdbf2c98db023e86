# SPDX-License-Identifier: GPL-2.0-or-later
demo: ## the whole job in a VM: fault, verdict, grant, detour, report (KERNEL=6.1 or 6.12)
	packaging/install-deps
	tests/demo/run --kernel $(KERNEL)

.PHONY: demo
