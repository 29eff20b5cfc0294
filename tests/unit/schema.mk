# Unit tests of the database files: opening them, making them, moving them forward.
check_PROGRAMS += tests/unit/test_database tests/unit/test_migration \
	tests/unit/test_queue_tables tests/unit/test_schema

tests_unit_test_database_SOURCES = tests/unit/test_database.c tests/unit/files.c tests/unit/files.h
tests_unit_test_database_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_database_LDADD = $(BELFRY_LIBS) $(CMOCKA_LIBS)

tests_unit_test_migration_SOURCES = tests/unit/test_migration.c tests/unit/files.c tests/unit/files.h
tests_unit_test_migration_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_migration_LDADD = $(BELFRY_LIBS) $(CMOCKA_LIBS)

tests_unit_test_queue_tables_SOURCES = tests/unit/test_queue_tables.c \
	tests/unit/queue_file.c tests/unit/queue_file.h tests/unit/files.c tests/unit/files.h
tests_unit_test_queue_tables_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_queue_tables_LDADD = $(BELFRY_LIBS) $(CMOCKA_LIBS)

tests_unit_test_schema_SOURCES = tests/unit/test_schema.c \
	tests/unit/queue_file.c tests/unit/queue_file.h tests/unit/files.c tests/unit/files.h
tests_unit_test_schema_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_schema_LDADD = $(BELFRY_LIBS) $(CMOCKA_LIBS)
