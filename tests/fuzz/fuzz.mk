# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzing. A harness is one file, NAME_fuzz.c, with LLVMFuzzerTestOneInput(), and
# a folder of inputs, corpus/NAME. It is linked with the pure rooms of kmod/ and
# with what a line "// link: FILE.c ..." near its top names. Each is built four
# times: for libFuzzer, for AFL++, with a main() that replays inputs, and with
# that main() for coverage. Objects are compiled once for each of these kinds.

FUZZ := $(B)/fuzz
FUZZ_CC := clang-14
FUZZ_NAMES := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_PURE := $(USR_PURE) kmod/judge.c
FUZZ_FLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer -Wall -Wextra -Werror -D_GNU_SOURCE \
	      -Ikmod -Itests/unit -Iuserspace -DRIG_RECORDS=1 $(shell pkg-config --cflags libnl-genl-3.0)
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_link = $(wildcard $(shell sed -n 's|^// link: ||p' tests/fuzz/$(1)_fuzz.c))
fuzz_libs = $(shell sed -n 's|^// libs: ||p' tests/fuzz/$(1)_fuzz.c)

# The compiler, what it is told for objects, and what has main().
fuzz_cc_libfuzzer := $(FUZZ_CC) $(FUZZ_SAN)
fuzz_obj_libfuzzer := -fsanitize=fuzzer-no-link
fuzz_main_libfuzzer := -fsanitize=fuzzer
fuzz_cc_afl := AFL_QUIET=1 AFL_USE_ASAN=1 AFL_USE_UBSAN=1 afl-clang-fast
fuzz_main_afl := -fsanitize=fuzzer
fuzz_cc_replay := $(FUZZ_CC) $(FUZZ_SAN)
# Such objects hold the path of their sources: another tree's will not do.
fuzz_cc_coverage := CCACHE_DISABLE=1 $(FUZZ_CC) -fprofile-instr-generate -fcoverage-mapping
# Ten million frames go through this one.
fuzz_cc_frames := $(FUZZ_CC) $(FUZZ_SAN)
fuzz_obj_frames := -O2

fuzz_objs = $(patsubst %.c,$(FUZZ)/obj/$(1)/%.o,$(2))

define fuzz_kind # KIND
$(FUZZ)/obj/$(1)/%.o: %.c tests/fuzz/fuzz.mk
	@mkdir -p $$(@D)
	@$$(fuzz_cc_$(1)) $$(FUZZ_FLAGS) $$(fuzz_obj_$(1)) -MMD -MP -MT $$@ -c $$< -o $$@
endef

define fuzz_harness # KIND NAME
$(FUZZ)/$(1)/$(2): $(call fuzz_objs,$(1),$(sort tests/fuzz/$(2)_fuzz.c $(FUZZ_PURE) \
		   $(call fuzz_link,$(2)) $(if $(fuzz_main_$(1)),,tests/fuzz/replay.c)))
	@mkdir -p $$(@D)
	@echo "  FUZZ $$(@:$$(B)/%=%)"
	@$$(fuzz_cc_$(1)) $$(fuzz_main_$(1)) $$^ $$(call fuzz_libs,$(2)) -o $$@
endef

FUZZ_KINDS := libfuzzer afl replay coverage
$(foreach kind,$(FUZZ_KINDS) frames,$(eval $(call fuzz_kind,$(kind))))
$(foreach kind,$(FUZZ_KINDS),$(foreach n,$(FUZZ_NAMES),$(eval $(call fuzz_harness,$(kind),$(n)))))

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

# What mangles frames by itself, and its own judge of them.
$(FUZZ)/frames: $(call fuzz_objs,frames,tests/fuzz/frames.c tests/unit/rig.c $(FUZZ_PURE))
	@echo "  FUZZ fuzz/frames"
	@$(fuzz_cc_frames) $^ -o $@

fuzz-frames: $(FUZZ)/frames

.PHONY: fuzz fuzz-build fuzz-libfuzzer fuzz-afl fuzz-replay fuzz-sources fuzz-frames
-include $(shell find $(FUZZ)/obj -name '*.d' 2>/dev/null)
