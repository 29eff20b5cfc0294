# Unit tests of auth.
AUTH_TEST_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)

check_PROGRAMS += tests/unit/test_origin
tests_unit_test_origin_SOURCES = tests/unit/test_origin.c
tests_unit_test_origin_CFLAGS = $(AUTH_TEST_CFLAGS)
tests_unit_test_origin_LDADD = $(BELFRY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_proxies
tests_unit_test_proxies_SOURCES = tests/unit/test_proxies.c
tests_unit_test_proxies_CFLAGS = $(AUTH_TEST_CFLAGS)
tests_unit_test_proxies_LDADD = $(BELFRY_LIBS) $(CMOCKA_LIBS)
