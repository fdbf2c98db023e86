# SPDX-License-Identifier: GPL-2.0-or-later

KERNEL ?= 6.12

vm: ## a shell in a VM with the module loaded (KERNEL=6.1, 6.12 or debug)
	packaging/install-deps
	tests/vm/run --kernel $(KERNEL) --shell

test-vm: ## the VM tests on one kernel (KERNEL=6.1, 6.12 or debug)
	tests/vm/run --kernel $(KERNEL) tests/vm/t/*.sh

debug-kernel: ## build the debug kernel, once, outside the tree
	packaging/install-deps
	tests/debug/build

vm-harness: module ## tests and a module that are wrong on purpose: each must be reported
	tests/vm/harness/check

# A module that only tests use; see its head.
inject-%: KDIR = /lib/modules/$*/build
inject-%: FORCE
	@mkdir -p $(B)/inject/$*
	@ln -sf $(TOP)/tests/vm/inject/Kbuild $(TOP)/tests/vm/inject/inject.c $(B)/inject/$*
	$(MAKE) -C $(KDIR) M=$(B)/inject/$* W=1 modules

.PHONY: vm test-vm debug-kernel vm-harness
