# SPDX-License-Identifier: GPL-2.0-or-later
# The fault drill: real servers in network namespaces, broken on purpose.

DRILL_DIR  := tests/drill
DRILL_SEED ?=
DRILL_JOBS ?= 4

drill-tools: $(B)/drill/client $(B)/drill/wire

$(B)/drill/client: $(DRILL_DIR)/client.c $(DRILL_DIR)/lookup.c $(DRILL_DIR)/query.c $(DRILL_DIR)/client.h
	@mkdir -p $(@D)
	$(CC) -O2 -g -std=gnu11 -Wall -Wextra -Werror -o $@ $(filter %.c,$^) -lm

$(B)/drill/wire: $(DRILL_DIR)/wire.c
	@mkdir -p $(@D)
	$(CC) -O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -o $@ $<

drill: drill-tools ## record every fault of the drill with fresh seeds (root); S='NAME ...' for some
	rm -rf $(OUT)/drill
	$(DRILL_DIR)/run $(if $(DRILL_SEED),--seed $(DRILL_SEED)) --jobs $(DRILL_JOBS) \
		--out $(OUT)/drill $(if $(S),$(S),--all)

.PHONY: drill drill-tools
