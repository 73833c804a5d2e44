# SPDX-License-Identifier: GPL-2.0 OR MIT
# One makefile, no recursion: every rule sees the whole dependency graph.
# V=1 shows commands, SAN=address,undefined|thread builds beside the release, `make help` lists the rest.

comma	:= ,
empty	:=
O	:= out$(if $(SAN),/$(firstword $(subst $(comma), ,$(SAN))))
CC	:= gcc
CLANG	?= clang
BPFTOOL	?= bpftool
ARCH	:= $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
VERSION	:= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

override CPPFLAGS += -D_GNU_SOURCE -DH2O_USE_LIBUV=0 -Iuser -Iinclude -I$(O) -Iout
CFLAGS	?= -O2 -g
override CFLAGS += -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -fvisibility=hidden -fno-omit-frame-pointer
ifneq ($(CI)$(WERROR),)
override CFLAGS += -Werror
endif
LDLIBS	:= -luring -lbpf -llmdb -lcares -lh2o-evloop -lwslay -lssl -lcrypto -lyaml -ljansson -lz -lm -lpthread
ifdef SAN
override CFLAGS += -fsanitize=$(SAN) -fno-sanitize-recover=undefined
override LDFLAGS += -fsanitize=$(SAN)
endif
BPFFLAGS := -g -O2 -Wall -Wextra -Werror -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Iinclude -Ibpf -Iout

ifeq ($(V),1)
Q :=
say =
else
Q := @
say = @printf '  %-7s %s\n' $(1) $(2);
endif

SRC	:= $(sort $(wildcard user/*/*.c))
OBJ	:= $(SRC:%.c=$(O)/%.o) $(O)/assets.o
LIBOBJ	:= $(filter-out $(O)/user/cmd/main.o,$(OBJ))
BPFSRC	:= $(wildcard bpf/*.bpf.c tools/lab/*.bpf.c tests/bpf/*.bpf.c bench/*.bpf.c)
SKEL	:= $(patsubst %.bpf.c,out/%.skel.h,$(BPFSRC))
LABSRC	:= $(sort $(filter-out %.bpf.c,$(wildcard tools/lab/*.c)))
UNIT	:= $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/unit/test_*.c)))
BPFTEST	:= $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/bpf/test_*.c)))
FUZZ	:= $(patsubst %.c,out/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
BENCH	:= $(patsubst %.c,$(O)/%,$(filter-out %.bpf.c,$(sort $(wildcard bench/*.c))))
HELPERS	:= $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/system/*.c)))
WEBSRC	:= $(sort $(wildcard web/*.* web/src/*.*))
FORMAT	:= $(wildcard user/*/*.[ch] bpf/*.[ch] include/*.h tests/*.h tests/*/*.[ch] tools/*/*.[ch] bench/*.[ch])

.PHONY: all setup run demo test test-deep bench bench-full container-test lint format fuzz clean help
.DELETE_ON_ERROR:
.SECONDARY:

all: $(O)/sonde $(O)/sonde-lab ## build the binary (out/sonde) and the lab

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | column -t -s '|'

setup: ## install what is missing (apt, npm), nothing else
	$(Q)tools/setup

run: all ## measure loopback and the built-in responder; the page on http://127.0.0.1:7663
	$(Q)$(O)/sonde serve

demo: all ## the lab with 5,000 hosts of mixed character and the page on it
	$(Q)tools/lab/demo

out/.setup: tools/setup
	$(Q)tools/setup && mkdir -p out && touch $@

$(O)/sonde: $(OBJ)
	$(call say,LD,$@)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(O)/%.o: %.c | out/.setup $(SKEL)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# Only this object knows the version, so that a commit rebuilds one file.
LIBRARIES = $(foreach l,libbpf liburing lmdb libcares libh2o-evloop yaml-0.1 openssl zlib,$l \
	$(shell pkg-config --modversion $l))
$(O)/user/cmd/version.o: CPPFLAGS += -DSONDE_VERSION='"$(VERSION)"' \
	-DSONDE_LIBRARIES='"$(strip $(LIBRARIES))"'

$(O)/sonde-lab: $(LABSRC:%.c=$(O)/%.o) $(filter $(O)/user/base/%,$(LIBOBJ))
	$(call say,LD,$@)$(CC) $(LDFLAGS) $^ -lbpf -lm -lpthread -o $@

out/vmlinux.h: | out/.setup
	$(call say,BTF,$@)$(BPFTOOL) btf dump file /sys/kernel/btf/vmlinux format c > $@

out/%.bpf.o: %.bpf.c out/vmlinux.h
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) $(BPFFLAGS) -MMD -MP -c $< -o $@

out/%.skel.h: out/%.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf > $@

# The page: one bundle, hashed by its content, compressed, embedded in the binary.
out/web/.built: $(WEBSRC) tools/build-web | out/.setup
	$(call say,WEB,out/web)tools/build-web out/web && touch $@

$(O)/assets.o: out/web/.built
	@mkdir -p $(@D)
	$(call say,AS,out/web/assets.S)$(CC) -c out/web/assets.S -o $@

# A unit test includes the .c it tests, so it links the library without that object.
$(O)/tests/unit/test_%: tests/unit/test_%.c $(LIBOBJ)
	@mkdir -p $(@D)
	$(call say,TEST,$@)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d $(LDFLAGS) $< \
		$(filter-out %/$*.o,$(LIBOBJ)) $(LDLIBS) -o $@

$(O)/tests/bpf/test_%: tests/bpf/test_%.c $(SKEL) $(LIBOBJ)
	@mkdir -p $(@D)
	$(call say,TEST,$@)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d $(LDFLAGS) $< \
		$(LIBOBJ) $(LDLIBS) -o $@

$(O)/tests/system/% $(O)/bench/%: CPPFLAGS += -Itests
$(O)/tests/system/%: tests/system/%.c $(SKEL) $(LIBOBJ)
	@mkdir -p $(@D)
	$(call say,TEST,$@)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d $(LDFLAGS) $< \
		$(LIBOBJ) $(LDLIBS) -o $@

$(O)/bench/%: bench/%.c $(SKEL) $(LIBOBJ)
	@mkdir -p $(@D)
	$(call say,BENCH,$@)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d $(LDFLAGS) $< \
		$(LIBOBJ) $(LDLIBS) -o $@

# Parsers of foreign bytes; seeds lie beside the target in tests/fuzz/NAME.in/. Its LINK: lines name
# the sources and libraries it needs, so that all of them carry the fuzzer's coverage.
out/tests/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(SKEL) | out/.setup
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)$(CLANG) $(CPPFLAGS) -std=gnu11 -g -O1 -MMD -MP -MT $@ -MF $@.d \
		-fsanitize=fuzzer,address,undefined $< $(shell sed -n 's,^// LINK: ,,p' $<) -o $@

fuzz: $(FUZZ) ## build the fuzz targets

test: ## everything in a short form, again under sanitizers; prints N passed, N failed, N skipped
	$(Q)tests/all.sh

test-deep: ## the same at full length, fuzzing included
	$(Q)DEEP=1 tests/all.sh

tests-built: all $(UNIT) $(BPFTEST) $(HELPERS)
.PHONY: tests-built

bench: all $(BENCH) ## accuracy and cost beside fping and ping, under 10 minutes
	$(Q)bench/run

container-test: all ## the image's root file system under runc, measuring with kernel stamps
	$(Q)tools/container/test

lint: $(SKEL) out/web/.built ## cppcheck, clang-format and the layering rule; warnings are errors
	$(Q)tools/lint

format: ## clang-format in place
	$(call say,FORMAT,$(words $(FORMAT)) files)clang-format -i $(FORMAT)

clean: ## remove out/
	$(call say,CLEAN,out)rm -rf out

-include $(OBJ:.o=.d) $(UNIT:=.d) $(BPFTEST:=.d) $(BENCH:=.d) $(HELPERS:=.d) $(FUZZ:=.d)
-include $(SKEL:.skel.h=.bpf.d) $(LABSRC:%.c=$(O)/%.d)
