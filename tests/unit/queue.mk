# Unit tests of queue.
queue_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS)
queue_test_libs = $(QUEUE_LIBS) $(BELFRY_LIBS) $(CMOCKA_LIBS)
queue_test_rig = tests/unit/queue_rig.c tests/unit/queue_rig.h

check_PROGRAMS += tests/unit/test_store
tests_unit_test_store_SOURCES = tests/unit/test_store.c $(queue_test_rig)
tests_unit_test_store_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_store_faults
tests_unit_test_store_faults_SOURCES = tests/unit/test_store_faults.c $(queue_test_rig)
tests_unit_test_store_faults_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_faults_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_store_load
tests_unit_test_store_load_SOURCES = tests/unit/test_store_load.c $(queue_test_rig)
tests_unit_test_store_load_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_load_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_store_count
tests_unit_test_store_count_SOURCES = tests/unit/test_store_count.c $(queue_test_rig)
tests_unit_test_store_count_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_count_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_wake
tests_unit_test_wake_SOURCES = tests/unit/test_wake.c
tests_unit_test_wake_CFLAGS = $(queue_test_cflags)
tests_unit_test_wake_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_watch
tests_unit_test_watch_SOURCES = tests/unit/test_watch.c
tests_unit_test_watch_CFLAGS = $(queue_test_cflags)
tests_unit_test_watch_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_health
tests_unit_test_health_SOURCES = tests/unit/test_health.c
tests_unit_test_health_CFLAGS = $(queue_test_cflags)
tests_unit_test_health_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_lock
tests_unit_test_lock_SOURCES = tests/unit/test_lock.c
tests_unit_test_lock_CFLAGS = $(queue_test_cflags)
tests_unit_test_lock_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_marks
tests_unit_test_marks_SOURCES = tests/unit/test_marks.c
tests_unit_test_marks_CFLAGS = $(queue_test_cflags)
tests_unit_test_marks_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_store_place
tests_unit_test_store_place_SOURCES = tests/unit/test_store_place.c $(queue_test_rig)
tests_unit_test_store_place_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_place_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_store_users
tests_unit_test_store_users_SOURCES = tests/unit/test_store_users.c $(queue_test_rig)
tests_unit_test_store_users_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_users_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_store_logout
tests_unit_test_store_logout_SOURCES = tests/unit/test_store_logout.c $(queue_test_rig)
tests_unit_test_store_logout_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_logout_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_session_file
tests_unit_test_session_file_SOURCES = tests/unit/test_session_file.c
tests_unit_test_session_file_CFLAGS = $(queue_test_cflags)
tests_unit_test_session_file_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_side_files
tests_unit_test_side_files_SOURCES = tests/unit/test_side_files.c tests/unit/files.c tests/unit/files.h
tests_unit_test_side_files_CFLAGS = $(queue_test_cflags)
tests_unit_test_side_files_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_store_storage
tests_unit_test_store_storage_SOURCES = tests/unit/test_store_storage.c $(queue_test_rig)
tests_unit_test_store_storage_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_storage_LDADD = $(queue_test_libs)
