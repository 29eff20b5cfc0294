# libFuzzer targets of the token endpoint.
if FUZZING
noinst_PROGRAMS += \
	tests/fuzz/fuzz_cookie \
	tests/fuzz/fuzz_jwe \
	tests/fuzz/fuzz_signature \
	tests/fuzz/fuzz_stored_time
endif

tests_fuzz_fuzz_cookie_SOURCES = tests/fuzz/fuzz_cookie.c
tests_fuzz_fuzz_cookie_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_cookie_LDADD = $(AUTH_LIBS)

tests_fuzz_fuzz_jwe_SOURCES = tests/fuzz/fuzz_jwe.c
tests_fuzz_fuzz_jwe_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_jwe_LDADD = $(AUTH_LIBS)

tests_fuzz_fuzz_signature_SOURCES = tests/fuzz/fuzz_signature.c
tests_fuzz_fuzz_signature_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_signature_LDADD = $(AUTH_LIBS)

tests_fuzz_fuzz_stored_time_SOURCES = tests/fuzz/fuzz_stored_time.c
tests_fuzz_fuzz_stored_time_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_stored_time_LDADD = $(AUTH_LIBS)
