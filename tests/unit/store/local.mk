# Unit tests of store.
check_PROGRAMS += \
	tests/unit/store/test_broadcast_tail \
	tests/unit/store/test_cell \
	tests/unit/store/test_changed_rows \
	tests/unit/store/test_changes \
	tests/unit/store/test_checkpointer \
	tests/unit/store/test_engine \
	tests/unit/store/test_followed \
	tests/unit/store/test_health \
	tests/unit/store/test_history \
	tests/unit/store/test_lock \
	tests/unit/store/test_marks \
	tests/unit/store/test_opening \
	tests/unit/store/test_row_key \
	tests/unit/store/test_scheduler \
	tests/unit/store/test_session_file \
	tests/unit/store/test_snapshot_mark \
	tests/unit/store/test_statements \
	tests/unit/store/test_store \
	tests/unit/store/test_store_broadcasts \
	tests/unit/store/test_store_changes \
	tests/unit/store/test_store_count \
	tests/unit/store/test_store_depth \
	tests/unit/store/test_store_faults \
	tests/unit/store/test_store_inbox \
	tests/unit/store/test_store_load \
	tests/unit/store/test_store_logout \
	tests/unit/store/test_store_logout_database \
	tests/unit/store/test_store_members \
	tests/unit/store/test_store_message_faults \
	tests/unit/store/test_store_messages \
	tests/unit/store/test_store_place \
	tests/unit/store/test_store_storage \
	tests/unit/store/test_store_users \
	tests/unit/store/test_traffic \
	tests/unit/store/test_strain \
	tests/unit/store/test_wake \
	tests/unit/store/test_wal_index \
	tests/unit/store/test_watch \
	tests/unit/store/test_writing

if POSTGRESQL
check_PROGRAMS += \
	tests/unit/store/test_postgres_broadcasts \
	tests/unit/store/test_postgres_engine \
	tests/unit/store/test_postgres_faults \
	tests/unit/store/test_postgres_presence \
	tests/unit/store/test_postgres_statements \
	tests/unit/store/test_postgres_transactions \
	tests/unit/store/test_session_server
endif
