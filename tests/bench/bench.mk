# SPDX-License-Identifier: GPL-2.0-or-later
# Benchmarks: the offline source over a capture; docs/performance.md says how.

BENCH := $(B)/bench

$(BENCH)/to_check: tests/bench/to_check.c $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD  bench/to_check"
	@$(CC) $(USR_CPPFLAGS) $(filter-out -fPIC,$(USR_CFLAGS)) -o $@ $^ $(USR_LIBS)

bench-tools: $(BENCH)/to_check

bench: ## time the offline source beside its peers (PCAP=FILE, RUNS=5); JSON in out/bench
	tests/bench/offline -n $(or $(RUNS),5) -i $(PCAP)

.PHONY: bench bench-tools
