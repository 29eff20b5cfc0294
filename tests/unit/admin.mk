# Unit tests of admin: its modules, and its commands run on real files.
admin_tests = tests/unit/test_program tests/unit/test_send tests/unit/test_init
check_PROGRAMS += $(admin_tests)

ADMIN_TEST_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS)
ADMIN_TEST_LIBS = $(ADMIN_LIBS) $(CMOCKA_LIBS)
command_line_sources = tests/unit/command_line.c tests/unit/command_line.h \
	tests/unit/files.c tests/unit/files.h

tests_unit_test_program_SOURCES = tests/unit/test_program.c $(command_line_sources)
tests_unit_test_program_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_program_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_send_SOURCES = tests/unit/test_send.c $(command_line_sources)
tests_unit_test_send_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_send_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_init_SOURCES = tests/unit/test_init.c $(command_line_sources)
tests_unit_test_init_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_init_LDADD = $(ADMIN_TEST_LIBS)
