# SPDX-License-Identifier: GPL-2.0-or-later
# Benchmarks: the offline source over a capture; docs/performance.md says how.

BENCH := $(B)/bench

$(BENCH)/to_check: tests/bench/to_check.c $(LIB_A)
	@mkdir -p $(@D)
	@echo "  LD  bench/to_check"
	@$(CC) $(USR_CPPFLAGS) $(filter-out -fPIC,$(USR_CFLAGS)) -o $@ $^ $(USR_LIBS)

$(BENCH)/bare: tests/bench/bare.c
	@mkdir -p $(@D)
	@echo "  LD  bench/bare"
	@$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -o $@ $< -lpcap

$(BENCH)/burst: tests/bench/burst.c
	@mkdir -p $(@D)
	@echo "  LD  bench/burst"
	@$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -o $@ $<

$(BENCH)/ringbuf: tests/bench/ringbuf.c
	@mkdir -p $(@D)
	@echo "  LD  bench/ringbuf"
	@$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -o $@ $<

$(BENCH)/match.bpf.o: tests/bench/match.bpf.c
	@mkdir -p $(@D)
	@echo "  BPF bench/match.bpf.o"
	@clang -g -O2 -target bpf -I/usr/include/$(shell $(CC) -dumpmachine) -c $< -o $@

$(BENCH)/hot.so: tests/bench/hot.c
	@mkdir -p $(@D)
	@echo "  LD  bench/hot.so"
	@$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -shared -fPIC -o $@ $<

bench-tools: $(BENCH)/hot.so $(BENCH)/to_check $(BENCH)/bare $(BENCH)/burst $(BENCH)/ringbuf $(BENCH)/match.bpf.o $(U)/stopgap

bench: ## all that is measured beside its peers, one table (PCAP=FILE, RUNS=5); JSON in out/bench/bench.json
	tests/bench/all -n $(or $(RUNS),5) $(PCAP)

.PHONY: bench bench-tools
