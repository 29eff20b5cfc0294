# Unit tests of admin: its modules, and its commands run on real files.
check_PROGRAMS += \
	tests/unit/test_program \
	tests/unit/test_send \
	tests/unit/test_init \
	tests/unit/test_moment \
	tests/unit/test_table \
	tests/unit/test_lines \
	tests/unit/test_queue_command \
	tests/unit/test_session_command \
	tests/unit/test_token_command \
	tests/unit/test_listen

ADMIN_TEST_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS)
ADMIN_TEST_LIBS = $(ADMIN_LIBS) $(CMOCKA_LIBS)
files_sources = tests/unit/files.c tests/unit/files.h
command_line_sources = tests/unit/command_line.c tests/unit/command_line.h $(files_sources)

tests_unit_test_program_SOURCES = tests/unit/test_program.c $(command_line_sources)
tests_unit_test_program_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_program_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_send_SOURCES = tests/unit/test_send.c $(command_line_sources)
tests_unit_test_send_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_send_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_init_SOURCES = tests/unit/test_init.c $(command_line_sources)
tests_unit_test_init_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_init_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_moment_SOURCES = tests/unit/test_moment.c tests/unit/files.h
tests_unit_test_moment_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_moment_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_table_SOURCES = tests/unit/test_table.c tests/unit/files.h
tests_unit_test_table_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_table_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_lines_SOURCES = tests/unit/test_lines.c tests/unit/files.h
tests_unit_test_lines_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_lines_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_queue_command_SOURCES = tests/unit/test_queue_command.c $(command_line_sources)
tests_unit_test_queue_command_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_queue_command_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_session_command_SOURCES = tests/unit/test_session_command.c $(command_line_sources)
tests_unit_test_session_command_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_session_command_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_token_command_SOURCES = tests/unit/test_token_command.c $(command_line_sources)
tests_unit_test_token_command_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_token_command_LDADD = $(ADMIN_TEST_LIBS)

tests_unit_test_listen_SOURCES = tests/unit/test_listen.c $(command_line_sources)
tests_unit_test_listen_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_listen_LDADD = $(ADMIN_TEST_LIBS) -lpthread
