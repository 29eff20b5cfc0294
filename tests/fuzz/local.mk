# libFuzzer targets for code that reads hostile input: configure --enable-fuzzing CC=clang, and then
#     tests/fuzz/fuzz_token -max_total_time=60
if FUZZING
noinst_PROGRAMS += \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_json \
	tests/fuzz/fuzz_text \
	tests/fuzz/fuzz_token
endif

fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer

tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c
tests_fuzz_fuzz_config_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_config_LDADD = $(BELFRY_LIBS)

tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c
tests_fuzz_fuzz_json_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_json_LDADD = $(BELFRY_LIBS)

tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz_text.c
tests_fuzz_fuzz_text_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_text_LDADD = $(BELFRY_LIBS)

tests_fuzz_fuzz_token_SOURCES = tests/fuzz/fuzz_token.c
tests_fuzz_fuzz_token_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_token_LDADD = $(BELFRY_LIBS)

include tests/fuzz/framing.mk
include tests/fuzz/fcgi.mk
include tests/fuzz/auth.mk
include tests/fuzz/publish.mk

# Runs each target for a while, FUZZ_JOBS of them at once; an input that makes one fail is
# left in the build folder.
FUZZ_SECONDS = 60
FUZZ_JOBS = 1
fuzz: $(noinst_PROGRAMS)
	printf '%s\n' $(noinst_PROGRAMS) | sed -n 's|^tests/fuzz/|./&|p' | \
	    xargs -P $(FUZZ_JOBS) -I TARGET env TARGET -max_total_time=$(FUZZ_SECONDS) -timeout=10
.PHONY: fuzz
