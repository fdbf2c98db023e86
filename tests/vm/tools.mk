# SPDX-License-Identifier: GPL-2.0-or-later
# Small programs that the VM tests use; built by tests/vm/run before it boots.

VM_TOOLS := tapctl ringcat framefuzz
# A generator of captures, with the truth on them; only where it lies beside the repository.
GENDNS ?= $(TOP)/../shared/bench/gendns.c

vm-tools: $(VM_TOOLS:%=$(B)/tests/vm/%) $(B)/bench/to_check $(B)/drill/wire \
	  $(if $(wildcard $(GENDNS)),$(B)/tests/vm/gendns)

$(B)/tests/vm/%: tests/vm/tools/%.c kmod/uapi/stopgap.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -Ikmod $$(pkg-config --cflags libnl-genl-3.0) \
		-o $@ $< $$(pkg-config --libs libnl-genl-3.0)

$(B)/tests/vm/gendns: $(GENDNS)
	@mkdir -p $(@D)
	$(CC) -O2 -o $@ $< -lm

.PHONY: vm-tools
