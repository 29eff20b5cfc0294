# Unit tests of conversations and broadcasts in the store, and of the commands about them.
talk_test_rig = tests/unit/talk_rig.c tests/unit/talk_rig.h $(queue_test_rig)

check_PROGRAMS += tests/unit/test_store_messages
tests_unit_test_store_messages_SOURCES = tests/unit/test_store_messages.c $(talk_test_rig)
tests_unit_test_store_messages_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_messages_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_store_message_faults
tests_unit_test_store_message_faults_SOURCES = tests/unit/test_store_message_faults.c $(talk_test_rig)
tests_unit_test_store_message_faults_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_message_faults_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_store_members
tests_unit_test_store_members_SOURCES = tests/unit/test_store_members.c $(talk_test_rig)
tests_unit_test_store_members_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_members_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_store_broadcasts
tests_unit_test_store_broadcasts_SOURCES = tests/unit/test_store_broadcasts.c $(talk_test_rig)
tests_unit_test_store_broadcasts_CFLAGS = $(queue_test_cflags)
tests_unit_test_store_broadcasts_LDADD = $(queue_test_libs)

check_PROGRAMS += tests/unit/test_conversation_command
tests_unit_test_conversation_command_SOURCES = tests/unit/test_conversation_command.c $(command_line_sources)
tests_unit_test_conversation_command_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_conversation_command_LDADD = $(ADMIN_TEST_LIBS)

check_PROGRAMS += tests/unit/test_queue_change
tests_unit_test_queue_change_SOURCES = tests/unit/test_queue_change.c $(command_line_sources)
tests_unit_test_queue_change_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_queue_change_LDADD = $(ADMIN_TEST_LIBS)

check_PROGRAMS += tests/unit/test_explain
tests_unit_test_explain_SOURCES = tests/unit/test_explain.c $(command_line_sources)
tests_unit_test_explain_CFLAGS = $(ADMIN_TEST_CFLAGS)
tests_unit_test_explain_LDADD = $(ADMIN_TEST_LIBS)
