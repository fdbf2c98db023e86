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

# From the clients' side alone some faults are alike: there it is told how many, and nobody may
# be accused falsely; with all vantage points the aims have to be reached.
drill: drill-tools userspace ## record every fault of the drill with fresh seeds, and score (root); S='NAME ...' for some
	rm -rf $(OUT)/drill
	status=0; \
	$(DRILL_DIR)/run $(if $(DRILL_SEED),--seed $(DRILL_SEED)) --jobs $(DRILL_JOBS) \
		--out $(OUT)/drill $(if $(S),$(S),--all) || status=1; \
	tests/corpus/score --stopgap $(B)/userspace/stopgap --min 0 $(OUT)/drill || status=1; \
	tests/corpus/score --stopgap $(B)/userspace/stopgap --all --min 0.95 --since 0.95 \
		$(OUT)/drill || status=1; \
	exit $$status

.PHONY: drill drill-tools
