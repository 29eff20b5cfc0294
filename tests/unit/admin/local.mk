# Unit tests of admin.
check_PROGRAMS += \
	tests/unit/admin/test_admin_statements \
	tests/unit/admin/test_conversation_command \
	tests/unit/admin/test_explain \
	tests/unit/admin/test_http_client \
	tests/unit/admin/test_init \
	tests/unit/admin/test_key_command \
	tests/unit/admin/test_lines \
	tests/unit/admin/test_listen \
	tests/unit/admin/test_pager \
	tests/unit/admin/test_program \
	tests/unit/admin/test_queue_change \
	tests/unit/admin/test_queue_command \
	tests/unit/admin/test_queue_list \
	tests/unit/admin/test_send \
	tests/unit/admin/test_session_command \
	tests/unit/admin/test_table \
	tests/unit/admin/test_token_command

if POSTGRESQL
check_PROGRAMS += tests/unit/admin/test_migrate_source
endif
