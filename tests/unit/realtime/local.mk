# Unit tests of realtime.
check_PROGRAMS += \
	tests/unit/realtime/test_client \
	tests/unit/realtime/test_client_log \
	tests/unit/realtime/test_contacts \
	tests/unit/realtime/test_fanout \
	tests/unit/realtime/test_feed \
	tests/unit/realtime/test_feed_pages \
	tests/unit/realtime/test_hub \
	tests/unit/realtime/test_inbox_fanout \
	tests/unit/realtime/test_input \
	tests/unit/realtime/test_login \
	tests/unit/realtime/test_membership \
	tests/unit/realtime/test_notifications \
	tests/unit/realtime/test_overload \
	tests/unit/realtime/test_presence \
	tests/unit/realtime/test_presence_round \
	tests/unit/realtime/test_presence_state \
	tests/unit/realtime/test_rate \
	tests/unit/realtime/test_recent_ends \
	tests/unit/realtime/test_refresh \
	tests/unit/realtime/test_replay \
	tests/unit/realtime/test_stale_rows \
	tests/unit/realtime/test_subscriptions \
	tests/unit/realtime/test_talk \
	tests/unit/realtime/test_topic \
	tests/unit/realtime/test_typing
