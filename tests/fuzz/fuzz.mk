# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzing. A harness is one file, NAME_fuzz.c, with LLVMFuzzerTestOneInput(), and
# a folder of inputs, corpus/NAME. It is linked with the pure rooms of kmod/ and
# with what a line "// link: FILE.c ..." near its top names. Each is built four
# times: for libFuzzer, for AFL++, with a main() that replays inputs, and with
# that main() for coverage.

FUZZ := $(B)/fuzz
FUZZ_CC := clang-14
FUZZ_NAMES := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_PURE := $(USR_PURE) kmod/judge.c
FUZZ_FLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer -Wall -Wextra -Werror -D_GNU_SOURCE \
	      -Ikmod -Itests/unit -Iuserspace -DRIG_RECORDS=1
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_link = $(wildcard $(shell sed -n 's|^// link: ||p' tests/fuzz/$(1)_fuzz.c))
fuzz_libs = $(shell sed -n 's|^// libs: ||p' tests/fuzz/$(1)_fuzz.c)
FUZZ_HDR := $(wildcard kmod/*.h kmod/uapi/*.h tests/unit/*.h tests/fuzz/*.h userspace/*/*.h)
FUZZ_DEPS := tests/fuzz/%_fuzz.c tests/fuzz/replay.c tests/fuzz/fuzz.mk $(FUZZ_PURE) $(FUZZ_HDR)
fuzz_src = tests/fuzz/$(1)_fuzz.c $(FUZZ_PURE) $(call fuzz_link,$(1)) $(call fuzz_libs,$(1))

# What a harness links is as much what it is made of.
$(foreach n,$(FUZZ_NAMES),$(eval $(foreach kind,libfuzzer replay coverage afl,$(FUZZ)/$(kind)/$(n)): \
	$(call fuzz_link,$(n))))

$(FUZZ)/libfuzzer/%: $(FUZZ_DEPS)
	@mkdir -p $(@D)
	@echo "  FUZZ $(@:$(B)/%=%)"
	@$(FUZZ_CC) $(FUZZ_FLAGS) $(FUZZ_SAN) -fsanitize=fuzzer $(call fuzz_src,$*) -o $@

$(FUZZ)/replay/%: $(FUZZ_DEPS)
	@mkdir -p $(@D)
	@echo "  FUZZ $(@:$(B)/%=%)"
	@$(FUZZ_CC) $(FUZZ_FLAGS) $(FUZZ_SAN) $(call fuzz_src,$*) tests/fuzz/replay.c -o $@

$(FUZZ)/coverage/%: $(FUZZ_DEPS)
	@mkdir -p $(@D)
	@echo "  FUZZ $(@:$(B)/%=%)"
	@$(FUZZ_CC) $(FUZZ_FLAGS) -fprofile-instr-generate -fcoverage-mapping $(call fuzz_src,$*) \
	  tests/fuzz/replay.c -o $@

$(FUZZ)/afl/%: $(FUZZ_DEPS)
	@mkdir -p $(@D)
	@echo "  FUZZ $(@:$(B)/%=%)"
	@AFL_QUIET=1 AFL_USE_ASAN=1 AFL_USE_UBSAN=1 afl-clang-fast $(FUZZ_FLAGS) -fsanitize=fuzzer \
	  $(call fuzz_src,$*) -o $@

fuzz-replay: $(FUZZ_NAMES:%=$(FUZZ)/replay/%)
fuzz-afl: $(FUZZ_NAMES:%=$(FUZZ)/afl/%) ## the fuzzing harnesses for AFL++, in build/fuzz/afl
fuzz-libfuzzer: $(FUZZ_NAMES:%=$(FUZZ)/libfuzzer/%)
fuzz-build: $(FUZZ_NAMES:%=$(FUZZ)/coverage/%)

MIN ?= 10
ENGINE ?= libfuzzer
fuzz: fuzz-build fuzz-$(ENGINE) ## fuzz every parser for MIN=10 minutes in all (ENGINE=libfuzzer or afl)
	@tests/fuzz/run $(ENGINE) $(MIN) $(FUZZ_NAMES)

# What coverage is told of: the pure rooms, those that are headers, and what the harnesses link.
fuzz-sources:
	@printf '%s\n' $(sort $(FUZZ_PURE) $(addprefix kmod/,track.h name.h key.h hist.h) \
	  $(foreach n,$(FUZZ_NAMES),$(call fuzz_link,$(n))))

.PRECIOUS: $(FUZZ)/libfuzzer/% $(FUZZ)/replay/% $(FUZZ)/coverage/% $(FUZZ)/afl/%
.PHONY: fuzz fuzz-build fuzz-libfuzzer fuzz-afl fuzz-replay fuzz-sources

$(FUZZ)/frames: tests/fuzz/frames.c tests/unit/rig.c $(FUZZ_PURE) $(FUZZ_HDR)
	@mkdir -p $(@D)
	@echo "  FUZZ fuzz/frames"
	@$(FUZZ_CC) $(FUZZ_FLAGS) -O2 $(FUZZ_SAN) tests/fuzz/frames.c tests/unit/rig.c $(FUZZ_PURE) -o $@

fuzz-frames: $(FUZZ)/frames
.PHONY: fuzz-frames
