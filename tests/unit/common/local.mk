# Unit tests of common.
check_PROGRAMS += \
	tests/unit/common/test_base64url \
	tests/unit/common/test_buf \
	tests/unit/common/test_clock \
	tests/unit/common/test_config \
	tests/unit/common/test_config_paths \
	tests/unit/common/test_database_url \
	tests/unit/common/test_config_sources \
	tests/unit/common/test_database \
	tests/unit/common/test_hash_table \
	tests/unit/common/test_histogram \
	tests/unit/common/test_json \
	tests/unit/common/test_json_plain \
	tests/unit/common/test_linear \
	tests/unit/common/test_log \
	tests/unit/common/test_log_pace \
	tests/unit/common/test_memory \
	tests/unit/common/test_migration \
	tests/unit/common/test_moment \
	tests/unit/common/test_origin \
	tests/unit/common/test_proxies \
	tests/unit/common/test_queue_tables \
	tests/unit/common/test_publication \
	tests/unit/common/test_publish_key \
	tests/unit/common/test_publisher \
	tests/unit/common/test_reason \
	tests/unit/common/test_row_rules \
	tests/unit/common/test_sandbox \
	tests/unit/common/test_schema \
	tests/unit/common/test_schema_migration \
	tests/unit/common/test_secret \
	tests/unit/common/test_session_seal \
	tests/unit/common/test_session_tables \
	tests/unit/common/test_side_files \
	tests/unit/common/test_sql \
	tests/unit/common/test_statistics \
	tests/unit/common/test_text \
	tests/unit/common/test_token \
	tests/unit/common/test_token_claims \
	tests/unit/common/test_token_issue \
	tests/unit/common/test_trust

# Version 1 of the queue, built in as text like the newest one (common/schema.mk).
nodist_tests_unit_common_test_schema_migration_SOURCES = tests/unit/common/schema_v1.c
tests_unit_common_test_schema_migration_SOURCES = tests/unit/common/test_schema_migration.c
EXTRA_DIST += tests/unit/common/schema_v1.sql
CLEANFILES += tests/unit/common/schema_v1.c

if POSTGRESQL
check_PROGRAMS += \
	tests/unit/common/test_publisher_postgres \
	tests/unit/common/test_postgres_examine \
	tests/unit/common/test_schema_postgres
endif
