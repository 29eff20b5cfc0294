# libFuzzer targets of publishing over HTTP.
if FUZZING
noinst_PROGRAMS += \
	tests/fuzz/fuzz_publish
endif

tests_fuzz_fuzz_publish_SOURCES = tests/fuzz/fuzz_publish.c
tests_fuzz_fuzz_publish_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_publish_LDADD = $(PUBLISH_LIBS)
