# libFuzzer targets of FastCGI.
if FUZZING
noinst_PROGRAMS += \
	tests/fuzz/fuzz_intake
endif

tests_fuzz_fuzz_intake_SOURCES = tests/fuzz/fuzz_intake.c
tests_fuzz_fuzz_intake_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_intake_LDADD = $(ENDPOINT_LIBS)
