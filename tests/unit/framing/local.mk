# Unit tests of framing.
check_PROGRAMS += \
	tests/unit/framing/test_attachments \
	tests/unit/framing/test_carrier \
	tests/unit/framing/test_cors \
	tests/unit/framing/test_directory \
	tests/unit/framing/test_event \
	tests/unit/framing/test_event_id \
	tests/unit/framing/test_event_post \
	tests/unit/framing/test_event_stream \
	tests/unit/framing/test_heartbeat \
	tests/unit/framing/test_linear \
	tests/unit/framing/test_message \
	tests/unit/framing/test_namespaces \
	tests/unit/framing/test_packet \
	tests/unit/framing/test_peer \
	tests/unit/framing/test_peer_pings \
	tests/unit/framing/test_polling \
	tests/unit/framing/test_polling_body \
	tests/unit/framing/test_polling_queue \
	tests/unit/framing/test_polling_upgrade \
	tests/unit/framing/test_seal \
	tests/unit/framing/test_session_index \
	tests/unit/framing/test_spelling
