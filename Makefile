# Redstart. "make" alone lists what there is; "make run" and "make test" work on a fresh Debian 12.

.DEFAULT_GOAL := help
.PHONY: help run test build bench lint format asan tsan fuzz soak clean setup

ARGS ?=
FULL ?=
QUICK ?=
FUZZ_SECONDS ?= 60

help:
	@echo 'make run     build the program and start it with a Valkey of its own; ARGS="..." is for "redstart serve"'
	@echo 'make test    build everything and run all tests'
	@echo 'make build   build everything, without running it'
	@echo 'make bench   measure beside valkey-benchmark, hiredis and wrk (QUICK=1: minutes; FULL=1: every combination)'
	@echo 'make lint    format, includes, limits, cost of headers, clang-tidy of changed files (FULL=1: of all)'
	@echo 'make format  format all sources in place'
	@echo 'make asan    all tests under AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make tsan    the tests of the layers that use threads, under ThreadSanitizer'
	@echo 'make fuzz    each fuzzer for FUZZ_SECONDS (60)'
	@echo 'make soak    10 million commands through faults, and a server stopped for a minute under load'
	@echo 'make clean   remove all that was built'
	@echo
	@echo 'The first call installs the Debian packages that are missing (tools/packages lists them).'

setup:
	@tools/setup test

run:
	@tools/setup run
	@$(MAKE) --no-print-directory build/release/build.ninja
	@cmake --build --preset release --target redstart
	@build/release/app/redstart serve $(ARGS)

build: setup
	@$(MAKE) --no-print-directory build/dev/build.ninja
	@cmake --build --preset dev

test: build
	@tools/run_tests build/dev

asan: setup
	@$(MAKE) --no-print-directory build/asan/build.ninja
	@cmake --build --preset asan
	@tools/run_tests build/asan

tsan: setup
	@$(MAKE) --no-print-directory build/tsan/build.ninja
	@cmake --build --preset tsan --target threaded_tests
	@tools/run_tests build/tsan --label threads

fuzz: setup
	@mkdir -p build
	@cmake --preset fuzz -DREDSTART_FUZZ_SECONDS=$(FUZZ_SECONDS) > build/fuzz.log || { cat build/fuzz.log; exit 1; }
	@cmake --build --preset fuzz --target tests/fuzz/all
	@tools/run_tests build/fuzz --label fuzz

soak: setup
	@$(MAKE) --no-print-directory build/dev/build.ninja
	@cmake --build --preset dev --target soak paused_server
	@tools/run_tests build/dev --label soak --long --jobs 1

bench:
	@tools/setup bench
	@mkdir -p build
	@cmake --preset release -DREDSTART_BENCH=ON > build/bench.log || { cat build/bench.log; exit 1; }
	@cmake --build --preset release
	@bench/run $(if $(QUICK),--quick,$(if $(FULL),--full))

lint: setup
	@mkdir -p build
	@cmake --preset tidy > build/tidy.log 2>&1 || { cat build/tidy.log; exit 1; }
	@tools/lint $(if $(FULL),--full)

format: setup
	@tools/format
	@tools/doc_code

clean:
	@rm -rf build

build/%/build.ninja: CMakePresets.json
	@mkdir -p $(@D)
	@cmake --preset $* > build/$*.log 2>&1 || { cat build/$*.log; exit 1; }
	@touch $@
