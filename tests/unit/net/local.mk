# Unit tests of net.
check_PROGRAMS += \
	tests/unit/net/test_connection \
	tests/unit/net/test_exchange \
	tests/unit/net/test_exchange_body \
	tests/unit/net/test_exchange_limits \
	tests/unit/net/test_frame \
	tests/unit/net/test_handshake \
	tests/unit/net/test_http_answer \
	tests/unit/net/test_http_request \
	tests/unit/net/test_listener \
	tests/unit/net/test_outbox \
	tests/unit/net/test_pipeline \
	tests/unit/net/test_server \
	tests/unit/net/test_session \
	tests/unit/net/test_sockets \
	tests/unit/net/test_websocket \
	tests/unit/net/test_wheel
